package dev.lowtide.embedding;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.CleanupTarget;
import dev.lowtide.execute.CleanupReport;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.testing.Repository;
import dev.lowtide.testing.TestTree;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The examples of the README are the sources in this module, and do what the README says. */
class ReadmeTest {
  private static final Pattern EXAMPLE =
      Pattern.compile("// README: begin\n(.*?)\n *// README: end", Pattern.DOTALL);

  @ParameterizedTest
  @ValueSource(strings = {"Embedding", "PrecompiledHeaders"})
  void showsTheExamplesThatAreCompiledHere(String name) throws IOException {
    String source =
        Files.readString(Path.of("src/main/java/dev/lowtide/embedding/" + name + ".java"));
    Matcher example = EXAMPLE.matcher(source);

    assertThat(example.find()).isTrue();
    assertThat(Files.readString(Repository.path("README.md")))
        .contains("```java\n" + example.group(1).stripIndent() + "\n```");
  }

  @Test
  void itsPolicyRemovesCompiledHeadersOnly(@TempDir Path directory) throws IOException {
    TestTree tree =
        TestTree.in(directory.toRealPath())
            .file("all.h", "#include <vector>\n")
            .file("all.h.gch", "gpchC014 and the compiled header")
            .file("gone.h.gch", "gpchC014 and the compiled header")
            .file("notes.h", "")
            .file("notes.h.gch", "gpc: a person's notes");
    Lowtide lowtide = Lowtide.builder().policy(PrecompiledHeaders.policy()).build();

    CleanupPlan plan = lowtide.plan(CleanupTarget.of("workspace", tree.root()));
    tree.file("later.h", "").file("later.h.gch", "gpchC014");
    lowtide.apply(plan).orThrow();

    assertThat(plan.refused())
        .singleElement()
        .satisfies(
            refusal -> {
              assertThat(refusal.path()).isEqualTo(tree.path("gone.h.gch"));
              assertThat(refusal.reason()).isEqualTo("there is no 'gone.h' beside it");
            });
    assertThat(tree.names())
        .containsExactly("all.h", "gone.h.gch", "later.h", "later.h.gch", "notes.h", "notes.h.gch");
  }

  @Test
  void itsPolicyKeepsACompiledHeaderWhoseHeaderIsGone(@TempDir Path directory) throws IOException {
    TestTree tree =
        TestTree.in(directory.toRealPath())
            .file("all.h", "#include <vector>\n")
            .file("all.h.gch", "gpchC014");
    Lowtide lowtide = Lowtide.builder().policy(PrecompiledHeaders.policy()).build();
    CleanupPlan plan = lowtide.plan(CleanupTarget.of("workspace", tree.root()));

    Files.delete(tree.path("all.h"));
    CleanupReport report = lowtide.apply(plan);

    assertThat(report.freedBytes()).isZero();
    assertThat(tree.has("all.h.gch")).isTrue();
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
        .contains("python.bytecode", "matches a keep pattern", "Freed ");
  }
}
