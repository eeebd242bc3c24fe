package dev.lowtide.policies.rust.builds;

import dev.lowtide.policy.Account;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * The policies for target directories, and for those that a failed {@code cargo install} leaves.
 */
public final class TargetPolicies {
  private TargetPolicies() {}

  /** The names of the settings that {@link #of} reads. */
  public static Set<String> settings() {
    return TargetSettings.NAMES;
  }

  /**
   * The policies.
   *
   * @param settings by name; unknown ones are ignored
   * @throws IllegalArgumentException if a value is invalid; the message is for the user
   */
  public static List<Policy> of(Map<String, String> settings) {
    TargetSettings parsed = TargetSettings.of(settings);
    return List.of(
        new TargetPolicy(
            "rust.target-stale",
            "units in target directories that no build uses any more",
            StaleUnits.COST,
            new StaleUnits(parsed)::propose,
            StaleUnits::watched),
        new TargetPolicy(
            "rust.target-dir",
            "contents of target directories that nothing has used for long",
            WholeDirectories.COST,
            (snapshot, context) -> WholeDirectories.proposeUnused(snapshot, context, parsed),
            StaleUnits::watched),
        new TargetPolicy(
            "rust.target-orphan",
            "target directories whose project is gone",
            WholeDirectories.COST,
            WholeDirectories::proposeOrphaned,
            TargetPolicies::none),
        new TargetPolicy(
            "rust.incremental",
            "incremental compilation data",
            WholeDirectories.COST,
            WholeDirectories::proposeIncremental,
            TargetPolicies::none),
        new TargetPolicy(
            "rust.doc",
            "documentation in target directories",
            WholeDirectories.COST,
            WholeDirectories::proposeDocumentation,
            TargetPolicies::none),
        FailedInstalls.POLICY);
  }

  private static List<Entry> none(Snapshot snapshot) {
    return List.of();
  }

  /** A policy for target directories. It proposes nothing if {@code CARGO_TARGET_DIR} is empty. */
  private record TargetPolicy(
      String id,
      String description,
      RebuildCost cost,
      BiFunction<Snapshot, PolicyContext, List<Candidate>> evidence,
      Function<Snapshot, List<Entry>> watches)
      implements Policy {

    @Override
    public List<Candidate> propose(Snapshot snapshot, PolicyContext context) {
      Optional<String> wrong = emptyVariable(context);
      return wrong.isPresent()
          ? List.of(nothing(snapshot.root(), cost, wrong.get()))
          : evidence.apply(snapshot, context);
    }

    @Override
    public Optional<Account> account() {
      return Optional.of(CargoAccount.ACCOUNT);
    }

    @Override
    public List<Entry> watched(Snapshot snapshot) {
      return watches.apply(snapshot);
    }

    /**
     * Why nothing is proposed if {@code CARGO_TARGET_DIR} is set but empty: cargo rejects an empty
     * value, so it is unknown which target directory was intended.
     */
    private static Optional<String> emptyVariable(PolicyContext context) {
      String name = "CARGO_TARGET_DIR";
      return Optional.ofNullable(context.host().variables().get(name))
          .filter(String::isEmpty)
          .map(empty -> name + " is set and empty; unset it or name a directory");
    }

    private static Candidate nothing(Entry root, RebuildCost cost, String why) {
      return Candidate.delete(root, Cause.REGENERABLE, cost, "target directories").withheld(why);
    }

    @Override
    public String toString() {
      return id;
    }
  }
}
