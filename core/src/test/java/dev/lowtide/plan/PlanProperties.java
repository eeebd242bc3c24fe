package dev.lowtide.plan;

import static dev.lowtide.testing.TestTree.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.BoundedSize;
import dev.lowtide.BoundedSize.Bound;
import dev.lowtide.CleanupTarget;
import dev.lowtide.FileIdentity;
import dev.lowtide.FileKind;
import dev.lowtide.Problem;
import dev.lowtide.execute.CleanupReport;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.plan.CleanupPlan.Refusal;
import dev.lowtide.policy.Action;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.Marker;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.policy.Requirement;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.RandomTree;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What holds for every tree: a policy proposes some names wherever they are, one name is kept. */
class PlanProperties {
  @Provide
  Arbitrary<List<RandomTree.Step>> steps() {
    return RandomTree.steps();
  }

  private static final List<String> NAMES = List.of("a", "a-b", "cache", "__pycache__", "B");

  private static Lowtide lowtide(TestTree tree) {
    TestPolicy policy =
        TestPolicy.deletingEach(
            entry -> entry.parent().isPresent() && NAMES.contains(entry.name()));
    return TestMachine.lowtide(tree, policy).keep("keep", "**/keep").build();
  }

  private static CleanupPlan plan(TestTree tree) throws IOException {
    return lowtide(tree).plan(CleanupTarget.of("workspace", tree.root()));
  }

  @Property(tries = 60)
  void noItemLiesInAnother(@ForAll("steps") List<RandomTree.Step> steps) throws IOException {
    List<Path> paths = plan(planted(steps)).items().stream().map(PlanItem::path).toList();

    assertThat(paths).doesNotHaveDuplicates().isSorted();
    for (Path path : paths) {
      assertThat(paths).noneMatch(other -> !other.equals(path) && other.startsWith(path));
    }
  }

  private static TestTree planted(List<RandomTree.Step> steps) {
    return RandomTree.plant(TestTree.inMemory(), steps);
  }

  @Property(tries = 60)
  void aDryRunChangesNothing(@ForAll("steps") List<RandomTree.Step> steps) throws IOException {
    TestTree tree = planted(steps);
    Map<String, String> before = tree.fingerprint();

    lowtide(tree).dryRun(plan(tree));

    assertThat(tree.fingerprint()).isEqualTo(before);
  }

  @Property(tries = 60)
  void nothingOutsideTheItemsChanges(@ForAll("steps") List<RandomTree.Step> steps)
      throws IOException {
    TestTree tree = planted(steps);
    CleanupPlan plan = plan(tree);
    Map<String, String> expected = new TreeMap<>(tree.fingerprint());
    List<Path> going = plan.items().stream().map(PlanItem::path).toList();
    expected.keySet().removeIf(name -> going.stream().anyMatch(tree.path(name)::startsWith));

    CleanupReport report = lowtide(tree).apply(plan);

    assertThat(report.outcomes()).extracting(outcome -> outcome.word()).allMatch("removed"::equals);
    assertThat(withoutTimesOfDirectories(tree.fingerprint()))
        .isEqualTo(withoutTimesOfDirectories(expected));
  }

  /** A directory's own time changes when an item directly in it goes. */
  private static Map<String, String> withoutTimesOfDirectories(Map<String, String> fingerprint) {
    Map<String, String> without = new TreeMap<>(fingerprint);
    without.replaceAll((path, what) -> what.startsWith("directory") ? "directory" : what);
    return without;
  }

  @Property(tries = 60)
  void whatAKeepPatternMatchesIsKept(@ForAll("steps") List<RandomTree.Step> steps)
      throws IOException {
    TestTree tree = planted(steps);
    List<String> kept = kept(tree);

    lowtide(tree).apply(plan(tree));

    assertThat(kept(tree)).isEqualTo(kept);
  }

  private static List<String> kept(TestTree tree) {
    return tree.names().stream().filter(name -> ("/" + name + "/").contains("/keep/")).toList();
  }

  @Property(tries = 60)
  void aSecondRunRemovesNothing(@ForAll("steps") List<RandomTree.Step> steps) throws IOException {
    TestTree tree = planted(steps);
    CleanupPlan plan = plan(tree);
    lowtide(tree).apply(plan);
    Map<String, String> after = tree.fingerprint();

    assertThat(lowtide(tree).apply(plan).freedBytes()).isZero();
    assertThat(plan(tree).items()).isEmpty();
    assertThat(tree.fingerprint()).isEqualTo(after);
  }

  @Property(tries = 60)
  void whatComesFreeIsWhatWasPredicted(@ForAll("steps") List<RandomTree.Step> steps)
      throws IOException {
    TestTree tree = planted(steps);
    long before = withoutDirectories(tree);
    CleanupPlan plan = plan(tree);
    long total = SizeProbe.portable().measure(tree.root()).allocatedBytes();
    assertThat(plan.reclaimableBytes()).isBetween(0L, total);
    long goingDirectories = plan.items().stream().mapToLong(item -> directories(item.path())).sum();

    lowtide(tree).apply(plan);

    assertThat(before - withoutDirectories(tree))
        .isEqualTo(plan.reclaimableBytes() - goingDirectories);
  }

  /** The size of a directory that stays may change when names in it go. */
  private static long withoutDirectories(TestTree tree) throws IOException {
    return SizeProbe.portable().measure(tree.root()).allocatedBytes() - directories(tree.root());
  }

  private static long directories(Path top) {
    try {
      return SizeProbe.portable()
          .capture(top)
          .entries()
          .filter(Entry::isDirectory)
          .mapToLong(Entry::ownBytes)
          .sum();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Property(tries = 60)
  void aPlanIsTheSameAfterJson(@ForAll("steps") List<RandomTree.Step> steps) throws IOException {
    CleanupPlan plan = plan(planted(steps));

    assertThat(CleanupPlan.fromJson(plan.toJson())).isEqualTo(plan);
  }

  @Provide
  Arbitrary<String> hostileNames() {
    return Arbitraries.strings()
        .withChars("ab \n\r\t\u001b\u202e\"'\\%#?&<>;:äé中\ud83d\ude00".toCharArray())
        .ofMinLength(1)
        .ofMaxLength(12)
        .filter(name -> !name.contains("\ud83d") && !name.contains("\ude00"));
  }

  @Property(tries = 200)
  void hostileNamesAreTheSameAfterJson(@ForAll("hostileNames") String name) {
    TestTree tree = TestTree.inMemory();
    Path path = tree.root().resolve(name);
    Candidate candidate =
        Candidate.of(new Action.DeleteTree(path), Cause.ORPHANED, RebuildCost.EXPENSIVE, name, NOW)
            .requiring(new Action.RunCommand(path, List.of(name, name)))
            .requiring(
                new Requirement.Stopped(
                    List.of(name), List.of(name, name), Set.of(name), Set.of(name)))
            .requiring(new Requirement.Unlocked(path))
            .requiring(new Requirement.SameContent(path, path, name.length() > 2))
            .requiring(
                new Requirement.Exists(path, new FileIdentity(FileKind.REGULAR, 1, -2, 3, 4)))
            .onlyAfter(path)
            .holding(path)
            .withMarker(new Marker(name, name));
    PlanItem item =
        new PlanItem(
            "1",
            name,
            "workspace",
            candidate,
            1,
            new BoundedSize(Long.MAX_VALUE, Bound.ESTIMATE),
            new BoundedSize(3, Bound.AT_MOST),
            new PlanItem.Identity(
                new FileIdentity(FileKind.SYMLINK, -1, -2, -3, -4), 4, 1, NOW, NOW, 3));
    CleanupPlan plan =
        new CleanupPlan(
            CleanupPlan.SCHEMA,
            NOW,
            List.of(CleanupTarget.of("workspace", tree.root())),
            List.of(item),
            List.of(new Refusal(name, path, name, name)),
            List.of(new Problem(path, name, name)),
            List.of(),
            new BoundedSize(5, Bound.ESTIMATE),
            "");

    assertThat(CleanupPlan.fromJson(plan.toJson())).isEqualTo(plan);
    assertThat(plan.explain().lines()).as("no name forges a line").hasSizeLessThan(18);
    assertThat(plan.explain()).doesNotContain("\u001b", "\u202e", "\r");
  }
}
