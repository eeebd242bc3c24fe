package dev.lowtide.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.execute.CleanupReport;
import dev.lowtide.testing.TestTree;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadmeTest {
  private static final Path SOURCE = Path.of("src/main/java/dev/lowtide/examples/Embedding.java");

  @Test
  void showsTheExampleThatIsCompiledHere() throws IOException {
    String source = Files.readString(SOURCE);
    String example =
        source
            .substring(source.indexOf("// README: begin\n"), source.indexOf("    // README: end"))
            .replace("// README: begin\n", "")
            .indent(-4);

    assertThat(Files.readString(Path.of("../README.md"))).contains("```java\n" + example + "```");
  }

  @Test
  void itsExampleCleansAWorkspace(@TempDir Path directory) throws IOException {
    TestTree tree =
        TestTree.in(directory.toRealPath())
            .file("app.py")
            .file("__pycache__/app.cpython-312.pyc", 10_000)
            .file("dist/kept.py")
            .file("dist/__pycache__/kept.cpython-312.pyc");
    ByteArrayOutputStream out = new ByteArrayOutputStream();

    CleanupReport report =
        Embedding.clean(tree.root(), new PrintStream(out, true, StandardCharsets.UTF_8));

    assertThat(tree.names())
        .containsExactly(
            "app.py",
            "dist",
            "dist/__pycache__",
            "dist/__pycache__/kept.cpython-312.pyc",
            "dist/kept.py");
    assertThat(report.freedBytes()).isGreaterThanOrEqualTo(10_000);
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("python.bytecode", "is to be kept", "Freed ");
  }
}
