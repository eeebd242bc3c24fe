package dev.lowtide.policies.rust.builds;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import dev.lowtide.CleanupListener;
import dev.lowtide.CleanupTarget;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.Planned;
import dev.lowtide.testing.Plant;
import dev.lowtide.testing.PlantAndLook;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the real cargo has built never goes with what a person put there. */
class PlantInTargetsE2ETest {
  /** Of units, of sessions of incremental compilation, of rustdoc. */
  private static final Pattern RECORD =
      Pattern.compile(".*/(\\.fingerprint/[^/]+/[^/]+\\.json|work-products\\.bin|doc/crates\\.js)");

  /** What rustc, linkers and cargo wrote for themselves. */
  private static final Pattern COMPILED =
      Pattern.compile(
          ".*/((deps|examples|incremental|build|\\.fingerprint)/.*|lib[^/]+\\.(rlib|so))");

  @TempDir Path directory;
  private CargoWorkspace workspace;

  @BeforeEach
  void build() throws IOException {
    ChildProcess.assumeTool("cargo");
    workspace = CargoWorkspace.create(directory.toRealPath().resolve("ws"));
    workspace.buildAll();
  }

  /** In two months, so that all of it is old. */
  private PlantAndLook.Look looking(TestTree tree, String policy) {
    return () ->
        Planned.of(
            tree,
            CleanupTarget.of("workspace", tree.root()),
            workspace
                .configured(policy)
                .clock(TestMachine.clockIn(Duration.ofDays(60)))
                .listener(CleanupListener.NONE)
                .build());
  }

  private void plantInto(TestTree tree, int seed, String... policies) throws IOException {
    PlantAndLook.into(
            Stream.of(policies)
                .map(policy -> looking(tree, policy))
                .toArray(PlantAndLook.Look[]::new))
        .records(file -> RECORD.matcher(file.toString()).matches())
        .notEditing(
            "no person edits what was compiled, and cargo itself sees nothing but its time",
            file -> COMPILED.matcher(file.toString()).matches())
        .notEditing(
            "cargo writes the lists for make again whenever it builds",
            file -> file.toString().endsWith(".d"))
        .notMoving(
            "the record of a unit is of no use to anybody, whatever name it has",
            path -> path.getParent().endsWith(".fingerprint"))
        .knownAnywhere("it is empty", file -> file.toString().endsWith(".lock"))
        .without(
            "with less in it, a record of rustc still accounts for all that it names",
            Plant.Kind.RECORD_REPLACED)
        .sharedBy(4)
        .plant(seed);
  }

  @Test
  void ofAWorkspaceThatIsThere() throws IOException {
    plantInto(
        TestTree.in(workspace.root()),
        1,
        "rust.target-stale",
        "rust.target-dir",
        "rust.incremental",
        "rust.doc");
  }

  @Test
  void ofAWorkspaceThatIsGone() throws IOException {
    try (Stream<Path> children = Files.list(workspace.root())) {
      for (Path child : children.filter(each -> !each.endsWith("target")).toList()) {
        MoreFiles.deleteRecursively(child, RecursiveDeleteOption.ALLOW_INSECURE);
      }
    }
    plantInto(TestTree.in(workspace.root()), 2, "rust.target-orphan");
  }
}
