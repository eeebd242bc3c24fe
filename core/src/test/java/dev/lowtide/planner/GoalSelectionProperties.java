package dev.lowtide.planner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.ByteSize;
import dev.lowtide.CleanupTarget;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.SpaceGoal;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;

class GoalSelectionProperties {
  private static final int BLOCK = 4096;
  private static final Instant LONG_AGO = Instant.parse("2020-01-01T00:00:00Z");

  /** A file that may go. */
  record Cached(int blocks, RebuildCost cost, int age) {}

  @Provide
  Arbitrary<List<Cached>> caches() {
    return Combinators.combine(
            Arbitraries.integers().between(1, 20),
            Arbitraries.of(RebuildCost.class),
            Arbitraries.integers().between(0, 5))
        .as(Cached::new)
        .list()
        .ofMaxSize(12);
  }

  private static final class Machine {
    final TestTree tree = TestTree.inMemory();
    final Map<String, Cached> files = new HashMap<>();
    final long total;

    Machine(List<Cached> caches) throws IOException {
      for (Cached each : caches) {
        String name = String.format("file-%02d", files.size());
        files.put(name, each);
        tree.file(name, each.blocks() * BLOCK);
      }
      total = SizeProbe.best().measure(tree.root()).allocatedBytes();
    }

    CleanupPlan plan(SpaceGoal goal) throws IOException {
      TestPolicy policy =
          new TestPolicy(
              "test.cached",
              snapshot ->
                  snapshot
                      .entries()
                      .filter(entry -> entry.isFile())
                      .map(
                          entry -> {
                            Cached cached = files.get(entry.name());
                            return Candidate.delete(
                                    entry, Cause.REGENERABLE, cached.cost(), "it is cached")
                                .lastUsedAt(LONG_AGO.minusSeconds(cached.age()));
                          })
                      .toList());
      return TestMachine.lowtide(tree, policy)
          .goal(goal)
          .build()
          .plan(CleanupTarget.of("workspace", tree.root()));
    }

    long left(CleanupPlan plan, int items) {
      return total
          - plan.items().stream().limit(items).mapToLong(item -> item.allocated().bytes()).sum();
    }
  }

  @Property(tries = 60, edgeCases = EdgeCasesMode.NONE)
  void theGoalIsReachedOrEverythingGoes(
      @ForAll("caches") List<Cached> caches, @ForAll @LongRange(max = 1_000_000) long limit)
      throws IOException {
    Machine machine = new Machine(caches);

    CleanupPlan plan = machine.plan(SpaceGoal.NONE.maxTotal(new ByteSize(limit)));

    int items = plan.items().size();
    assertThat(machine.left(plan, items) <= limit || items == caches.size()).isTrue();
  }

  @Property(tries = 60, edgeCases = EdgeCasesMode.NONE)
  void withoutTheLastItemTheGoalIsNotMet(
      @ForAll("caches") List<Cached> caches, @ForAll @LongRange(max = 1_000_000) long limit)
      throws IOException {
    Machine machine = new Machine(caches);

    CleanupPlan plan = machine.plan(SpaceGoal.NONE.maxTotal(new ByteSize(limit)));

    if (!plan.isEmpty()) {
      assertThat(machine.left(plan, plan.items().size() - 1)).isGreaterThan(limit);
    }
  }

  @Property(tries = 60, edgeCases = EdgeCasesMode.NONE)
  void nothingGoesThatIsDearerOrMoreRecentThanWhatStays(
      @ForAll("caches") List<Cached> caches, @ForAll @LongRange(max = 1_000_000) long limit)
      throws IOException {
    Machine machine = new Machine(caches);

    CleanupPlan plan = machine.plan(SpaceGoal.NONE.maxTotal(new ByteSize(limit)));

    List<String> ordered =
        machine.files.keySet().stream()
            .sorted(
                Comparator.comparing((String name) -> machine.files.get(name).cost())
                    .thenComparing(name -> -machine.files.get(name).age())
                    .thenComparing(name -> name))
            .toList();
    assertThat(plan.items())
        .extracting(item -> item.path().getFileName().toString())
        .containsExactlyElementsOf(ordered.subList(0, plan.items().size()));
  }

  @Property(tries = 60, edgeCases = EdgeCasesMode.NONE)
  void whatIsReservedStays(
      @ForAll("caches") List<Cached> caches, @ForAll @LongRange(max = 1_000_000) long floor)
      throws IOException {
    Machine machine = new Machine(caches);

    CleanupPlan plan =
        machine.plan(
            SpaceGoal.NONE.maxTotal(ByteSize.ZERO).reserve("workspace", new ByteSize(floor)));

    if (!plan.isEmpty()) {
      assertThat(machine.left(plan, plan.items().size())).isGreaterThanOrEqualTo(floor);
    }
  }
}
