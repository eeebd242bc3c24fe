package dev.lowtide.policies.python;

import dev.lowtide.testing.Planned;
import dev.lowtide.testing.PlantAndLook;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real environments never go with what a person put into them. */
class PlantInEnvironmentsE2ETest {
  @TempDir Path directory;

  @Test
  void ofVenvVirtualenvAndNox() throws IOException {
    Path workspace = Files.createDirectory(directory.toRealPath().resolve("workspace"));
    TestTree tree = TestTree.in(workspace);
    RealPython python = RealPython.that(directory);
    RealPython tools =
        python
            .environment(Files.createDirectory(directory.resolve("tools")))
            .with("nox", "virtualenv");
    tree.file(
            "app/noxfile.py",
            "import nox\n@nox.session\ndef tests(session):\n    session.run('python', '-V')\n")
        .file("app/requirements.txt", "click\n");
    tools.run("-m", "nox", "--noxfile", tree.path("app/noxfile.py").toString());
    tools.run("-m", "virtualenv", "--without-pip", tree.path("app/other").toString());
    python.run("-m", "venv", "--without-pip", tree.path("app/env").toString());
    tools.run(
        "-m",
        "pip",
        "--python",
        tree.path("app/env").toString(),
        "install",
        "-q",
        "click",
        "jinja2",
        "pyyaml",
        "itsdangerous");

    PlantAndLook.into(() -> Planned.workspace(tree))
        .records(file -> file.toString().matches(".*/site-packages/[^/]+/RECORD"))
        .notEditing(
            "no person edits bytecode, and Python makes it again of the source",
            file -> file.toString().endsWith(".pyc"))
        .plant(1);
  }
}
