package dev.lowtide.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.execute.Outcome.Failed;
import dev.lowtide.execute.Outcome.Skipped;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.CleanupPlan.Refusal;
import dev.lowtide.plan.RefusedTargetException;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a plan and its execution do about real mounts, and about file systems in trouble. */
class MountsTest {
  @TempDir Path temporary;
  private TestTree tree;

  @BeforeEach
  void makeTree() throws IOException {
    tree = TestTree.in(temporary.toRealPath());
  }

  private static CleanupTarget target(TestTree tree) {
    return CleanupTarget.of("tree", tree.root());
  }

  private static Lowtide deleting(TestTree tree, String... paths) {
    return TestMachine.lowtide(tree, TestPolicy.deleting(paths)).build();
  }

  @Test
  void whatHoldsAMountOfAnyKindStays() {
    tree.file("bound/canary").file("bound-file");
    tree.directory("tmpfs/sub/m").directory("bind/sub/m").file("bind-file/sub/m");
    tree.directory("spaces/a b\tc\\d/m").directory("itself").directory("free/sub");

    ChildProcess.runWithMounts(
        """
        mount -t tmpfs tmpfs "$1/tmpfs/sub/m"
        mount --bind "$1/bound" "$1/bind/sub/m"
        mount --bind "$1/bound-file" "$1/bind-file/sub/m"
        mount --bind "$1/bound" "$(printf '%s/spaces/a b\\tc\\\\d/m' "$1")"
        mount --bind "$1/bound" "$1/itself"
        """,
        PlansAmongMounts.class, tree.root());

    assertThat(tree.has("bound/canary")).isTrue();
  }

  /** Runs where a tmpfs, directories and a file are mounted. */
  static final class PlansAmongMounts {
    public static void main(String[] args) throws IOException {
      TestTree tree = TestTree.in(Path.of(args[0]));
      Lowtide lowtide =
          deleting(tree, "tmpfs", "bind", "bind-file", "spaces", "itself", "free", "bind/sub");

      CleanupPlan plan = lowtide.plan(target(tree));

      assertThat(plan.items()).extracting(item -> item.path()).containsExactly(tree.path("free"));
      assertThat(plan.refused())
          .extracting(Refusal::path, Refusal::guard)
          .containsExactlyInAnyOrder(
              tuple(tree.path("bind"), "mount"),
              tuple(tree.path("bind/sub"), "mount"),
              tuple(tree.path("bind-file"), "mount"),
              tuple(tree.path("itself"), "mount"),
              tuple(tree.path("spaces"), "mount"),
              tuple(tree.path("tmpfs"), "mount"));
      assertThat(plan.refused())
          .extracting(Refusal::reason)
          .allMatch(reason -> reason.contains(tree.root() + "/") && reason.contains("unmount it"));
      lowtide.apply(plan).orThrow();
      assertThat(tree.has("free")).isFalse();
    }
  }

  @Test
  void whatGetsAMountAfterItWasPlannedStays() {
    tree.file("bound/canary").file("tmpfs/sub/a").file("bind/sub/a");

    ChildProcess.runWithMounts("", MountsAfterPlanning.class, tree.root());

    assertThat(tree.names()).contains("bound/canary", "tmpfs/sub/a", "bind/sub/a");
  }

  /** Runs where nothing is mounted yet. */
  static final class MountsAfterPlanning {
    public static void main(String[] args) throws IOException {
      TestTree tree = TestTree.in(Path.of(args[0]));
      Lowtide lowtide = deleting(tree, "tmpfs", "bind");
      CleanupPlan plan = lowtide.plan(target(tree));
      assertThat(plan.items()).hasSize(2);
      ChildProcess.run(tree.root(), "mount", "-t", "tmpfs", "tmpfs", "tmpfs/sub");
      ChildProcess.run(tree.root(), "mount", "--bind", "bound", "bind/sub");

      CleanupReport report = lowtide.apply(plan);

      assertThat(report.outcomes()).hasSize(2).allMatch(Skipped.class::isInstance);
      assertThat(tree.has("bind/sub/canary")).isTrue();
    }
  }

  @Test
  void whatLiesOnAReadOnlyFileSystemFailsByItsFullPath() {
    tree.file("ro/a/file");

    ChildProcess.runWithMounts(
        "mount --bind \"$1\" \"$1\"; mount -o remount,bind,ro \"$1\"",
        RemovesReadOnly.class,
        tree.path("ro"));

    assertThat(tree.has("ro/a/file")).isTrue();
  }

  /** Runs where the whole tree can be read only. */
  static final class RemovesReadOnly {
    public static void main(String[] args) throws IOException {
      TestTree tree = TestTree.in(Path.of(args[0]));
      Map<String, String> before = tree.fingerprint();
      Lowtide lowtide = deleting(tree, "a");

      CleanupReport report = lowtide.apply(lowtide.plan(target(tree)));

      assertThat(report.outcomes())
          .singleElement()
          .isInstanceOfSatisfying(
              Failed.class,
              failed ->
                  assertThat(failed.reason() + failed.problems())
                      .contains(tree.path("a").toString())
                      .containsIgnoringCase("file system is read-only"));
      assertThat(tree.fingerprint()).isEqualTo(before);
    }
  }

  @Test
  void aFileSystemWithoutInodesOrBlocksIsMadeRoomOn() {
    tree.directory("inodes").directory("blocks");

    ChildProcess.runWithMounts(
        """
        mount -t tmpfs -o nr_inodes=90 tmpfs "$1/inodes"
        mount -t tmpfs -o size=256k tmpfs "$1/blocks"
        """,
        RemovesFromFullFileSystems.class,
        tree.root());
  }

  /** Runs where a tmpfs has few inodes and another one few blocks. */
  static final class RemovesFromFullFileSystems {
    public static void main(String[] args) throws IOException {
      TestTree tree = TestTree.in(Path.of(args[0]));
      tree.directory("inodes/a" + "/deep".repeat(70));
      ChildProcess.run(
          tree.path("inodes"), "sh", "-c", "i=0; while touch a/$i; do i=$((i+1)); done; true");
      ChildProcess.run(tree.path("blocks"), "sh", "-c", "mkdir a; cat /dev/zero > a/file || true");
      for (String full : new String[] {"inodes", "blocks"}) {
        TestTree there = TestTree.in(tree.path(full));
        assertThat(isFull(there)).as(full + " is full").isTrue();
        Lowtide lowtide = deleting(there, "a");

        CleanupReport report = lowtide.apply(lowtide.plan(target(there))).orThrow();

        assertThat(there.names()).isEmpty();
        assertThat(report.freedBytes()).isNotNegative();
        assertThat(isFull(there)).as(full + " is full").isFalse();
      }
    }

    private static boolean isFull(TestTree tree) {
      Path more = tree.path("more");
      try {
        Files.write(more, new byte[8192]);
        return false;
      } catch (IOException e) {
        return true;
      } finally {
        try {
          Files.deleteIfExists(more);
        } catch (IOException e) {
          throw new java.io.UncheckedIOException(e);
        }
      }
    }
  }

  @Test
  void homeIsRefusedWhereverElseItIsMounted() {
    tree.file("home/me/canary").directory("bound").directory("above");

    ChildProcess.runWithMounts(
        "mount --bind \"$1/home/me\" \"$1/bound\"; mount --bind \"$1/home\" \"$1/above\"",
        CleansHome.class,
        tree.root());

    assertThat(tree.has("home/me/canary")).isTrue();
  }

  /** Runs where home and what holds it have a second path each. */
  static final class CleansHome {
    public static void main(String[] args) throws IOException {
      TestTree tree = TestTree.in(Path.of(args[0]));
      String home = tree.path("home/me").toString();
      Lowtide lowtide =
          TestMachine.lowtide(tree, TestPolicy.deleting("canary", "me"))
              .host(
                  HostEnvironment.of(
                      OperatingSystem.LINUX, tree.root().getFileSystem(), Map.of(), home, home))
              .build();
      for (String root : new String[] {"home/me", "bound", "above"}) {
        assertThatThrownBy(() -> lowtide.plan(CleanupTarget.of("home", tree.path(root))))
            .as(root)
            .isInstanceOf(RefusedTargetException.class)
            .hasMessageContaining("the home directory " + home + " is inside it");
      }
    }
  }
}
