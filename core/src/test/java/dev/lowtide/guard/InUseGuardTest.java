package dev.lowtide.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lowtide.CleanupTarget;
import dev.lowtide.execute.CleanupReport;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.execute.LowtideBuilder;
import dev.lowtide.execute.Outcome;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.CleanupPlan.Refusal;
import dev.lowtide.plan.PlanItem;
import dev.lowtide.policy.Marker;
import dev.lowtide.shared.Ownership;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.ChildProcess.Running;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What counts as a use is in {@code OpenFilesTest}; here is what the guard makes of it. */
class InUseGuardTest {
  private static final String OPEN = "f = open(a[0])";

  @TempDir Path temporary;
  private TestTree tree;
  private CleanupTarget workspace;

  @BeforeEach
  void makeTree() throws IOException {
    assumeThat(Path.of("/proc/self/maps")).as("Linux's table of processes").exists();
    tree = TestTree.in(temporary.toRealPath()).file("used/file").file("idle/file");
    workspace = CleanupTarget.of("workspace", tree.root());
  }

  private static LowtideBuilder cleaning(TestTree tree, String... paths) {
    return TestMachine.lowtide(tree, TestPolicy.deleting(paths)).gracePeriod(Duration.ZERO);
  }

  @Test
  void whatAProcessHasOpenIsKeptAndTheReasonNamesTheProcess() throws IOException {
    try (Running process = ChildProcess.python(OPEN, tree.path("used/file"))) {
      CleanupPlan plan = cleaning(tree, "used", "idle").build().plan(workspace);

      assertThat(plan.items()).extracting(PlanItem::path).containsExactly(tree.path("idle"));
      assertThat(plan.refused())
          .extracting(Refusal::path, Refusal::guard)
          .containsExactly(tuple(tree.path("used"), "in-use"));
      assertThat(plan.refused().get(0).reason())
          .matches("python.* \\(pid " + process.pid() + "\\) has .*")
          .contains(tree.path("used/file") + " open; wait until that has ended");
    }
  }

  @Test
  void whatACommandRemovesIsKeptIfInUseAndWhatItsToolChecksItselfIsNot() throws IOException {
    try (Running process = ChildProcess.python(OPEN, tree.path("used/file"))) {
      assertThat(process.pid()).isPositive();
      Lowtide part =
          TestMachine.lowtide(tree, TestPolicy.commanding("used", "tool", "remove")).build();
      Lowtide whole = TestMachine.lowtide(tree, TestPolicy.commanding("", "tool", "clean")).build();

      assertThat(part.plan(workspace).refused())
          .extracting(Refusal::path, Refusal::guard)
          .containsExactly(tuple(tree.path("used"), "in-use"));
      assertThat(whole.plan(workspace).items()).hasSize(1);
    }
  }

  @Test
  void whoBeginsToUseSomethingAfterThePlanKeepsItToo() throws IOException {
    Lowtide lowtide = cleaning(tree, "used").build();
    CleanupPlan plan = lowtide.plan(workspace);
    try (Running process = ChildProcess.python(OPEN, tree.path("used/file"))) {
      CleanupReport report = lowtide.apply(plan);

      assertThat(report.outcomes()).allMatch(Outcome.Skipped.class::isInstance);
      assertThat(report.outcomes().get(0).reason())
          .startsWith("in-use: ")
          .contains("(pid " + process.pid() + ")");
      assertThat(tree.path("used/file")).exists();
    }
    assertThat(lowtide.apply(plan).outcomes()).allMatch(Outcome.Removed.class::isInstance);
  }

  @Test
  void whatIsVisiblyInUseIsKeptEvenWithAssumeIdle() throws IOException {
    try (Running process = ChildProcess.python(OPEN, tree.path("used/file"))) {
      assertThat(process.pid()).isPositive();
      assertThat(cleaning(tree, "used").assumeIdle().build().plan(workspace).items()).isEmpty();
    }
  }

  @Test
  void nobodyUsesAFileSystemInMemory() throws IOException {
    TestTree memory =
        TestTree.in(TestTree.unix().getPath(tree.root().toString())).file("used/file");
    CleanupPlan plan;
    try (Running process = ChildProcess.python(OPEN, tree.path("used/file"))) {
      assertThat(process.pid()).isPositive();
      plan = cleaning(memory, "used").build().plan(CleanupTarget.of("memory", memory.root()));
    }

    assertThat(plan.items()).hasSize(1);
  }

  /** Through another path, which only the inodes tell. */
  static final class ThroughAMount {
    public static void main(String[] args) throws IOException {
      TestTree tree = TestTree.in(Path.of(args[0]));
      Path mount = Path.of(args[1]);
      try (Running process = ChildProcess.python(OPEN, mount.resolve("file"))) {
        CleanupPlan plan =
            cleaning(tree, "used").build().plan(CleanupTarget.of("workspace", tree.root()));

        assertThat(plan.refused().get(0).reason())
            .contains("(pid " + process.pid() + ") has " + mount.resolve("file") + " open");
      }
    }
  }

  @Test
  void whatIsUsedUnderAnotherPathStays(@TempDir Path mount) {
    ChildProcess.runWithMounts(
        "mount --bind \"$1/used\" \"$2\"", ThroughAMount.class, tree.root(), mount);
  }

  /** What an unprivileged user makes of those whom it cannot see. */
  static final class AsNobody {
    public static void main(String[] args) throws IOException {
      TestTree tree = TestTree.in(Path.of(args[0]));
      tree.file("open/file").file("private/file").file("owned/file");
      Ownership.current().mark(tree.path("owned"));
      everybodyMay(tree.path("open"));
      everybodyMay(tree.path("owned"));
      CleanupTarget cache = CleanupTarget.cache("cache", tree.root());

      CleanupPlan plan = cleaning(tree, "open", "private").build().plan(cache);
      assertThat(plan.items()).extracting(PlanItem::path).containsExactly(tree.path("private"));
      assertThat(plan.refused()).extracting(Refusal::guard).containsExactly("in-use");
      assertThat(plan.refused().get(0).reason())
          .startsWith("unknown: ")
          .contains("may use it and cannot be inspected")
          .contains("--assume-idle");

      assertThat(cleaning(tree, "open").assumeIdle().build().plan(cache).items()).hasSize(1);
      assertThat(cleaning(tree, "open").build().plan(CleanupTarget.of("ws", tree.root())).items())
          .as("in a workspace of one's own")
          .hasSize(1);
      assertThat(TestMachine.lowtide(tree, owned()).build().plan(cache).refused())
          .as("the grace period is asked first")
          .extracting(Refusal::guard)
          .containsExactly("grace-period");
      assertThat(
              TestMachine.lowtide(tree, owned())
                  .gracePeriod(Duration.ZERO)
                  .build()
                  .plan(cache)
                  .items())
          .as("what Lowtide made")
          .hasSize(1);
    }

    private static TestPolicy owned() {
      return TestPolicy.named("test.owned", "owned").with(each -> each.withMarker(Marker.OWNED));
    }

    private static void everybodyMay(Path directory) throws IOException {
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
    }
  }

  @Test
  void whoCannotBeSeenMayUseWhatEverybodyMayWriteTo() throws IOException {
    assumeTrue(ChildProcess.isRoot(), "skipped: only root can become another user");
    Path directory = Files.createDirectory(temporary.resolve("of-nobody"));
    Files.setAttribute(directory, "unix:uid", 65534);
    Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rwxr-xr-x"));
    try (Running other = ChildProcess.python(ChildProcess.LEAVE_ROOT)) {
      assertThat(other.pid()).isPositive();
      ChildProcess.runAsNobody(AsNobody.class, directory.toRealPath());
    }
  }
}
