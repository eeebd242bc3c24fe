package dev.lowtide.execute;

import com.google.common.collect.ImmutableList;
import dev.lowtide.ByteSize;
import dev.lowtide.CleanupListener;
import dev.lowtide.HostEnvironment;
import dev.lowtide.command.CommandRunner;
import dev.lowtide.guard.GuardRules;
import dev.lowtide.plan.PolicyFile;
import dev.lowtide.plan.SpaceGoal;
import dev.lowtide.planner.Protections;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyProvider;
import dev.lowtide.policy.Retention;
import dev.lowtide.probe.SizeProbe;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Builds a {@link Lowtide}; each setting has a sensible default. Not thread-safe. */
public final class LowtideBuilder {
  private final Map<String, Policy> policies = new LinkedHashMap<>();
  private final Set<String> keep = new LinkedHashSet<>();
  private final Set<Path> protectedPaths = new LinkedHashSet<>();
  private final List<PolicyProvider> providers = new ArrayList<>();
  private final Map<String, Map<String, String>> settings = new LinkedHashMap<>();
  private SizeProbe probe = SizeProbe.best();
  private Optional<HostEnvironment> host = Optional.empty();
  private Clock clock = Clock.systemUTC();
  private Retention retention = Retention.NONE;
  private SpaceGoal goal = SpaceGoal.NONE;
  private Optional<Duration> gracePeriod = Optional.empty();
  private boolean foreignOwners;
  private Duration undoFor = Duration.ZERO;
  private boolean freeLater;
  private boolean assumeIdle;
  private boolean takeUnexplained;
  private Deleter deleter = Deleter.secure();
  private Optional<CommandRunner> commands = Optional.empty();
  private CleanupListener listener = CleanupListener.logging();

  LowtideBuilder() {}

  /**
   * Adds policies.
   *
   * @throws IllegalArgumentException if there is another one with the same id
   */
  public LowtideBuilder policies(Collection<? extends Policy> more) {
    for (Policy policy : more) {
      if (policies.putIfAbsent(policy.id(), policy) != null) {
        throw new IllegalArgumentException("There are two policies with the id " + policy.id());
      }
    }
    return this;
  }

  /** Adds a policy. */
  public LowtideBuilder policy(Policy policy) {
    return policies(List.of(policy));
  }

  /** Adds all policies of providers, and protects the paths that the providers protect. */
  public LowtideBuilder providers(Collection<? extends PolicyProvider> more) {
    return providers(more, PolicyProvider.Selection.ALL);
  }

  /**
   * Adds some policies of providers, and protects the paths that any of these providers protects.
   *
   * @throws IllegalArgumentException if something is selected that they do not have
   */
  public LowtideBuilder providers(
      Collection<? extends PolicyProvider> more, PolicyProvider.Selection selection) {
    policies(selection.from(more));
    settings.putAll(selection.settings());
    more.forEach(this::protectionsOf);
    return this;
  }

  /**
   * Applies the policies and limits of a policy file; plan with its {@link PolicyFile#targets}. A
   * limit, goal or grace period that was set before takes precedence.
   *
   * @param more the providers with which the file was read
   */
  public LowtideBuilder policyFile(PolicyFile file, Collection<? extends PolicyProvider> more) {
    if (gracePeriod.isEmpty()) {
      gracePeriod = file.gracePeriod();
    }
    if (goal.isNone()) {
      goal = file.goal();
    }
    return providers(more, file.policies()).retention(retention.or(file.retention()));
  }

  /**
   * Protects the paths that a provider protects and allows its commands, without adding its
   * policies.
   */
  public LowtideBuilder protectionsOf(PolicyProvider provider) {
    providers.add(provider);
    return this;
  }

  /** Adds globs of paths that must be kept, relative to each target's root. */
  public LowtideBuilder keep(String... globs) {
    keep.addAll(ImmutableList.copyOf(globs));
    return this;
  }

  /** Adds directories that must never be removed as a whole. */
  public LowtideBuilder protect(Path... paths) {
    protectedPaths.addAll(ImmutableList.copyOf(paths));
    return this;
  }

  /**
   * Sets the limits by which candidates are kept although a policy proposes them; replaces all
   * limits that were set before.
   */
  public LowtideBuilder retention(Retention value) {
    retention = value;
    return this;
  }

  /** Removes only items whose last use is older than this. */
  public LowtideBuilder olderThan(Duration age) {
    retention = retention.olderThan(age);
    return this;
  }

  /** Removes only as much, least recently used first, as brings a target down to this size. */
  public LowtideBuilder maxSize(ByteSize size) {
    retention = retention.maxSize(size);
    return this;
  }

  /**
   * Keeps this many candidates of each policy in each target, most recently used first.
   *
   * @throws IllegalArgumentException if the number is negative
   */
  public LowtideBuilder keepNewest(int count) {
    retention = retention.keepNewest(count);
    return this;
  }

  /**
   * Sets a goal: only as many items are removed as the goal needs. Call {@link Lowtide#shortfalls}
   * afterwards to find out whether it is met.
   */
  public LowtideBuilder goal(SpaceGoal value) {
    goal = value;
    return this;
  }

  /**
   * Sets how long something must have been unused, instead of the default of each kind of target.
   */
  public LowtideBuilder gracePeriod(Duration period) {
    gracePeriod = Optional.of(period);
    return this;
  }

  /** Allows files of other users to be removed. */
  public LowtideBuilder allowForeignOwners() {
    foreignOwners = true;
    return this;
  }

  /**
   * Sets how long {@link Lowtide#trash} can restore what was removed; its space is not freed
   * before. Zero, the default, means not at all.
   *
   * @throws IllegalArgumentException if it is negative
   */
  public LowtideBuilder undoFor(Duration period) {
    if (period.isNegative()) {
      throw new IllegalArgumentException("The time for an undo must not be negative: " + period);
    }
    undoFor = period;
    return this;
  }

  /**
   * Only moves items to a quarantine, and leaves their removal to {@link Trash#purge} or to the
   * next run on the same target. Their paths are free at once, however large the items are; their
   * space is freed later, and they cannot be restored. Do not combine it with a goal: since moving
   * frees nothing, everything would be moved away. Has no effect on items that {@link #undoFor}
   * keeps.
   */
  public LowtideBuilder freeLater() {
    freeLater = true;
    return this;
  }

  /**
   * Assumes that processes that cannot be inspected use nothing, for example on a system that does
   * not report which files are open. What is visibly in use is still kept.
   */
  public LowtideBuilder assumeIdle() {
    assumeIdle = true;
    return this;
  }

  /**
   * Allows entries to be removed that a policy's {@link dev.lowtide.policy.Account} does not
   * explain, such as a person's file in a virtual environment. All other guards still apply.
   */
  public LowtideBuilder takeUnexplained() {
    takeUnexplained = true;
    return this;
  }

  /**
   * Allows trees to be removed by path where the file system has no operations relative to open
   * directories, as on Windows; otherwise nothing is removed there. Use it only in directories
   * where no other user can replace a directory with a link during the removal.
   */
  public LowtideBuilder allowRemovalByPath() {
    return deleter(Deleter.insecureAllowed());
  }

  /** Sets how trees are removed; by default {@link Deleter#secure}. */
  LowtideBuilder deleter(Deleter value) {
    deleter = value;
    return this;
  }

  /**
   * Sets how commands are run; by default as children of this process. In any case, only commands
   * are run that a policy {@linkplain Policy#commands declares}.
   */
  public LowtideBuilder commands(CommandRunner value) {
    commands = Optional.of(value);
    return this;
  }

  /** Sets the receiver of events; by default the log. */
  public LowtideBuilder listener(CleanupListener value) {
    listener = value;
    return this;
  }

  /** Sets how trees are measured; by default {@link SizeProbe#best}. */
  public LowtideBuilder probe(SizeProbe value) {
    probe = value;
    return this;
  }

  /** Sets the machine; by default this one, with access to the tools that the providers name. */
  public LowtideBuilder host(HostEnvironment value) {
    host = Optional.of(value);
    return this;
  }

  /** Sets the clock; by default the system's. */
  public LowtideBuilder clock(Clock value) {
    clock = value;
    return this;
  }

  public Lowtide build() {
    HostEnvironment machine =
        host.orElseGet(() -> Lowtide.thisMachine(() -> providers)).distrustingProject();
    Protections protections = Protections.of(providers, machine);
    Set<Path> allProtected = new LinkedHashSet<>(protectedPaths);
    allProtected.addAll(protections.protectedPaths());
    List<Policy> allowed = policies.values().stream().filter(protections::allow).toList();
    GuardRules rules =
        new GuardRules(
                machine,
                clock,
                allProtected,
                protections.keptByTools(),
                gracePeriod,
                foreignOwners,
                assumeIdle,
                takeUnexplained,
                Map.of(),
                Map.of())
            .with(allowed);
    return new Lowtide(
        new Lowtide.Setup(
            allowed,
            providers,
            protections.failures(),
            settings,
            keep,
            probe,
            rules,
            deleter,
            commands,
            undoFor,
            freeLater,
            listener),
        retention,
        goal);
  }
}
