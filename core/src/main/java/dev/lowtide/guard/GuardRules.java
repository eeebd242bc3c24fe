package dev.lowtide.guard;

import dev.lowtide.HostEnvironment;
import dev.lowtide.policy.Account;
import dev.lowtide.policy.CommandShape;
import dev.lowtide.policy.Policy;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The settings of the guards. Immutable.
 *
 * @param host the machine, which determines the directories that are never removed
 * @param clock the clock that determines the age of files
 * @param protectedPaths what is never removed as a whole, in addition to home and the working
 *     directory
 * @param keptByTools the directories in which only a command of their tool may remove anything
 * @param gracePeriod how long something must have been unused; empty for the default of each kind
 *     of target
 * @param foreignOwners whether files of other users may be removed
 * @param assumeIdle whether processes that cannot be inspected count as using nothing
 * @param takeUnexplained whether entries that an account does not explain may be removed
 * @param accounts by the id of each loaded policy, the account of its candidates; candidates of
 *     other policies are kept
 * @param commands by the id of each loaded policy, the commands that it may run
 */
public record GuardRules(
    HostEnvironment host,
    Clock clock,
    Set<Path> protectedPaths,
    Set<Path> keptByTools,
    Optional<Duration> gracePeriod,
    boolean foreignOwners,
    boolean assumeIdle,
    boolean takeUnexplained,
    Map<String, Optional<Account>> accounts,
    Map<String, List<CommandShape>> commands) {

  public GuardRules {
    protectedPaths = Set.copyOf(protectedPaths);
    keptByTools = Set.copyOf(keptByTools);
    accounts = Map.copyOf(accounts);
    commands = Map.copyOf(commands);
  }

  /** The strictest rules, with no policies. */
  public static GuardRules of(HostEnvironment host, Clock clock) {
    return new GuardRules(
        host, clock, Set.of(), Set.of(), Optional.empty(), false, false, false, Map.of(), Map.of());
  }

  /** The same rules with other loaded policies. */
  public GuardRules with(Collection<? extends Policy> policies) {
    return new GuardRules(
        host,
        clock,
        protectedPaths,
        keptByTools,
        gracePeriod,
        foreignOwners,
        assumeIdle,
        takeUnexplained,
        policies.stream().collect(Collectors.toMap(Policy::id, Policy::account)),
        policies.stream().collect(Collectors.toMap(Policy::id, Policy::commands)));
  }

  /** The same rules for another machine. */
  public GuardRules on(HostEnvironment otherHost) {
    return new GuardRules(
        otherHost,
        clock,
        protectedPaths,
        keptByTools,
        gracePeriod,
        foreignOwners,
        assumeIdle,
        takeUnexplained,
        accounts,
        commands);
  }
}
