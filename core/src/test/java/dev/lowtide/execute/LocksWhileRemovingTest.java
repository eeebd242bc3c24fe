package dev.lowtide.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.command.Command;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.CleanupPlan.Refusal;
import dev.lowtide.plan.PlanItem;
import dev.lowtide.policy.Requirement.Unlocked;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.ChildProcess.Running;
import dev.lowtide.testing.LockHolder;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Items of a tool that locks its directories, with other processes that hold those locks. */
class LocksWhileRemovingTest {
  @TempDir Path temporary;
  private TestTree tree;
  private Path lock;
  private CleanupTarget workspace;

  @BeforeEach
  void makeTree() throws IOException {
    ChildProcess.assumeTool("flock");
    tree = TestTree.in(temporary.toRealPath()).file("a/x").file("b/x").file(".lock");
    lock = tree.path(".lock");
    workspace = CleanupTarget.of("workspace", tree.root());
  }

  private LowtideBuilder cleaning() {
    return TestMachine.lowtide(tree, TestPolicy.deleting("a", "b").with(each -> each.holding(lock)))
        .host(HostEnvironment.current());
  }

  private String others() {
    return ChildProcess.run(
            tree.root(), "sh", "-c", "flock -n -x .lock true && echo free || echo held")
        .strip();
  }

  @ParameterizedTest
  @EnumSource
  void aPlanLeavesOutWhatAnotherProcessHasLocked(LockHolder kind) throws IOException {
    try (Running other = kind.hold(lock)) {
      CleanupPlan plan = cleaning().build().plan(workspace);

      assertThat(plan.items()).isEmpty();
      assertThat(plan.refused())
          .extracting(Refusal::path, Refusal::guard)
          .containsExactly(tuple(tree.path("a"), "lock"), tuple(tree.path("b"), "lock"));
      assertThat(plan.refused().get(0).reason())
          .matches("python.* \\(pid " + other.pid() + "\\) holds the lock .*")
          .contains(lock.toString());
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatWasLockedSinceThePlanIsKept(LockHolder kind) throws IOException {
    Lowtide lowtide = cleaning().build();
    CleanupPlan plan = lowtide.plan(workspace);
    try (Running other = kind.hold(lock)) {
      for (CleanupReport report : List.of(lowtide.apply(plan), lowtide.dryRun(plan))) {
        assertThat(report.outcomes()).hasSize(2).allMatch(Outcome.Skipped.class::isInstance);
        assertThat(report.outcomes().get(0).reason())
            .startsWith("lock: ")
            .contains("(pid " + other.pid() + ") holds the lock " + lock);
      }
    }
    assertThat(tree.names()).contains("a/x", "b/x");
  }

  @Test
  void othersAreKeptOutWhileItemsGoAndNotLonger() throws IOException {
    List<String> seen = new ArrayList<>();
    Deleter watching =
        (path, expected) -> {
          seen.add(others());
          return Deleter.secure().delete(path, expected);
        };
    Lowtide lowtide = cleaning().deleter(watching).build();

    lowtide.apply(lowtide.plan(workspace)).orThrow();

    assertThat(seen).containsExactly("held", "held");
    assertThat(others()).isEqualTo("free");
    assertThat(tree.names()).containsExactly(".lock");
  }

  @Test
  void theLocksOfAllItemsOfABatchAreHeldUntilItsLastOneIsRemoved() throws IOException {
    tree.file("z/x").file(".other");
    List<String> seen = new ArrayList<>();
    Deleter watching =
        (path, expected) -> {
          seen.add(others());
          return Deleter.secure().delete(path, expected);
        };
    TestPolicy another =
        TestPolicy.named("test.another", "z").with(each -> each.holding(tree.path(".other")));
    Lowtide lowtide =
        TestMachine.lowtide(
                tree, TestPolicy.deleting("a", "b").with(each -> each.holding(lock)), another)
            .host(HostEnvironment.current())
            .deleter(watching)
            .build();

    lowtide.apply(lowtide.plan(workspace)).orThrow();

    assertThat(seen).containsExactly("held", "held", "held");
    assertThat(others()).isEqualTo("free");
  }

  @Test
  void aToolDoesNotFindTheLocksOfItemsBeforeIt() throws IOException {
    tree.file("z/x");
    List<String> seen = new ArrayList<>();
    Lowtide lowtide =
        TestMachine.lowtide(
                tree,
                TestPolicy.deleting("a", "b").with(each -> each.holding(lock)),
                TestPolicy.commanding("z", "tool", "prune"))
            .host(HostEnvironment.current())
            .commands(
                command -> {
                  seen.add(others());
                  assertThat(tree.names()).doesNotContain("a", "b");
                  return new Command.Result(0, "", false);
                })
            .build();

    lowtide.apply(lowtide.plan(workspace)).orThrow();

    assertThat(seen).containsExactly("free");
  }

  @Test
  void aDryRunTakesNoLock() throws IOException {
    List<String> seen = new ArrayList<>();
    Lowtide lowtide = cleaning().listener(event -> seen.add(others())).build();
    CleanupPlan plan = lowtide.plan(workspace);

    lowtide.dryRun(plan);

    assertThat(seen).isNotEmpty().containsOnly("free");
  }

  @Test
  void locksAreLetGoOfWhenTheRunIsInterrupted() throws IOException {
    Deleter interrupted =
        (path, expected) -> {
          throw new InterruptedIOException("Interrupted");
        };
    Lowtide lowtide = cleaning().deleter(interrupted).build();
    CleanupPlan plan = lowtide.plan(workspace);

    assertThatThrownBy(() -> lowtide.apply(plan)).isInstanceOf(InterruptedIOException.class);
    assertThat(Thread.interrupted()).isTrue();

    assertThat(others()).isEqualTo("free");
  }

  @Test
  void withoutItsLockFileNothingGoes() throws IOException {
    Lowtide lowtide = cleaning().build();
    CleanupPlan plan = lowtide.plan(workspace);
    Files.delete(lock);

    CleanupReport report = lowtide.apply(plan);

    assertThat(report.outcomes()).allMatch(Outcome.Skipped.class::isInstance);
    assertThat(report.outcomes().get(0).reason()).contains(lock + " is gone");
    assertThat(tree.names()).contains("a/x", "b/x");
  }

  @Test
  void theLockFileItselfMayGoWithTheDirectoryThatHoldsIt() throws IOException {
    tree.file("target/.cargo-lock");
    Lowtide lowtide =
        TestMachine.lowtide(
                tree,
                TestPolicy.deleting("target")
                    .with(each -> each.holding(tree.path("target/.cargo-lock"))))
            .host(HostEnvironment.current())
            .build();
    CleanupPlan plan = lowtide.plan(workspace);

    assertThat(plan.items()).extracting(PlanItem::path).containsExactly(tree.path("target"));
    assertThat(lowtide.apply(plan).orThrow().outcomes()).hasSize(1);
    assertThat(tree.path("target")).doesNotExist();
  }

  /** A tool that takes the lock itself, and so would wait for whoever has it. */
  private Lowtide cleaningByTool(List<String> seen) {
    TestPolicy policy =
        TestPolicy.commanding("", "tool", "prune").with(each -> each.requiring(new Unlocked(lock)));
    return TestMachine.lowtide(tree, policy)
        .host(HostEnvironment.current())
        .commands(
            command -> {
              seen.add(others());
              return new Command.Result(0, "", false);
            })
        .build();
  }

  @Test
  void aToolThatTakesTheLockItselfFindsItFree() throws IOException {
    List<String> seen = new ArrayList<>();
    Lowtide lowtide = cleaningByTool(seen);

    lowtide.apply(lowtide.plan(workspace)).orThrow();

    assertThat(seen).containsExactly("free");
  }

  @ParameterizedTest
  @EnumSource
  void aToolThatWouldWaitForALockIsNotPlanned(LockHolder kind) throws IOException {
    try (Running other = kind.hold(lock)) {
      CleanupPlan plan = cleaningByTool(new ArrayList<>()).plan(workspace);

      assertThat(plan.items()).isEmpty();
      assertThat(plan.refused()).extracting(Refusal::guard).containsExactly("lock");
      assertThat(plan.refused().get(0).reason()).contains("(pid " + other.pid() + ")");
    }
  }

  @ParameterizedTest
  @EnumSource
  void aToolThatWouldWaitForALockIsNotRun(LockHolder kind) throws IOException {
    List<String> seen = new ArrayList<>();
    Lowtide lowtide = cleaningByTool(seen);
    CleanupPlan plan = CleanupPlan.fromJson(lowtide.plan(workspace).toJson());
    try (Running other = kind.hold(lock)) {
      CleanupReport report = lowtide.apply(plan);

      assertThat(report.outcomes()).hasSize(1).allMatch(Outcome.Skipped.class::isInstance);
      assertThat(report.outcomes().get(0).reason())
          .startsWith("lock: ")
          .contains("(pid " + other.pid() + ") holds the lock " + lock);
    }
    assertThat(seen).isEmpty();
  }
}
