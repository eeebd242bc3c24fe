package dev.lowtide.policies.python;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.Planned;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code git clean -xff} would take from a clone. */
class IgnoredFilesTest {
  @Test
  void secretsDataAndClonesInAClonesIgnoredPlacesStay(@TempDir Path temporary) throws IOException {
    TestTree tree =
        TestTree.in(temporary.toRealPath())
            .file(".gitignore", ".env*\nbuild/\n*.sqlite3\nother/\n__pycache__/\n")
            .file(".env", "TOKEN=1")
            .file("build/.env", "TOKEN=2")
            .file("build/lib.linux-x86_64-cpython-312/app.py", "print()")
            .file("db.sqlite3")
            .file("app.py", "print()")
            .file("setup.py")
            .file("__pycache__/app.cpython-312.pyc")
            .file("other/app.py");
    ChildProcess.run(tree.root(), "git", "init", "-q");
    ChildProcess.run(tree.path("other"), "git", "init", "-q");

    Planned.workspace(tree).apply();

    assertThat(tree.names())
        .filteredOn(name -> !name.contains(".git/") && !name.endsWith(".git"))
        .containsExactly(
            ".env",
            ".gitignore",
            "app.py",
            "build",
            "build/.env",
            "db.sqlite3",
            "other",
            "other/app.py",
            "setup.py");
    assertThat(tree.has("other/.git/HEAD")).isTrue();
  }
}
