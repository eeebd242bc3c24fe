package dev.lowtide.execute;

import static dev.lowtide.testing.TestTree.daysAgo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lowtide.CleanupTarget;
import dev.lowtide.execute.Outcome.Failed;
import dev.lowtide.execute.Outcome.Skipped;
import dev.lowtide.fs.Stat;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.CleanupPlan.Refusal;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What may not be read, changed or even looked at, for users whom permissions bind and for root.
 */
class PermissionsTest {
  @TempDir Path temporary;
  private TestTree tree;

  @BeforeEach
  void makeTree() throws IOException {
    tree = TestTree.in(temporary.toRealPath());
  }

  private static void permit(Path path, String permissions) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
  }

  private static Lowtide deleting(TestTree tree, String... paths) {
    return TestMachine.lowtide(tree, TestPolicy.deleting(paths)).build();
  }

  private static void assertKept(CleanupPlan plan, String guard, String... words) {
    assertThat(plan.items()).isEmpty();
    assertThat(plan.refused()).isNotEmpty().extracting(Refusal::guard).containsOnly(guard);
    assertThat(plan.refused().get(0).reason()).contains(words);
  }

  @Test
  void aDirectoryThatNobodyMayReadStaysAndKeepsItsMode() throws IOException {
    tree.file("closed/in/a").file("listed/in/a").file("later/in/a");
    permit(tree.path("closed/in"), "---------");
    permit(tree.path("listed/in"), "r--------"); // its names can be read, and nothing about them
    try {
      ChildProcess.runBoundByPermissions(CleansWhatIsClosed.class, tree.root());

      for (String closed : new String[] {"closed/in", "later/in"}) {
        assertThat(Files.getPosixFilePermissions(tree.path(closed))).isEmpty();
      }
    } finally {
      for (String closed : new String[] {"closed/in", "listed/in", "later/in"}) {
        permit(tree.path(closed), "rwx------");
      }
    }
    assertThat(tree.names()).contains("closed/in/a", "listed/in/a", "later/in/a");
  }

  /** Runs where directories cannot be read, and closes one more after it has planned. */
  static final class CleansWhatIsClosed {
    public static void main(String[] args) throws IOException {
      TestTree tree = TestTree.in(Path.of(args[0]));
      CleanupTarget target = CleanupTarget.of("tree", tree.root());

      assertKept(
          deleting(tree, "closed").plan(target),
          "unreadable",
          tree.path("closed/in") + ": permission denied",
          "make it readable");
      assertKept(
          deleting(tree, "listed").plan(target), "unreadable", tree.path("listed/in").toString());

      Lowtide lowtide = deleting(tree, "later");
      CleanupPlan plan = lowtide.plan(target);
      permit(tree.path("later/in"), "---------");
      assertThat(lowtide.apply(plan).outcomes()).singleElement().isInstanceOf(Skipped.class);
    }
  }

  @Test
  void anEmptyDirectoryThatNobodyMayReadIsRemovedAllTheSame() throws IOException {
    tree.directory("a/closed").directory("a/entered");
    permit(tree.path("a/closed"), "---------");
    permit(tree.path("a/entered"), "-wx------");

    ChildProcess.runBoundByPermissions(RemovesUnread.class, tree.path("a"));

    assertThat(tree.names()).isEmpty();
  }

  /** Runs where empty directories cannot be read. */
  static final class RemovesUnread {
    public static void main(String[] args) throws IOException {
      Path path = Path.of(args[0]);
      assertThat(Deleter.secure().delete(path, Stat.of(path).identity()).failures()).isZero();
    }
  }

  /** As {@code /tmp} is, with a directory of another user that looks like that of a build. */
  @Test
  void whatAnotherUserHasInASharedTemporaryDirectoryStays() throws IOException {
    assumeTrue(ChildProcess.isRoot(), "skipped: only root can give a file away");
    permit(temporary, "rwxrwxrwx");
    tree.file("tmp/tmpabcbuild/file").allModified(daysAgo(9));
    ChildProcess.run(tree.root(), "chmod", "1777", "tmp");
    ChildProcess.run(tree.root(), "chmod", "-R", "777", "tmp/tmpabcbuild");

    ChildProcess.runAsNobody(CleansSharedDirectory.class, tree.path("tmp"));

    assertThat(tree.has("tmp/tmpabcbuild")).isTrue();
  }

  /** Runs as a user who owns nothing there. */
  static final class CleansSharedDirectory {
    public static void main(String[] args) throws IOException {
      TestTree tmp = TestTree.in(Path.of(args[0]));
      CleanupTarget target = CleanupTarget.temporary("tmp", tmp.root());
      var builder =
          TestMachine.lowtide(tmp, TestPolicy.deleting("tmpabcbuild"))
              .clock(TestMachine.clockIn(Duration.ofDays(9)));

      assertKept(builder.build().plan(target), "owner", "belongs to user 0; run as that user");

      Lowtide allowed = builder.allowForeignOwners().build();
      assertThat(allowed.apply(allowed.plan(target)).outcomes())
          .singleElement()
          .isInstanceOfSatisfying(
              Failed.class,
              failed ->
                  assertThat(failed.reason() + failed.problems())
                      .contains(tmp.path("tmpabcbuild").toString())
                      .containsIgnoringCase("not permitted"));
    }
  }

  @Test
  void whatIsNoOrdinaryFileInASharedTemporaryDirectoryStays() throws IOException {
    tree.file("plain/a").file("setuid/a").file("setgid/a").directory("device").directory("fifo");
    ChildProcess.run(tree.root(), "mkfifo", "fifo/f");
    ChildProcess.run(tree.root(), "chmod", "u+s", "setuid/a");
    ChildProcess.run(tree.root(), "chmod", "g+sx", "setgid/a");
    assumeTrue(ChildProcess.isRoot(), "skipped: only root can make a device");
    ChildProcess.run(tree.root(), "mknod", "device/null", "c", "1", "3");

    CleanupPlan plan =
        TestMachine.lowtide(
                tree, TestPolicy.deleting("plain", "setuid", "setgid", "device", "fifo"))
            .gracePeriod(Duration.ZERO)
            .build()
            .plan(CleanupTarget.temporary("tmp", tree.root()));

    assertThat(plan.items()).extracting(item -> item.path()).containsExactly(tree.path("plain"));
    assertThat(plan.refused()).hasSize(4).extracting(Refusal::guard).containsOnly("special-file");
    assertThat(plan.refused())
        .extracting(Refusal::reason)
        .filteredOn(reason -> reason.contains("is a program that runs as its owner"))
        .hasSize(2);
  }

  @Test
  void aFileThatIsImmutableIsLeftAndNamed() throws IOException {
    tree.file("a/fixed").file("a/free").file("b/log");
    ChildProcess.assumeTool("chattr");
    assumeTrue(
        ChildProcess.run(tree.root(), "sh", "-c", "chattr +i a/fixed 2>&1 && chattr +a b/log || :")
            .isEmpty(),
        "skipped: only root may make a file immutable, and not on every file system");
    try {
      Lowtide lowtide = deleting(tree, "a", "b");
      CleanupPlan plan = lowtide.plan(CleanupTarget.of("t", tree.root()));

      if (SizeProbe.best().getClass() != SizeProbe.portable().getClass()) {
        assertKept(plan, "removable", " is immutable or append-only");
        assertThat(plan.refused()).hasSize(2);
        assertThat(tree.names()).contains("a/fixed", "a/free", "b/log");
        return;
      }
      CleanupReport report = lowtide.apply(plan);

      assertThat(report.outcomes()).hasSize(2).allMatch(Failed.class::isInstance);
      // In their place, or in the quarantine to which the directory was moved
      for (String left : new String[] {"fixed", "log"}) {
        assertThat(tree.names()).anyMatch(name -> name.endsWith("/" + left));
        assertThat(report.outcomes().toString()).contains("/" + left);
      }
    } finally {
      ChildProcess.run(tree.root(), "chattr", "-R", "-i", "-a", ".");
    }
  }

  /** As Go's module cache is, and what somebody has protected with {@code chmod -R a-w}. */
  @Test
  void directoriesThatTheirOwnerMayNotChangeGoWithTheirTree() throws IOException {
    tree.file("a/cache/mod/file").file("b/mod/sub/file").file("canary/file");
    for (String closed : new String[] {"a/cache", "a/cache/mod", "b", "b/mod", "b/mod/sub"}) {
      permit(tree.path(closed), "r-xr-xr-x");
    }
    permit(tree.path("canary"), "r-xr-xr-x");

    ChildProcess.runBoundByPermissions(RemovesWhatIsClosed.class, tree.root());

    assertThat(tree.names()).containsExactly("canary", "canary/file");
    assertThat(Files.getPosixFilePermissions(tree.path("canary")))
        .isEqualTo(PosixFilePermissions.fromString("r-xr-xr-x"));
  }

  /** Removes {@code a}, and {@code b} undoably: restores it with its modes and purges it. */
  static final class RemovesWhatIsClosed {
    public static void main(String[] args) throws IOException {
      TestTree tree = TestTree.in(Path.of(args[0]));
      CleanupTarget target = CleanupTarget.of("tree", tree.root());
      Lowtide forGood = deleting(tree, "a");
      forGood.apply(forGood.plan(target)).orThrow();
      assertThat(tree.names()).noneMatch(name -> name.matches("[a.].*"));

      Lowtide undoable =
          TestMachine.lowtide(tree, TestPolicy.deleting("b")).undoFor(Duration.ofDays(1)).build();
      undoable.apply(undoable.plan(target)).orThrow();
      undoable.trash().restore(onlyKept(undoable, tree), Optional.empty());
      for (String closed : new String[] {"b", "b/mod", "b/mod/sub"}) {
        assertThat(Files.getPosixFilePermissions(tree.path(closed)))
            .isEqualTo(PosixFilePermissions.fromString("r-xr-xr-x"));
      }

      undoable.apply(undoable.plan(target)).orThrow();
      assertThat(undoable.trash().purge(onlyKept(undoable, tree)).reason()).isEmpty();
    }

    private static Trash.Item onlyKept(Lowtide lowtide, TestTree tree) throws IOException {
      return lowtide.trash().list(List.of(tree.root())).items().get(0);
    }
  }
}
