package dev.lowtide.execute;

import static dev.lowtide.testing.TestTree.NOW;
import static dev.lowtide.testing.TestTree.daysAgo;
import static dev.lowtide.testing.TestTree.kib;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lowtide.CleanupTarget;
import dev.lowtide.Problem;
import dev.lowtide.command.Command;
import dev.lowtide.command.CommandRunner;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.PlanItem;
import dev.lowtide.policy.Action.RunCommand;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlanExecutorTest {
  private final TestTree tree = TestTree.inMemory();
  private final CleanupTarget workspace = CleanupTarget.of("workspace", tree.root());
  private final Lowtide lowtide = TestMachine.lowtide(tree, TestPolicy.deleting("a", "b")).build();

  private static void assertSkipped(CleanupReport report, String words) {
    assertThat(report.outcomes()).hasSize(1).allMatch(Outcome.Skipped.class::isInstance);
    assertThat(report.outcomes().get(0).reason()).contains(words);
  }

  @Test
  void removesWhatThePlanNamesAndNothingElse() throws IOException {
    tree.file("a/x", kib(8)).file("b").file("c/y");
    CleanupPlan plan = lowtide.plan(workspace);

    CleanupReport report = lowtide.apply(plan).orThrow();

    assertThat(tree.names()).containsExactly("c", "c/y");
    assertThat(report.outcomes()).extracting(Outcome::word).containsExactly("removed", "removed");
    assertThat(report.freedBytes()).isEqualTo(plan.reclaimableBytes());
  }

  @Test
  void aDryRunChangesNothingAndNamesWhatWouldGo() throws IOException {
    tree.file("a/x", kib(8)).file("b").file("c/y");
    CleanupPlan plan = lowtide.plan(workspace);
    Map<String, String> before = tree.fingerprint();

    CleanupReport dry = lowtide.dryRun(plan);

    assertThat(tree.fingerprint()).isEqualTo(before);
    CleanupReport wet = lowtide.apply(plan);
    assertThat(dry.outcomes())
        .extracting(outcome -> outcome.item().path())
        .containsExactlyElementsOf(
            wet.outcomes().stream().map(outcome -> outcome.item().path()).toList());
    assertThat(dry.freedBytes()).isEqualTo(wet.freedBytes());
  }

  @Test
  void aFileWithNamesInTwoItemsComesFreeInADryRunAsItDoesInTheEnd() throws IOException {
    tree.file("a/x", kib(64)).hardLink("b", "a/x");
    CleanupPlan plan = lowtide.plan(workspace);

    CleanupReport dry = lowtide.dryRun(plan);

    assertThat(dry.freedBytes()).isEqualTo(plan.reclaimableBytes()).isGreaterThanOrEqualTo(kib(64));
    assertThat(lowtide.apply(plan).freedBytes()).isEqualTo(dry.freedBytes());
  }

  @Test
  void anExceptionThatNobodyForesawEndsOneItemAndNotThePlan() throws IOException {
    tree.file("a/x").file("b/x");
    Deleter deleter = Deleter.secure();
    AtomicBoolean failed = new AtomicBoolean();
    Lowtide failing =
        TestMachine.lowtide(tree, TestPolicy.deleting("a", "b"))
            .deleter(
                (path, expected) -> {
                  if (failed.compareAndSet(false, true)) {
                    throw new IllegalStateException("out of order");
                  }
                  return deleter.delete(path, expected);
                })
            .build();

    CleanupReport report = failing.apply(failing.plan(workspace));

    assertThat(report.outcomes()).extracting(Outcome::word).containsExactly("failed", "removed");
    assertThat(report.failures().get(0).reason())
        .contains("IllegalStateException: out of order", "the rest is in");
  }

  @Test
  void anExceptionThatNobodyForesawWhileALeftoverIsRemovedDoesNotEndTheRun() throws IOException {
    tree.file("a/x");
    Lowtide failing =
        TestMachine.lowtide(tree, TestPolicy.deleting("a", "b"))
            .deleter(
                (path, expected) -> {
                  throw new IllegalStateException("out of order");
                })
            .build();
    failing.apply(failing.plan(workspace));
    tree.file("b/x");

    assertThat(failing.apply(failing.plan(workspace)).failures()).hasSize(1);
    lowtide.apply(lowtide.plan(workspace));
    assertThat(tree.names()).noneMatch(name -> name.startsWith(".lowtide-trash"));
  }

  @Test
  void aRunThatDidNothingOfWhatWasPlannedIsNotDone() throws IOException {
    tree.file("a/x").file("b/x");
    CleanupPlan plan = lowtide.plan(workspace);
    tree.file("a/later").file("b/later");

    CleanupReport report = lowtide.apply(plan);

    assertThat(report.isDone()).isFalse();
    assertThat(report.remaining()).hasSize(2);
    assertThatThrownBy(report::orThrow)
        .isInstanceOf(CleanupException.class)
        .hasMessageContaining(tree.path("a") + ": it has changed since it was planned");
  }

  @Test
  void oneThatLeavesOnlySomeOfItIsDoneAndNamesThat() throws IOException {
    tree.file("a/x").file("b/x");
    CleanupPlan plan = lowtide.plan(workspace);
    tree.file("b/later");

    CleanupReport report = lowtide.apply(plan).orThrow();

    assertThat(report.remaining()).extracting(each -> each.item().path()).contains(tree.path("b"));
  }

  @Test
  void aRunWhoseItemsAreAllGoneIsDone() throws IOException {
    tree.file("a/x").file("b/x");
    CleanupPlan plan = lowtide.plan(workspace);
    lowtide.apply(plan).orThrow();

    assertThat(lowtide.apply(plan).orThrow().remaining()).isEmpty();
  }

  @Test
  void aRunThatLeavesSomethingStuckIsNotDone() throws IOException {
    tree.file("a/x").file("b/x");
    lowtide.apply(lowtide.plan(workspace));
    Path quarantine = Quarantine.of(workspace);
    tree.file("a/x");
    TestTree.in(Files.createDirectory(quarantine)).file("mine");

    CleanupReport report = lowtide.apply(lowtide.plan(workspace));

    assertThat(report.failures()).isEmpty();
    assertThat(report.stuck()).extracting(Problem::path).contains(quarantine);
    assertThatThrownBy(report::orThrow).hasMessageContaining(quarantine.toString());
  }

  @Test
  void theSecondTimeEverythingIsGoneAlready() throws IOException {
    tree.file("a/x");
    CleanupPlan plan = lowtide.plan(workspace);
    lowtide.apply(plan);

    CleanupReport again = lowtide.apply(plan);

    assertSkipped(again, "already gone");
    assertThat(again.freedBytes()).isZero();
  }

  @Test
  void skipsWhatWasModifiedSinceItWasPlanned() throws IOException {
    tree.file("a/x", "1234", daysAgo(2)).allModified(daysAgo(2));
    CleanupPlan plan = lowtide.plan(workspace);
    tree.file("a/x", "5678", daysAgo(1));

    assertSkipped(lowtide.apply(plan), "modified at " + daysAgo(1));
    assertThat(tree.has("a/x")).isTrue();
  }

  @Test
  void skipsWhatHasGrownSinceItWasPlanned() throws IOException {
    tree.file("a/x", "1234");
    CleanupPlan plan = lowtide.plan(workspace);
    tree.file("a/x", "12345");

    assertSkipped(lowtide.apply(plan), "5 bytes now, and had 4");
  }

  @Test
  void skipsWhatHasMoreEntriesThanWhenItWasPlanned() throws IOException {
    tree.file("a/x");
    CleanupPlan plan = lowtide.plan(workspace);
    tree.file("a/y");

    assertSkipped(lowtide.apply(plan), "3 entries now, and had 2");
  }

  @Test
  void skipsWhatHasTakenThePlaceOfWhatWasPlanned() throws IOException {
    tree.file("a/x");
    CleanupPlan plan = lowtide.plan(workspace);
    Files.move(tree.path("a"), tree.path("aside"));
    tree.file("a/x");

    assertSkipped(lowtide.apply(plan), "something else has taken its place");
    assertThat(tree.has("a/x")).isTrue();
  }

  @Test
  void asksTheGuardsAgain() throws IOException {
    tree.file("a/x");
    CleanupPlan plan = lowtide.plan(workspace);
    CleanupPlan keeping =
        new CleanupPlan(
            plan.schema(),
            plan.createdAt(),
            List.of(workspace.keeping("a")),
            plan.items(),
            plan.refused(),
            plan.problems(),
            plan.notes(),
            plan.reclaimable(),
            plan.madeBy());

    assertSkipped(lowtide.apply(keeping), "keep: ");
  }

  @Test
  void skipsEverythingWhenTheClockHasGoneBack() throws IOException {
    tree.file("a");
    CleanupPlan plan = lowtide.plan(workspace);
    Lowtide earlier =
        TestMachine.lowtide(tree).clock(TestMachine.clockAt(NOW.minusSeconds(1))).build();

    assertSkipped(earlier.apply(plan), "the clock was set back");
    assertThat(tree.has("a")).isTrue();
  }

  @Test
  void anItemThatFailsDoesNotKeepTheNextOne() throws IOException {
    tree.file("a").file("b");
    AtomicBoolean failed = new AtomicBoolean();
    Deleter failsOnce =
        (path, expected) -> {
          if (failed.compareAndSet(false, true)) {
            throw new IOException("broken disk");
          }
          return Deleter.secure().delete(path, expected);
        };
    Lowtide unlucky =
        TestMachine.lowtide(tree, TestPolicy.deleting("a", "b")).deleter(failsOnce).build();

    CleanupReport report = unlucky.apply(unlucky.plan(workspace));

    assertThat(report.outcomes()).extracting(Outcome::word).containsExactly("failed", "removed");
    assertThat(report.failures().get(0).reason())
        .startsWith("broken disk; the rest is in " + tree.path(".lowtide-trash"));
  }

  /** Says what it was asked to run, and ends with an exit code. */
  private record Recorder(List<Command> commands, int exit) implements CommandRunner {
    @Override
    public Command.Result run(Command command) {
      commands.add(command);
      return new Command.Result(exit, "first line\nlast line\n", false);
    }
  }

  private CleanupReport applyWith(TestPolicy policy, Recorder recorder) throws IOException {
    Lowtide commanding = TestMachine.lowtide(tree, policy).commands(recorder).build();
    CleanupPlan plan = commanding.plan(workspace);
    assertThat(commanding.dryRun(plan).outcomes()).allMatch(Outcome.WouldRemove.class::isInstance);
    assertThat(recorder.commands()).as("what a dry run runs").isEmpty();
    return commanding.apply(plan);
  }

  @Test
  void anItemWhoseRequirementFailsIsSkipped() throws IOException {
    tree.file("a");
    Recorder recorder = new Recorder(new ArrayList<>(), 3);
    TestPolicy policy =
        TestPolicy.deleting("a")
            .running("server", "stop")
            .with(each -> each.requiring(new RunCommand(each.path(), List.of("server", "stop"))));

    assertSkipped(applyWith(policy, recorder), "'server stop' ended with exit code 3: last line");
    assertThat(tree.has("a")).isTrue();
  }

  @Test
  void anItemWhoseRequirementIsMetGoes() throws IOException {
    tree.file("a");
    Recorder recorder = new Recorder(new ArrayList<>(), 0);
    TestPolicy policy =
        TestPolicy.deleting("a")
            .running("server", "stop")
            .with(each -> each.requiring(new RunCommand(each.path(), List.of("server", "stop"))));

    applyWith(policy, recorder).orThrow();

    assertThat(tree.has("a")).isFalse();
    assertThat(recorder.commands()).containsExactly(Command.of("server", "stop"));
  }

  private static final TestPolicy PRUNING = TestPolicy.commanding("", "tool", "prune");

  @Test
  void aToolIsRunForItsOwnCache() throws IOException {
    tree.file("a");
    Recorder recorder = new Recorder(new ArrayList<>(), 0);

    CleanupReport report = applyWith(PRUNING, recorder).orThrow();

    assertThat(recorder.commands()).containsExactly(Command.of("tool", "prune"));
    assertThat(report.freedBytes()).as("measured, and the tool did nothing").isZero();
    assertThat(report.outcomes())
        .extracting(Outcome::item)
        .extracting(PlanItem::path)
        .containsExactly(tree.root());
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {"0, \"\"", "3, \"'tool prune' ended with exit code 3: last line; \""})
  void aToolThatLeavesMoreThanItFoundHasFreedNothingAndThatIsSaid(int exit, String before)
      throws IOException {
    tree.file("a", kib(4));
    Lowtide commanding =
        TestMachine.lowtide(tree, PRUNING)
            .commands(
                command -> {
                  tree.file("log", kib(8));
                  return new Command.Result(exit, "first line\nlast line\n", false);
                })
            .build();

    CleanupReport report = commanding.apply(commanding.plan(workspace));

    assertThat(report.freedBytes()).isZero();
    assertThat(report.outcomes())
        .extracting(Outcome::reason)
        .containsExactly(before + "it occupies ~8 KiB more than before");
  }

  @Test
  void whatMustGoFirstAndIsStillThereKeepsWhatComesAfter() throws IOException {
    tree.file("a").file("record", kib(1));
    Lowtide ordered =
        TestMachine.lowtide(
                tree,
                TestPolicy.deleting("record"),
                TestPolicy.named("test.after", "a")
                    .with(each -> each.onlyAfter(tree.path("record"))))
            .build();
    CleanupPlan plan = ordered.plan(workspace);
    tree.file("record", kib(9)); // changed, so it stays

    CleanupReport report = ordered.apply(plan);

    assertThat(tree.names()).containsExactly("a", "record");
    assertThat(report.outcomes()).extracting(Outcome::word).containsOnly("skipped");
    assertThat(report.outcomes().get(1).reason()).contains(tree.path("record").toString());
  }

  @Test
  void aDryRunCountsWhatWouldGoFirstAsGone() throws IOException {
    tree.file("a").file("record");
    Lowtide ordered =
        TestMachine.lowtide(
                tree,
                TestPolicy.deleting("record"),
                TestPolicy.named("test.after", "a")
                    .with(each -> each.onlyAfter(tree.path("record"))))
            .build();

    assertThat(ordered.dryRun(ordered.plan(workspace)).outcomes())
        .extracting(Outcome::word)
        .containsOnly("would-remove");
  }
}
