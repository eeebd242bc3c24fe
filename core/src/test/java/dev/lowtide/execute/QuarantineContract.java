package dev.lowtide.execute;

import static dev.lowtide.testing.TestTree.NOW;
import static dev.lowtide.testing.TestTree.kib;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lowtide.ByteSize;
import dev.lowtide.CleanupListener;
import dev.lowtide.CleanupTarget;
import dev.lowtide.FileIdentity;
import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.Problem;
import dev.lowtide.command.CommandRunner;
import dev.lowtide.execute.Trash.Result.Verdict;
import dev.lowtide.execute.Trash.State;
import dev.lowtide.fs.QuarantineDirectory;
import dev.lowtide.fs.QuarantinePlace;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.probe.DiskUsage;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.probe.Snapshot;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What removal by way of a quarantine does on every file system; subclasses say of which. */
abstract class QuarantineContract {
  private static final Duration DAY = Duration.ofDays(1);

  private final List<CleanupListener.Event> events = new ArrayList<>();
  private TestTree tree;

  /** An empty directory to which no symbolic link leads; called once for each test. */
  abstract Path emptyDirectory() throws IOException;

  Deleter deleter() {
    return Deleter.secure();
  }

  final TestTree tree() throws IOException {
    if (tree == null) {
      tree = TestTree.in(Files.createDirectory(emptyDirectory().resolve("w")));
    }
    return tree;
  }

  final CleanupTarget workspace() throws IOException {
    return CleanupTarget.of("workspace", tree().root());
  }

  final Path quarantine() throws IOException {
    return Quarantine.of(workspace());
  }

  /** A Lowtide that removes {@code a} and {@code b}, with a home of its own beside the tree. */
  final LowtideBuilder lowtide() throws IOException {
    return lowtide(TestPolicy.deleting("a", "b"));
  }

  final LowtideBuilder lowtide(TestPolicy... policies) throws IOException {
    Path home = tree().root().resolveSibling("home");
    return Lowtide.builder()
        .policies(List.of(policies))
        .probe(SizeProbe.portable())
        .host(
            HostEnvironment.of(
                home.getFileSystem().getSeparator().equals("/")
                    ? OperatingSystem.LINUX
                    : OperatingSystem.WINDOWS,
                home.getFileSystem(),
                Map.of(),
                home.toString(),
                home.resolve("tmp").toString()))
        .clock(TestMachine.clockAt(NOW))
        .commands(CommandRunner.none())
        .listener(events::add)
        .deleter(deleter());
  }

  final CleanupReport clean(Lowtide lowtide) throws IOException {
    return lowtide.apply(lowtide.plan(workspace()));
  }

  private CleanupReport cleanUndoably() throws IOException {
    return clean(lowtide().undoFor(DAY).build()).orThrow();
  }

  final List<Path> heard(CleanupListener.Kind kind) {
    return events.stream()
        .filter(event -> event.kind() == kind)
        .map(CleanupListener.Event::path)
        .toList();
  }

  private List<Trash.Item> kept() throws IOException {
    return lowtide().build().trash().list(List.of()).items();
  }

  private Trash.Item onlyKept() throws IOException {
    assertThat(kept()).hasSize(1);
    return kept().get(0);
  }

  private Trash.Result restore(Trash.Item item) throws IOException {
    return lowtide().build().trash().restore(item, Optional.empty());
  }

  private static boolean isThere(Path path) {
    return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
  }

  private Deleter deleterThatFirst(Consumer<Path> does) {
    Deleter deleter = deleter();
    return new Deleter() {
      @Override
      public Deletion delete(Path path, FileIdentity expected) throws IOException {
        does.accept(path);
        return deleter.delete(path, expected);
      }

      @Override
      public boolean mayRemoveByPath() {
        return deleter.mayRemoveByPath();
      }
    };
  }

  /** What a process does that is killed: nothing more. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  private void cleanAndBeKilled() throws IOException {
    Lowtide killed =
        lowtide()
            .deleter(
                deleterThatFirst(
                    path -> {
                      throw new Killed();
                    }))
            .build();
    CleanupPlan plan = killed.plan(workspace());
    assertThatThrownBy(() -> killed.apply(plan)).isInstanceOf(Killed.class);
  }

  @Test
  void aTreeHasLeftItsPlaceAsAWholeBeforeAnythingOfItIsRemoved() throws IOException {
    tree().file("a/x/y").file("c");
    Map<String, String> whole = TestTree.in(tree().path("a")).fingerprint();
    Consumer<Path> check =
        path -> {
          assertThat(isThere(tree.path("a"))).isFalse();
          assertThat(TestTree.in(path).fingerprint()).isEqualTo(whole);
        };

    CleanupReport report = clean(lowtide().deleter(deleterThatFirst(check)).build());

    assertThat(report.orThrow().freedBytes()).isPositive();
    assertThat(tree().names()).containsExactly("c");
  }

  @Test
  void anUndoableRemovalFreesNothingAndSaysUntilWhenItIsKept() throws IOException {
    tree().file("a/x", kib(8)).file("c");
    long bytes = lowtide().build().plan(workspace()).reclaimableBytes();

    CleanupReport report = cleanUndoably();

    assertThat(isThere(tree().path("a"))).isFalse();
    assertThat(report.freedBytes()).isZero();
    assertThat(report.keptSize().bytes()).isEqualTo(bytes);
    assertThat(report.outcomes().get(0).reason())
        .startsWith("kept until 2026-11-22T12:00:01Z in " + quarantine());
  }

  @Test
  void whatIsFreedLaterIsMovedAwayAtOnceAndCannotBeRestored() throws IOException {
    tree().file("a/x", kib(8)).file("c");
    long bytes = lowtide().build().plan(workspace()).reclaimableBytes();

    CleanupReport report = clean(lowtide().freeLater().build()).orThrow();

    assertThat(isThere(tree().path("a"))).isFalse();
    assertThat(report.freedBytes()).isZero();
    assertThat(report.freedLater().orElseThrow().bytes()).isEqualTo(bytes);
    assertThat(onlyKept().state()).isEqualTo(State.GOING);
    assertThat(restore(onlyKept()).verdict()).isEqualTo(Verdict.REFUSED);
  }

  @Test
  void purgeFreesWhatIsFreedLater() throws IOException {
    tree().file("a/x", kib(8)).file("c");
    CleanupReport report = clean(lowtide().freeLater().build());

    Trash.Result result = lowtide().build().trash().purge(onlyKept());

    assertThat(result.freed()).isEqualTo(report.freedLater().orElseThrow());
    assertThat(tree().names()).containsExactly("c");
    assertThat(kept()).isEmpty();
  }

  @Test
  void theNextRunFreesWhatIsFreedLater() throws IOException {
    tree().file("a/x").file("c");
    clean(lowtide().freeLater().build());

    clean(lowtide().build()).orThrow();

    assertThat(heard(CleanupListener.Kind.RECOVERED)).containsExactly(tree().path("a"));
    assertThat(tree().names()).containsExactly("c");
  }

  @Test
  void whoFreesLaterLeavesWhatAnEarlierRunHasLeftToThatToo() throws IOException {
    tree().file("a/x").file("c");
    clean(lowtide().freeLater().build());
    tree().file("b/x");

    clean(lowtide().freeLater().build()).orThrow();

    assertThat(kept()).hasSize(2);
  }

  @Test
  void othersCanRemoveMoreWhilePurgeIsAtWork() throws IOException {
    tree().file("a/x").file("c");
    clean(lowtide().freeLater().build());
    Deleter slow =
        deleterThatFirst(
            path -> {
              tree.file("b/x");
              try {
                clean(lowtide().freeLater().build()).orThrow();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });

    Trash.Result result = lowtide().deleter(slow).build().trash().purge(onlyKept());

    assertThat(result.verdict()).isEqualTo(Verdict.PURGED);
    assertThat(isThere(tree().path("b"))).isFalse();
    lowtide().build().trash().purge(onlyKept());
    assertThat(tree().names()).containsExactly("c");
  }

  @Test
  void aTreeThatAnotherProcessRemovesFirstIsNoFailure() throws IOException {
    tree().file("a/x").file("c");
    clean(lowtide().freeLater().build());
    Deleter late =
        deleterThatFirst(
            path -> {
              try {
                clean(lowtide().build()).orThrow();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });

    Trash.Result result = lowtide().deleter(late).build().trash().purge(onlyKept());

    assertThat(result.verdict()).isEqualTo(Verdict.PURGED);
    assertThat(heard(CleanupListener.Kind.LEFT)).isEmpty();
    assertThat(tree().names()).containsExactly("c");
  }

  @Test
  void restorePutsBackTheTreeThatItWas() throws IOException {
    tree().file("a/x/y").link("a/link", "x").file("b").file("c");
    Map<String, String> before = tree().fingerprint();
    cleanUndoably();

    assertThat(kept()).hasSize(2);
    for (Trash.Item item : kept()) {
      assertThat(restore(item).verdict()).isEqualTo(Verdict.RESTORED);
    }

    assertThat(tree().fingerprint()).isEqualTo(before);
    assertThat(kept()).isEmpty();
  }

  @Test
  void restoreReplacesNothingThatIsThereAgain() throws IOException {
    for (String again : new String[] {"a", "a/new"}) {
      tree().file("a/x");
      cleanUndoably();
      Trash.Item item = onlyKept();
      tree().directory("a");
      if (!again.equals("a")) {
        tree().file(again);
      }
      Map<String, String> before = tree().fingerprint();

      Trash.Result result = restore(item);

      assertThat(result.verdict()).isEqualTo(Verdict.REFUSED);
      assertThat(result.reason()).startsWith(tree().path("a") + " exists again");
      assertThat(tree().fingerprint()).isEqualTo(before);
      lowtide().build().trash().purge(item);
    }
  }

  @Test
  void restoreMakesNoDirectoryThatIsGone() throws IOException {
    tree().file("sub/a/x");
    Lowtide lowtide = lowtide(TestPolicy.deleting("sub/a")).undoFor(DAY).build();
    clean(lowtide);
    Files.delete(tree().path("sub"));
    Trash.Item item = lowtide.trash().list(List.of(tree().root())).items().get(0);

    Trash.Result result = restore(item);

    assertThat(result.verdict()).isEqualTo(Verdict.REFUSED);
    assertThat(result.reason()).startsWith("there is no " + tree().path("sub"));
    lowtide.trash().purge(item);
  }

  @Test
  void restorePutsItElsewhereWhenAsked() throws IOException {
    tree().file("a/x");
    cleanUndoably();

    Trash.Result result =
        lowtide().build().trash().restore(onlyKept(), Optional.of(tree().path("elsewhere")));

    assertThat(result.place()).contains(tree().path("elsewhere"));
    assertThat(tree().names()).containsExactly("elsewhere", "elsewhere/x");
  }

  @Test
  void purgeFreesWhatWasKept() throws IOException {
    tree().file("a/x", kib(8)).file("c");
    CleanupReport report = cleanUndoably();

    Trash.Result result = lowtide().build().trash().purge(onlyKept());

    assertThat(result.verdict()).isEqualTo(Verdict.PURGED);
    assertThat(result.freed().bytes()).isEqualTo(report.keptSize().bytes());
    assertThat(tree().names()).containsExactly("c");
  }

  @Test
  void purgeOfSeveralLeavesTheOthersWithTheirOrigin() throws IOException {
    tree().file("a/x").file("b/x").file("c");
    cleanUndoably();
    Trash trash = lowtide().build().trash();
    Trash.Item first = kept().get(0);
    Trash.Item second = kept().get(1);
    trash.purge(first);

    List<Trash.Result> results = trash.purge(List.of(second, first));

    assertThat(results).extracting(Trash.Result::item).containsExactly(second, first);
    assertThat(results)
        .extracting(Trash.Result::verdict)
        .containsExactly(Verdict.PURGED, Verdict.FAILED);
    assertThat(results.get(1).reason()).isEqualTo("another process has removed or restored it");
    assertThat(tree().names()).containsExactly("c");
  }

  @Test
  void theRecordStaysUntilItsLastTreeIsGone() throws IOException {
    tree().file("a/x").file("b/x").file("c");
    cleanUndoably();
    Trash.Item first = kept().get(0);

    lowtide().build().trash().purge(first);

    assertThat(onlyKept().origin().map(Trash.Origin::path)).contains(tree().path("b"));
    assertThat(lowtide().build().trash().restore(kept()))
        .extracting(Trash.Result::verdict)
        .containsExactly(Verdict.RESTORED);
    assertThat(tree().names()).containsExactly("b", "b/x", "c");
  }

  @Test
  void theNextRunRemovesWhatWasKeptLongEnoughAndNothingElse() throws IOException {
    tree().file("a/x").file("c");
    cleanUndoably();

    clean(lowtide().clock(TestMachine.clockAt(NOW.plus(DAY))).build());
    assertThat(onlyKept().state()).isEqualTo(State.KEPT);
    clean(lowtide().clock(TestMachine.clockAt(NOW.plus(DAY).plusSeconds(1))).build());

    assertThat(heard(CleanupListener.Kind.RECOVERED)).containsExactly(tree().path("a"));
    assertThat(tree().names()).containsExactly("c");
  }

  @Test
  void aClockThatHasGoneBackRemovesNothingThatIsKept() throws IOException {
    tree().file("a/x").file("c");
    cleanUndoably();

    clean(lowtide().clock(TestMachine.clockAt(Instant.EPOCH)).build());

    assertThat(kept()).hasSize(1);
  }

  @Test
  void theNextRunEndsWhatADeadProcessHadBegun() throws IOException {
    tree().file("a/x", kib(8)).file("b").file("c");
    cleanAndBeKilled();
    assertThat(isThere(tree().path("a"))).isFalse();
    assertThat(isThere(tree().path("b"))).isTrue();

    clean(lowtide().build());

    assertThat(heard(CleanupListener.Kind.RECOVERED)).containsExactly(tree().path("a"));
    assertThat(tree().names()).containsExactly("c");
  }

  @Test
  void whatHasBegunToGoIsNotRestored() throws IOException {
    tree().file("a/x");
    cleanAndBeKilled();
    Trash trash = lowtide().build().trash();
    Trash.Item item = trash.list(List.of(tree().root())).items().get(0);

    assertThat(item.state()).isEqualTo(State.GOING);
    assertThat(trash.restore(item, Optional.empty()).verdict()).isEqualTo(Verdict.REFUSED);
    assertThat(isThere(item.path())).isTrue();
  }

  @Test
  void aPurgeThatDiedHalfwayLeavesNothingToRestore() throws IOException {
    tree().file("a/x");
    cleanUndoably();
    Trash.Item item = onlyKept();
    Trash killed =
        lowtide()
            .deleter(
                deleterThatFirst(
                    path -> {
                      throw new Killed();
                    }))
            .build()
            .trash();

    assertThatThrownBy(() -> killed.purge(item)).isInstanceOf(Killed.class);

    assertThat(onlyKept().state()).isEqualTo(State.GOING);
  }

  @Test
  void aTornIntentCostsNothingButTheKnowledgeWhereItWas() throws IOException {
    tree().file("a/x");
    cleanUndoably();
    Path intent = quarantine().resolve(onlyKept().id().substring(4) + ".jsonl");
    Files.write(intent, Arrays.copyOf(Files.readAllBytes(intent), 20));

    assertThat(onlyKept().state()).isEqualTo(State.KEPT);
    assertThat(onlyKept().origin()).isEmpty();
    assertThat(restore(onlyKept()).reason()).contains("name a place with --to");
    assertThat(
            lowtide().build().trash().restore(onlyKept(), Optional.of(tree().path("a"))).verdict())
        .isEqualTo(Verdict.RESTORED);
    assertThat(tree().names()).containsExactly("a", "a/x");
  }

  @Test
  void anIntentWithoutATreeMeansThatNothingHappened() throws IOException {
    tree().file("c");
    QuarantineDirectory made =
        QuarantineDirectory.openOrCreate(quarantine(), deleter().mayRemoveByPath());
    made.writeRecord("0123456789ab", "{}".getBytes(UTF_8), false);
    made.close();

    clean(lowtide().build());

    assertThat(tree().names()).containsExactly("c");
  }

  @Test
  void aForeignFileInTheQuarantineIsKeptAndReported() throws IOException {
    tree().file("a/x");
    cleanUndoably();
    Path diary = Files.writeString(quarantine().resolve("diary"), "mine");

    clean(lowtide().clock(TestMachine.clockAt(NOW.plus(DAY.multipliedBy(2)))).build());

    assertThat(heard(CleanupListener.Kind.LEFT)).containsExactly(diary);
    assertThat(diary).hasContent("mine");
    assertThat(lowtide().build().trash().list(List.of()).problems())
        .extracting(Problem::path)
        .containsExactly(diary);
  }

  @Test
  void whatIsNotWhatItsNameSaysStaysAndIsTold() throws IOException {
    tree().file("a/x").file("other/canary");
    cleanAndBeKilled();
    Path lies = lowtide().build().trash().list(List.of(tree().root())).items().get(0).path();
    Files.move(lies, tree().path("aside"));
    Files.move(tree().path("other"), lies);

    clean(lowtide().build());

    assertThat(heard(CleanupListener.Kind.LEFT)).containsExactly(lies);
    assertThat(isThere(lies.resolve("canary"))).isTrue();
    Trash trash = lowtide().build().trash();
    Trash.Item item = trash.list(List.of(tree().root())).items().get(0);
    assertThat(item.state()).isEqualTo(State.FOREIGN);
    assertThat(trash.purge(item).verdict()).isEqualTo(Verdict.REFUSED);
    assertThat(trash.restore(item, Optional.empty()).verdict()).isEqualTo(Verdict.REFUSED);
  }

  @Test
  void whatChangesWhileItIsJudgedIsPutBack() throws IOException {
    tree().file("a/x").file("b");
    Lowtide lowtide =
        lowtide()
            .listener(
                event -> {
                  if (event.kind() == CleanupListener.Kind.REMOVING && event.path().endsWith("a")) {
                    tree.file("a/late", "just now");
                  }
                })
            .build();

    CleanupReport report = clean(lowtide);

    assertThat(report.outcomes()).extracting(Outcome::word).containsExactly("skipped", "removed");
    assertThat(report.outcomes().get(0).reason()).contains("changed while it was checked");
    assertThat(tree().names()).containsExactly("a", "a/late", "a/x");
  }

  /** Changes what it is shown in a quarantine, and what has its place. */
  private record Meddler(SizeProbe probe, Path quarantine, Path place) implements SizeProbe {
    @Override
    public DiskUsage measure(Path root, Consumer<Problem> problems) throws IOException {
      return probe.measure(root, problems);
    }

    @Override
    public Snapshot capture(Path root) throws IOException {
      if (root.startsWith(quarantine)) {
        Files.writeString(root.resolve("late"), "just now");
        Files.writeString(place, "new");
      }
      return probe.capture(root);
    }

    @Override
    public String name() {
      return probe.name();
    }
  }

  @Test
  void whatCannotBePutBackIsKeptUntilAPersonDecides() throws IOException {
    tree().file("a/x");
    Lowtide lowtide =
        lowtide().probe(new Meddler(SizeProbe.portable(), quarantine(), tree().path("a"))).build();

    CleanupReport report = clean(lowtide);

    assertThat(report.failures().get(0).reason())
        .contains("cannot put back " + tree().path("a"))
        .contains("kept in " + quarantine());
    assertThat(tree().path("a")).hasContent("new");
    lowtide()
        .clock(TestMachine.clockAt(NOW.plus(Duration.ofDays(10_000))))
        .build()
        .apply(lowtide().build().plan(CleanupTarget.of("workspace", tree().root()).keeping("a")));
    assertThat(lowtide.trash().list(List.of(tree().root())).items())
        .singleElement()
        .matches(item -> item.state() == State.KEPT)
        .matches(item -> isThere(item.path().resolve("x")));
  }

  @Test
  void whatIsAtWorkInTheQuarantineKeepsOthersOut() throws IOException {
    tree().file("a/x");
    Lowtide lowtide = lowtide().build();
    CleanupPlan plan = lowtide.plan(workspace());

    try (QuarantineDirectory other =
        QuarantineDirectory.openOrCreate(quarantine(), deleter().mayRemoveByPath())) {
      CleanupReport report = lowtide.apply(plan);

      assertThat(report.outcomes()).hasSize(1).allMatch(Outcome.Skipped.class::isInstance);
      assertThat(report.outcomes().get(0).reason())
          .isEqualTo(
              "another Lowtide process is using "
                  + other.path()
                  + "; try again when it has finished");
      assertThat(isThere(tree().path("a/x"))).isTrue();
    }
    assertThat(lowtide.apply(plan).outcomes()).extracting(Outcome::word).containsExactly("removed");
  }

  @Test
  void anInterruptLeavesWhatTheNextRunEnds() throws IOException {
    tree().file("a/x").file("b").file("c");
    Deleter interrupted = deleterThatFirst(path -> Thread.currentThread().interrupt());
    Lowtide lowtide = lowtide().deleter(interrupted).build();
    CleanupPlan plan = lowtide.plan(workspace());

    assertThatThrownBy(() -> lowtide.apply(plan)).isInstanceOf(InterruptedIOException.class);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(isThere(tree().path("a"))).isFalse();
    assertThat(isThere(tree().path("b"))).isTrue();
    clean(lowtide().build());

    assertThat(tree().names()).containsExactly("c");
  }

  @Test
  void anInterruptBeforeTheRenameChangesNothing() throws IOException {
    tree().file("a/x").file("b").file("c");
    Map<String, String> before = tree().fingerprint();
    Lowtide lowtide =
        lowtide()
            .listener(
                event -> {
                  if (event.kind() == CleanupListener.Kind.REMOVING) {
                    Thread.currentThread().interrupt();
                  }
                })
            .build();
    CleanupPlan plan = lowtide.plan(workspace());

    assertThatThrownBy(() -> lowtide.apply(plan)).isInstanceOf(InterruptedIOException.class);

    assertThat(Thread.interrupted()).isTrue();
    assertThat(tree().fingerprint()).isEqualTo(before);
  }

  @Test
  void policiesProposeNothingThatIsKept() throws IOException {
    tree().file("a/__pycache__/x").file("c/__pycache__/x");
    cleanUndoably();
    Lowtide everything =
        lowtide(TestPolicy.deletingEach(entry -> entry.name().equals("__pycache__"))).build();

    CleanupPlan plan = everything.plan(workspace());

    assertThat(plan.items())
        .extracting(item -> item.path())
        .containsExactly(tree().path("c/__pycache__"));
    assertThat(plan.refused()).isEmpty();
  }

  @Test
  void aDirectoryInWhichSomethingIsKeptIsNotRemovedEither() throws IOException {
    tree().file("sub/a/x");
    Lowtide inSub = lowtide(TestPolicy.deleting("a")).undoFor(DAY).build();
    CleanupTarget sub = CleanupTarget.of("sub", tree().path("sub"));
    inSub.apply(inSub.plan(sub)).orThrow();
    Lowtide all = lowtide(TestPolicy.deleting("sub")).build();

    assertThat(all.plan(workspace()).refused())
        .singleElement()
        .satisfies(
            refusal -> {
              assertThat(refusal.guard()).isEqualTo("quarantine");
              assertThat(refusal.reason()).contains("can still be restored");
            });
  }

  @Test
  void whatIsKeptCountsForNoBudget() throws IOException {
    tree().file("a/x", kib(64)).file("b", kib(8));
    clean(lowtide(TestPolicy.deleting("a")).undoFor(DAY).build());
    Lowtide budget = lowtide().maxSize(ByteSize.parse("32KiB")).build();

    assertThat(budget.plan(workspace()).items()).isEmpty();
  }

  @Test
  void theQuarantineOfACacheLiesBesideIt() throws IOException {
    tree().file("cache/a/x", kib(1), TestTree.daysAgo(3));
    TestTree.in(tree().path("cache")).allModified(TestTree.daysAgo(3));
    CleanupTarget cache = CleanupTarget.cache("cache", tree().path("cache"));
    Lowtide lowtide = lowtide().gracePeriod(Duration.ZERO).undoFor(DAY).build();

    lowtide.apply(lowtide.plan(cache)).orThrow();

    assertThat(TestTree.in(tree().path("cache")).names()).isEmpty();
    assertThat(onlyKept().path().getParent())
        .hasParent(tree().root())
        .isEqualTo(QuarantinePlace.beside(tree().path("cache")));
    restore(onlyKept());
    try (Stream<Path> left = Files.list(tree().root())) {
      assertThat(left).containsExactly(tree().path("cache"));
    }
  }
}
