package dev.lowtide.plan;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lowtide.CleanupTarget;
import dev.lowtide.testing.Mutations;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real files that were damaged, or made to mislead: reading them throws nothing unforeseen. */
class MutatedFilesTest {
  @TempDir Path directory;

  @Test
  void plans() throws IOException {
    TestTree tree = TestTree.in(directory.resolve("tree")).file("a").file("b/c");
    String plan =
        TestMachine.lowtide(tree, TestPolicy.deleting("a", "b"))
            .build()
            .plan(CleanupTarget.of("workspace", tree.root()))
            .toJson();

    Mutations.of(
        plan.getBytes(UTF_8),
        file -> {
          try {
            CleanupPlan.fromJson(new String(file, UTF_8));
          } catch (CleanupPlan.FormatException expected) {
            // in one line, of which CleanupPlanTest makes sure
          }
        });
  }

  @Test
  void policyFiles() throws IOException {
    Path file = directory.resolve("lowtide.toml");
    String text =
        """
        policies = ["python.bytecode", "rust"]
        [[targets]]
        path = "."
        keep = ["dist/**", 'a']
        [limits]
        older-than = "7d"
        max-size = "10 GiB"
        keep-newest = 3
        [settings.rust]
        "target-stale.mode" = "age"
        """;

    Mutations.of(
        text.getBytes(UTF_8),
        content -> {
          Files.write(file, content);
          try {
            PolicyFile.read(file, List.of());
          } catch (PolicyFile.FormatException | IOException expected) {
            // with the line
          }
        });
  }
}
