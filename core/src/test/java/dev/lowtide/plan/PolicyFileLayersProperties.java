package dev.lowtide.plan;

import static dev.lowtide.testing.TestTree.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.ByteSize;
import dev.lowtide.CleanupListener;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyProvider;
import dev.lowtide.policy.Retention;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestProvider;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * A run with a project's policy file removes only what that file allows, and what the files of the
 * machine and the user allow.
 */
class PolicyFileLayersProperties {
  private static final int ITEMS = 6;
  private static final int DAYS = 10;
  private static final Path FILE = Path.of("/w/project/lowtide.toml");

  /** Two policies, each of which proposes every other directory. */
  private static final class Provider implements TestProvider {
    @Override
    public List<Policy> policies(Map<String, String> settings) {
      return List.of(
          TestPolicy.named("test.even", "d0", "d2", "d4"),
          TestPolicy.named("test.odd", "d1", "d3", "d5"));
    }
  }

  /** What a file says, without the places. */
  record Limits(
      Set<String> policies,
      Set<String> keep,
      CleanupTarget.Kind kind,
      Retention retention,
      SpaceGoal goal,
      Optional<Duration> grace) {

    PolicyFile over(Path root) {
      return new PolicyFile(
          List.of(new CleanupTarget("pip-cache", kind, root, keep)),
          new PolicyProvider.Selection(policies, Map.of()),
          retention,
          goal,
          grace);
    }

    /** The same where everything goes that may, since size and goals choose among that. */
    Limits withoutSizes() {
      return new Limits(
          policies,
          keep,
          kind,
          new Retention(retention.olderThan(), Optional.empty(), retention.keepNewest()),
          SpaceGoal.NONE,
          grace);
    }
  }

  @Provide
  Arbitrary<Limits> limits() {
    Arbitrary<Set<String>> policies =
        Arbitraries.of(
            Set.of(), Set.of("test"), Set.of("test.even"), Set.of("test.odd", "test.even"));
    Arbitrary<Set<String>> keep =
        Arbitraries.of("d0", "d1", "d[2-3]", "d4/x", "nothing").set().ofMaxSize(2);
    Arbitrary<CleanupTarget.Kind> kind =
        Arbitraries.of(CleanupTarget.Kind.WORKSPACE, CleanupTarget.Kind.CACHE);
    Arbitrary<Retention> retention =
        Combinators.combine(
                Arbitraries.integers().between(0, DAYS).map(Duration::ofDays).optional(0.5),
                Arbitraries.longs().between(0, 30_000).map(ByteSize::new).optional(0.3),
                Arbitraries.integers().between(0, 3).optional(0.3))
            .as(
                (age, size, newest) ->
                    new Retention(
                        age, size, newest.map(OptionalInt::of).orElse(OptionalInt.empty())));
    Arbitrary<SpaceGoal> goal =
        Combinators.combine(
                Arbitraries.longs().between(0, 30_000).map(ByteSize::new).optional(0.3),
                Arbitraries.longs().between(0, 30_000).map(ByteSize::new).optional(0.3))
            .as(
                (total, reserve) -> {
                  SpaceGoal all = total.map(SpaceGoal.NONE::maxTotal).orElse(SpaceGoal.NONE);
                  return reserve.map(size -> all.reserve("pip-cache", size)).orElse(all);
                });
    Arbitrary<Optional<Duration>> grace =
        Arbitraries.integers().between(0, 72).map(Duration::ofHours).optional(0.3);
    return Combinators.combine(policies, keep, kind, retention, goal, grace).as(Limits::new);
  }

  /** How many hours ago each directory was last changed. */
  @Provide
  Arbitrary<List<Integer>> ages() {
    return Arbitraries.integers().between(0, 24 * DAYS).list().ofSize(ITEMS);
  }

  private static TestTree planted(List<Integer> ages) {
    TestTree tree = TestTree.inMemory();
    for (int i = 0; i < ITEMS; i++) {
      tree.file("d" + i + "/x", 4096L * (1 + i % 3));
    }
    for (int i = 0; i < ITEMS; i++) {
      TestTree.in(tree.path("d" + i)).allModified(NOW.minus(Duration.ofHours(ages.get(i))));
    }
    return tree;
  }

  private static Set<Path> planned(TestTree tree, PolicyFile file) throws IOException {
    List<PolicyProvider> providers = List.of(new Provider());
    HostEnvironment host = TestMachine.host(tree.root().getFileSystem());
    return Lowtide.builder()
        .host(host)
        .clock(TestMachine.clockAt(NOW))
        .listener(CleanupListener.NONE)
        .policyFile(file, providers)
        .build()
        .plan(file.targets())
        .items()
        .stream()
        .map(PlanItem::path)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Optional<PolicyFile> restricted(PolicyFile general, PolicyFile project) {
    try {
      return Optional.of(PolicyFileLayers.restrict(general, project, FILE));
    } catch (PolicyFile.FormatException e) {
      return Optional.empty(); // refused, so that nothing goes
    }
  }

  @Property(tries = 150)
  void nothingGoesThatOneOfTheFilesDoesNotAllow(
      @ForAll("ages") List<Integer> ages,
      @ForAll("limits") Limits general,
      @ForAll("limits") Limits project)
      throws IOException {
    TestTree tree = planted(ages);
    // What a place is, the file says that names it, and here both name the same
    Limits generally = kind(general, project.kind());
    Optional<PolicyFile> both = restricted(generally.over(tree.root()), project.over(tree.root()));
    if (both.isEmpty()) {
      return;
    }

    Set<Path> goes = planned(tree, both.get());

    assertThat(planned(tree, generally.withoutSizes().over(tree.root()))).containsAll(goes);
    assertThat(planned(tree, project.withoutSizes().over(tree.root()))).containsAll(goes);
  }

  @Property(tries = 100)
  void withoutLimitsOfSizeNothingMoreGoesThanInGeneral(
      @ForAll("ages") List<Integer> ages,
      @ForAll("limits") Limits general,
      @ForAll("limits") Limits project)
      throws IOException {
    TestTree tree = planted(ages);
    Limits generally = kind(general, project.kind()).withoutSizes();
    Optional<PolicyFile> both = restricted(generally.over(tree.root()), project.over(tree.root()));

    if (both.isPresent()) {
      assertThat(planned(tree, generally.over(tree.root()))).containsAll(planned(tree, both.get()));
    }
  }

  @Property(tries = 100)
  void noLimitOfSizeIsLowerAndNoGoalHigherThanInGeneral(
      @ForAll("limits") Limits general, @ForAll("limits") Limits project) {
    Path root = Path.of("/w");
    restricted(general.over(root), project.over(root))
        .ifPresent(
            both -> {
              general
                  .retention()
                  .maxSize()
                  .ifPresent(
                      size ->
                          assertThat(both.retention().maxSize().get())
                              .isGreaterThanOrEqualTo(size));
              if (!general.goal().isNone()) {
                assertThat(both.goal().maxTotal()).isEqualTo(general.goal().maxTotal());
              }
              assertThat(both.goal().reserved("pip-cache"))
                  .isGreaterThanOrEqualTo(general.goal().reserved("pip-cache"))
                  .isGreaterThanOrEqualTo(project.goal().reserved("pip-cache"));
            });
  }

  /** What a directory keeps is kept by one above and by one below it. */
  @Property(tries = 200)
  void whatIsKeptInOneDirectoryIsKeptThroughAnother(
      @ForAll("globs") String glob, @ForAll("names") List<String> names) {
    Path above = Path.of("/w");
    Path path = Path.of("/w/" + String.join("/", names));
    for (Path below = path.getParent(); !below.equals(above); below = below.getParent()) {
      CleanupTarget outer = CleanupTarget.of("w", above).keeping(glob);
      CleanupTarget inner =
          PolicyFileLayers.keeping(
              PolicyFile.NONE.withTargets(List.of(outer)), CleanupTarget.of("i", below));
      if (keeps(outer, path)) {
        assertThat(keeps(inner, path)).as("%s, below %s", glob, below).isTrue();
      }
      CleanupTarget nested = CleanupTarget.of("n", below).keeping(glob);
      CleanupTarget wide =
          PolicyFileLayers.keeping(
              PolicyFile.NONE.withTargets(List.of(nested)), CleanupTarget.of("w", above));
      assertThat(keeps(wide, path)).isEqualTo(keeps(nested, path));
    }
  }

  @Provide
  Arbitrary<String> globs() {
    Arbitrary<String> name = Arbitraries.of("a", "b", "*", "**", "[ab]", "?", "{a,b}", "a*");
    return name.list().ofMinSize(1).ofMaxSize(4).map(names -> String.join("/", names));
  }

  @Provide
  Arbitrary<List<String>> names() {
    return Arbitraries.of("a", "b", "[x]").list().ofMinSize(2).ofMaxSize(5);
  }

  /** As the planner asks: about the path and each of its parents below the root. */
  private static boolean keeps(CleanupTarget target, Path path) {
    List<Path> asked = new ArrayList<>();
    for (Path each = path; !each.equals(target.root()); each = each.getParent()) {
      asked.add(target.root().relativize(each));
    }
    return target.keepMatchers().stream().anyMatch(keep -> asked.stream().anyMatch(keep::matches));
  }

  private static Limits kind(Limits limits, CleanupTarget.Kind kind) {
    return new Limits(
        limits.policies(), limits.keep(), kind, limits.retention(), limits.goal(), limits.grace());
  }
}
