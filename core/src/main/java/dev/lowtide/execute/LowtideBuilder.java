package dev.lowtide.execute;

import com.google.common.collect.ImmutableList;
import dev.lowtide.ByteSize;
import dev.lowtide.CleanupListener;
import dev.lowtide.HostEnvironment;
import dev.lowtide.command.CommandRunner;
import dev.lowtide.guard.GuardRules;
import dev.lowtide.plan.PolicyFile;
import dev.lowtide.plan.SpaceGoal;
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

/** Puts together what a {@link Lowtide} needs; each part has a sensible default. For one thread. */
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
   * @throws IllegalArgumentException if there is another one of the same id
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

  /** Adds all policies of providers, and heeds what they protect. */
  public LowtideBuilder providers(Collection<? extends PolicyProvider> more) {
    return providers(more, PolicyProvider.Selection.ALL);
  }

  /**
   * Adds some policies of providers, and heeds what all of them protect.
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
   * Takes over the policies and limits of a policy file; {@link PolicyFile#targets} are where to
   * plan. A limit, goal or grace period that was set before stands.
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

  /** Heeds what a provider protects and lets its commands run, without asking its policies. */
  public LowtideBuilder protectionsOf(PolicyProvider provider) {
    providers.add(provider);
    return this;
  }

  /** Globs, relative to each target's root, of what must stay. */
  public LowtideBuilder keep(String... globs) {
    keep.addAll(ImmutableList.copyOf(globs));
    return this;
  }

  /** Directories that must never go as a whole. */
  public LowtideBuilder protect(Path... paths) {
    protectedPaths.addAll(ImmutableList.copyOf(paths));
    return this;
  }

  /** What is kept although a policy proposes it; replaces every limit that was set before. */
  public LowtideBuilder retention(Retention value) {
    retention = value;
    return this;
  }

  /** Only what was last used longer ago than this may go. */
  public LowtideBuilder olderThan(Duration age) {
    retention = retention.olderThan(age);
    return this;
  }

  /** Only as much may go, least recently used first, as brings a target down to this size. */
  public LowtideBuilder maxSize(ByteSize size) {
    retention = retention.maxSize(size);
    return this;
  }

  /**
   * So many of what each policy proposes in each target stay, most recently used first.
   *
   * @throws IllegalArgumentException if the number is negative
   */
  public LowtideBuilder keepNewest(int count) {
    retention = retention.keepNewest(count);
    return this;
  }

  /**
   * How much space to make: only as many items are removed as the goal needs. Whether it is met can
   * be asked with {@link Lowtide#shortfalls} afterwards.
   */
  public LowtideBuilder goal(SpaceGoal value) {
    goal = value;
    return this;
  }

  /** How long something must have been left alone, instead of what the kind of the target says. */
  public LowtideBuilder gracePeriod(Duration period) {
    gracePeriod = Optional.of(period);
    return this;
  }

  /** Lets files go that belong to other users. */
  public LowtideBuilder allowForeignOwners() {
    foreignOwners = true;
    return this;
  }

  /**
   * How long {@link Lowtide#trash} can restore what was removed; nothing comes free before. Zero
   * for not at all, which is the default.
   *
   * @throws IllegalArgumentException if it is negative
   */
  public LowtideBuilder undoFor(Duration period) {
    if (period.isNegative()) {
      throw new IllegalArgumentException("Nothing can be kept for " + period);
    }
    undoFor = period;
    return this;
  }

  /**
   * Moves items away and leaves their removal to {@link Trash#purge} or to the next run on the same
   * target. Their names are free at once, however large they are; their space comes free later, and
   * they cannot be restored. A goal would move everything away, since moving frees nothing. Has no
   * effect on items that {@link #undoFor} keeps.
   */
  public LowtideBuilder freeLater() {
    freeLater = true;
    return this;
  }

  /**
   * Takes it that nothing is used by processes that cannot be seen, as on a system that does not
   * tell which files are open. What is seen to be in use stays all the same.
   */
  public LowtideBuilder assumeIdle() {
    assumeIdle = true;
    return this;
  }

  /**
   * Lets entries go that a policy's {@link dev.lowtide.policy.Account} does not explain, such as a
   * person's file in a virtual environment. Lifts no other guard.
   */
  public LowtideBuilder takeUnexplained() {
    takeUnexplained = true;
    return this;
  }

  /**
   * Lets trees be removed by their paths where the file system offers nothing better, as on
   * Windows. For places where no other user can swap a directory for a link meanwhile; without it,
   * nothing is removed there.
   */
  public LowtideBuilder allowRemovalByPath() {
    return deleter(Deleter.insecureAllowed());
  }

  /** How trees are removed, if not by {@link Deleter#secure}. */
  LowtideBuilder deleter(Deleter value) {
    deleter = value;
    return this;
  }

  /**
   * How commands are run, if not as children of this process. Only those are run that a policy
   * {@linkplain Policy#commands declares}, however.
   */
  public LowtideBuilder commands(CommandRunner value) {
    commands = Optional.of(value);
    return this;
  }

  /** Who hears what is done, if not the log. */
  public LowtideBuilder listener(CleanupListener value) {
    listener = value;
    return this;
  }

  /** How trees are measured, if not by {@link SizeProbe#best}. */
  public LowtideBuilder probe(SizeProbe value) {
    probe = value;
    return this;
  }

  /** The machine, if not this one, where the tools that the providers name are asked. */
  public LowtideBuilder host(HostEnvironment value) {
    host = Optional.of(value);
    return this;
  }

  /** The clock, if not the system's. */
  public LowtideBuilder clock(Clock value) {
    clock = value;
    return this;
  }

  public Lowtide build() {
    HostEnvironment machine =
        host.orElseGet(() -> Lowtide.thisMachine(() -> providers)).distrustingProject();
    Set<Path> never = new LinkedHashSet<>(protectedPaths);
    Set<Path> keptByTools = new LinkedHashSet<>();
    for (PolicyProvider provider : providers) {
      never.addAll(provider.protectedPaths(machine));
      keptByTools.addAll(provider.keptByTools(machine));
    }
    GuardRules rules =
        new GuardRules(
                machine,
                clock,
                never,
                keptByTools,
                gracePeriod,
                foreignOwners,
                assumeIdle,
                takeUnexplained,
                Map.of(),
                Map.of())
            .with(policies.values());
    return new Lowtide(
        new Lowtide.Setup(
            List.copyOf(policies.values()),
            providers,
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
