package dev.lowtide.execute;

import com.google.common.base.Suppliers;
import com.google.common.collect.ImmutableList;
import dev.lowtide.ByteSize;
import dev.lowtide.CleanupListener;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.Tools;
import dev.lowtide.command.CommandRunner;
import dev.lowtide.fs.AccessTimes;
import dev.lowtide.fs.ReadingMark;
import dev.lowtide.guard.GuardRules;
import dev.lowtide.guard.TargetRoots;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.PolicyFile;
import dev.lowtide.plan.SpaceGoal;
import dev.lowtide.planner.GoalSelection;
import dev.lowtide.planner.Keepers;
import dev.lowtide.planner.Planner;
import dev.lowtide.policy.CommandShape;
import dev.lowtide.policy.Finding;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyProvider;
import dev.lowtide.policy.PolicySelection;
import dev.lowtide.policy.Retention;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.probe.Snapshot;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.LoggerFactory;

/**
 * The whole library behind a few calls: plan, look at the plan, apply it or not.
 *
 * <pre>{@code
 * Lowtide lowtide = Lowtide.builder().providers(Lowtide.installedProviders()).keep("dist/**").build();
 * CleanupPlan plan = lowtide.plan(CleanupTarget.of("workspace", workspace));
 * System.out.print(plan.explain());
 * lowtide.apply(plan).orThrow();
 * }</pre>
 *
 * <p>Immutable and safe for use by many threads, as long as their targets do not overlap.
 */
public final class Lowtide {
  private final List<Policy> policies;
  private final List<PolicyProvider> providers;
  private final Map<String, Map<String, String>> settings;
  private final Set<String> keep;
  private final SizeProbe probe;
  private final GuardRules rules;
  private final Retention retention;
  private final SpaceGoal goal;
  private final Deleter deleter;
  private final Optional<CommandRunner> commands;
  private final Duration undoFor;
  private final boolean freeLater;
  private final CleanupListener listener;

  private Lowtide(
      Builder builder, HostEnvironment host, Set<Path> protectedPaths, Set<Path> keptByTools) {
    policies = List.copyOf(builder.policies.values());
    providers = List.copyOf(builder.providers);
    settings = Map.copyOf(builder.settings);
    keep = Set.copyOf(builder.keep);
    probe = builder.probe;
    rules =
        new GuardRules(
                host,
                builder.clock,
                protectedPaths,
                keptByTools,
                builder.gracePeriod,
                builder.foreignOwners,
                builder.assumeIdle,
                builder.takeUnexplained,
                Map.of(),
                Map.of())
            .with(policies);
    retention = builder.retention;
    goal = builder.goal;
    deleter = builder.deleter;
    commands = builder.commands;
    undoFor = builder.undoFor;
    freeLater = builder.freeLater;
    listener = builder.listener;
  }

  private Lowtide(Lowtide other, Retention retention, SpaceGoal goal) {
    policies = other.policies;
    providers = other.providers;
    settings = other.settings;
    keep = other.keep;
    probe = other.probe;
    rules = other.rules;
    this.retention = retention;
    this.goal = goal;
    deleter = other.deleter;
    commands = other.commands;
    undoFor = other.undoFor;
    freeLater = other.freeLater;
    listener = other.listener;
  }

  /** A builder that knows no policies yet. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * The providers on the class path or module path; one that cannot be loaded is logged and left
   * out.
   */
  public static List<PolicyProvider> installedProviders() {
    List<PolicyProvider> providers = new ArrayList<>();
    Iterator<PolicyProvider> found = ServiceLoader.load(PolicyProvider.class).iterator();
    while (true) {
      try {
        if (!found.hasNext()) {
          return providers;
        }
        providers.add(found.next());
      } catch (ServiceConfigurationError e) {
        LoggerFactory.getLogger(Lowtide.class)
            .warn("A policy provider cannot be loaded: {}", e.getMessage());
      }
    }
  }

  /**
   * Checks whether a directory may be cleaned at all; {@link #plan} checks each target, too.
   *
   * @throws dev.lowtide.plan.RefusedTargetException if not
   */
  public static void checkTarget(CleanupTarget target, HostEnvironment host) throws IOException {
    TargetRoots.check(target, host);
  }

  /**
   * The machine that this program runs on, where the tools may be asked that providers name.
   *
   * @param providers called when a tool is asked for the first time
   */
  public static HostEnvironment thisMachine(
      Supplier<? extends Collection<? extends PolicyProvider>> providers) {
    HostEnvironment host = HostEnvironment.current();
    Supplier<Tools> tools =
        Suppliers.memoize(
            () -> {
              Set<String> commands = new LinkedHashSet<>();
              providers.get().forEach(provider -> commands.addAll(provider.tools()));
              return CommandRunner.tools(host, commands);
            });
    return host.withTools(new ToolsOfThisMachine(tools));
  }

  /** The policies that are asked, in this order. */
  public List<Policy> policies() {
    return policies;
  }

  /**
   * Decides what may go, and changes nothing.
   *
   * @throws dev.lowtide.plan.RefusedTargetException if a target must not be cleaned at all; to
   *     leave such ones out, ask {@link #checkTarget} before
   * @throws IOException if a target cannot be read
   */
  public CleanupPlan plan(CleanupTarget... targets) throws IOException {
    return plan(List.of(targets));
  }

  /** As {@link #plan(CleanupTarget...)}. */
  public CleanupPlan plan(Collection<CleanupTarget> targets) throws IOException {
    List<CleanupTarget> keeping =
        targets.stream().map(target -> target.keeping(keep.toArray(String[]::new))).toList();
    HostEnvironment host = hostFor(targets);
    Keepers keepers = Keepers.of(providers, host);
    ReadingMark.beginReading();
    try {
      return new Planner(probe, policies, rules.on(host), keepers, retention, goal, listener)
          .plan(keeping);
    } finally {
      ReadingMark.endReading();
    }
  }

  /**
   * Finds what makes this machine leak, and changes nothing.
   *
   * @param workspaces directories to look at, beside what all builds share
   * @param leastFree how much space each file system in use is to have left
   * @return what matters most first
   * @throws IOException if a workspace cannot be read
   */
  public List<Finding> examine(Collection<CleanupTarget> workspaces, ByteSize leastFree)
      throws IOException {
    return new HostExamination(rules.host(), probe, providers, settings)
        .findings(workspaces, leastFree);
  }

  /**
   * Has the file system note what is used from now on, as far as policies can tell by it. To learn
   * exactly what some builds need, watch, run them, and plan with {@link #unusedSince}. Changes
   * nothing but the times at which the status of some files has last changed.
   *
   * @return the time from which on uses are noted
   * @throws IOException if a target cannot be read, or a file in it cannot be watched, such as
   *     another user's
   */
  public Instant watch(Collection<CleanupTarget> targets) throws IOException {
    Instant since = rules.clock().instant();
    for (CleanupTarget target : targets) {
      TargetRoots.check(target, rules.host());
      if (Files.notExists(target.root())) {
        continue;
      }
      Snapshot snapshot = probe.capture(target.root());
      for (Policy policy : policies) {
        if (policy.appliesTo(target)) {
          for (Entry file : policy.watched(snapshot)) {
            AccessTimes.noteNextReading(file.path());
          }
        }
      }
    }
    return since;
  }

  /** The same, but nothing goes that was used since a time, see {@link #watch}. */
  public Lowtide unusedSince(Instant time) {
    return new Lowtide(this, retention.unusedSince(time), goal);
  }

  /** How much space is made. */
  public SpaceGoal goal() {
    return goal;
  }

  /** Looks at the first item of a plan as {@link #apply} would, and tells nobody. */
  void rehearse(CleanupPlan plan) throws InterruptedIOException {
    CleanupPlan first = plan.withItems(plan.items().stream().limit(1).toList());
    PlanExecutor.dryRun(probe, rules.on(hostFor(plan.targets())), CleanupListener.NONE)
        .execute(first);
  }

  /** The same, but with another goal. */
  public Lowtide withGoal(SpaceGoal other) {
    return new Lowtide(this, retention, other);
  }

  /**
   * Says what is missing now to the goal, one line for each file system that is short, and one for
   * the total; nothing where the goal is met, or where there is none.
   *
   * @param targets those of the plan
   * @throws IOException if a file system does not say what is free, or a target cannot be read
   */
  public List<String> shortfalls(Collection<CleanupTarget> targets) throws IOException {
    return GoalSelection.shortfalls(goal, targets, probe);
  }

  /** Finds out what {@link #apply} would do now, and changes nothing. */
  public CleanupReport dryRun(CleanupPlan plan) throws InterruptedIOException {
    requireOfHere(plan);
    ReadingMark.beginReading();
    try {
      return PlanExecutor.dryRun(probe, rules.on(hostFor(plan.targets())), listener).execute(plan);
    } finally {
      ReadingMark.endReading();
    }
  }

  /**
   * Removes what the plan names and what is still as it was planned.
   *
   * @throws InterruptedIOException if the thread is interrupted; later items are untouched
   * @throws IllegalArgumentException if the plan says that it was made on another machine or by
   *     another user; {@link CleanupPlan#confirmedBy} makes one of here of it
   */
  public CleanupReport apply(CleanupPlan plan) throws InterruptedIOException {
    requireOfHere(plan);
    HostEnvironment host = hostFor(plan.targets());
    CommandRunner runner = commands.orElseGet(() -> CommandRunner.system(host, executables()));
    RemovalTools tools = new RemovalTools(probe, deleter, runner, undoFor, freeLater);
    return PlanExecutor.removing(rules.on(host), tools, listener).execute(plan);
  }

  private void requireOfHere(CleanupPlan plan) {
    if (!plan.madeBy().isEmpty() && !plan.isMadeOn(rules.host())) {
      throw new IllegalArgumentException(
          "The plan was made on another machine or by another user; make it again");
    }
  }

  /** What a build leaves, or anybody in a temporary directory, is not run to clean up after it. */
  private HostEnvironment hostFor(Collection<CleanupTarget> targets) {
    return rules
        .host()
        .distrusting(
            targets.stream()
                .filter(target -> target.kind().isForeign())
                .map(CleanupTarget::root)
                .toList());
  }

  private Set<String> executables() {
    return policies.stream()
        .flatMap(policy -> policy.commands().stream())
        .map(CommandShape::executable)
        .collect(Collectors.toSet());
  }

  /** What {@link Builder#undoFor} has kept: restores it, or removes it for good. */
  public Trash trash() {
    return new Trash(probe, rules, deleter);
  }

  /**
   * Puts together what a {@link Lowtide} needs; each part has a sensible default. For one thread.
   */
  public static final class Builder {
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

    private Builder() {}

    /**
     * Adds policies.
     *
     * @throws IllegalArgumentException if there is another one of the same id
     */
    public Builder policies(Collection<? extends Policy> more) {
      for (Policy policy : more) {
        if (policies.putIfAbsent(policy.id(), policy) != null) {
          throw new IllegalArgumentException("There are two policies with the id " + policy.id());
        }
      }
      return this;
    }

    /** Adds a policy. */
    public Builder policy(Policy policy) {
      return policies(List.of(policy));
    }

    /** Adds all policies of providers, and heeds what they protect. */
    public Builder providers(Collection<? extends PolicyProvider> more) {
      return providers(more, PolicySelection.ALL);
    }

    /**
     * Adds some policies of providers, and heeds what all of them protect.
     *
     * @throws IllegalArgumentException if something is selected that they do not have
     */
    public Builder providers(Collection<? extends PolicyProvider> more, PolicySelection selection) {
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
    public Builder policyFile(PolicyFile file, Collection<? extends PolicyProvider> more) {
      if (gracePeriod.isEmpty()) {
        gracePeriod = file.gracePeriod();
      }
      if (goal.isNone()) {
        goal = file.goal();
      }
      return providers(more, file.policies()).retention(retention.or(file.retention()));
    }

    /** Heeds what a provider protects and lets its commands run, without asking its policies. */
    public Builder protectionsOf(PolicyProvider provider) {
      providers.add(provider);
      return this;
    }

    /** Globs, relative to each target's root, of what must stay. */
    public Builder keep(String... globs) {
      keep.addAll(ImmutableList.copyOf(globs));
      return this;
    }

    /** Directories that must never go as a whole. */
    public Builder protect(Path... paths) {
      protectedPaths.addAll(ImmutableList.copyOf(paths));
      return this;
    }

    /** What is kept although a policy proposes it; replaces every limit that was set before. */
    public Builder retention(Retention value) {
      retention = value;
      return this;
    }

    /** Only what was last used longer ago than this may go. */
    public Builder olderThan(Duration age) {
      retention = retention.olderThan(age);
      return this;
    }

    /** Only as much may go, least recently used first, as brings a target down to this size. */
    public Builder maxSize(ByteSize size) {
      retention = retention.maxSize(size);
      return this;
    }

    /**
     * So many of what each policy proposes in each target stay, most recently used first.
     *
     * @throws IllegalArgumentException if the number is negative
     */
    public Builder keepNewest(int count) {
      retention = retention.keepNewest(count);
      return this;
    }

    /**
     * How much space to make: only as many items are removed as the goal needs. Whether it is met
     * can be asked with {@link Lowtide#shortfalls} afterwards.
     */
    public Builder goal(SpaceGoal value) {
      goal = value;
      return this;
    }

    /**
     * How long something must have been left alone, instead of what the kind of the target says.
     */
    public Builder gracePeriod(Duration period) {
      gracePeriod = Optional.of(period);
      return this;
    }

    /** Lets files go that belong to other users. */
    public Builder allowForeignOwners() {
      foreignOwners = true;
      return this;
    }

    /**
     * How long {@link Lowtide#trash} can restore what was removed; nothing comes free before. Zero
     * for not at all, which is the default.
     *
     * @throws IllegalArgumentException if it is negative
     */
    public Builder undoFor(Duration period) {
      if (period.isNegative()) {
        throw new IllegalArgumentException("Nothing can be kept for " + period);
      }
      undoFor = period;
      return this;
    }

    /**
     * Moves items away and leaves their removal to {@link Trash#purge} or to the next run on the
     * same target. Their names are free at once, however large they are; their space comes free
     * later, and they cannot be restored. A goal would move everything away, since moving frees
     * nothing. Has no effect on items that {@link #undoFor} keeps.
     */
    public Builder freeLater() {
      freeLater = true;
      return this;
    }

    /**
     * Takes it that nothing is used by processes that cannot be seen, as on a system that does not
     * tell which files are open. What is seen to be in use stays all the same.
     */
    public Builder assumeIdle() {
      assumeIdle = true;
      return this;
    }

    /**
     * Lets entries go that a policy's {@link dev.lowtide.policy.Account} does not explain, such as
     * a person's file in a virtual environment. Lifts no other guard.
     */
    public Builder takeUnexplained() {
      takeUnexplained = true;
      return this;
    }

    /** How trees are removed, if not by {@link Deleter#secure}. */
    public Builder deleter(Deleter value) {
      deleter = value;
      return this;
    }

    /**
     * How commands are run, if not as children of this process. Only those are run that a policy
     * {@linkplain Policy#commands declares}, however.
     */
    public Builder commands(CommandRunner value) {
      commands = Optional.of(value);
      return this;
    }

    /** Who hears what is done, if not the log. */
    public Builder listener(CleanupListener value) {
      listener = value;
      return this;
    }

    /** How trees are measured, if not by {@link SizeProbe#best}. */
    public Builder probe(SizeProbe value) {
      probe = value;
      return this;
    }

    /** The machine, if not this one, where the tools that the providers name are asked. */
    public Builder host(HostEnvironment value) {
      host = Optional.of(value);
      return this;
    }

    /** The clock, if not the system's. */
    public Builder clock(Clock value) {
      clock = value;
      return this;
    }

    public Lowtide build() {
      HostEnvironment machine =
          host.orElseGet(() -> thisMachine(() -> providers)).distrustingProject();
      Set<Path> never = new LinkedHashSet<>(protectedPaths);
      Set<Path> keptByTools = new LinkedHashSet<>();
      for (PolicyProvider provider : providers) {
        never.addAll(provider.protectedPaths(machine));
        keptByTools.addAll(provider.keptByTools(machine));
      }
      return new Lowtide(this, machine, never, keptByTools);
    }
  }
}
