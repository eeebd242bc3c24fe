package dev.lowtide.execute;

import com.google.common.base.Suppliers;
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
import dev.lowtide.plan.SpaceGoal;
import dev.lowtide.planner.GoalText;
import dev.lowtide.planner.ManagedDirectories;
import dev.lowtide.planner.Planner;
import dev.lowtide.policy.CommandShape;
import dev.lowtide.policy.Examination.Finding;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyProvider;
import dev.lowtide.policy.Retention;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.probe.Snapshot;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * The entry point of the library: it makes a plan, which you review, and applies it.
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
  private final Setup setup;
  private final Retention retention;
  private final SpaceGoal goal;

  Lowtide(Setup setup, Retention retention, SpaceGoal goal) {
    this.setup = setup;
    this.retention = retention;
    this.goal = goal;
  }

  /** The settings that do not depend on limits and goals; see {@link LowtideBuilder}. */
  record Setup(
      List<Policy> policies,
      List<PolicyProvider> providers,
      List<String> failures,
      Map<String, Map<String, String>> settings,
      Set<String> keep,
      SizeProbe probe,
      GuardRules rules,
      Deleter deleter,
      Optional<CommandRunner> commands,
      Duration undoFor,
      boolean freeLater,
      CleanupListener listener) {
    Setup {
      policies = List.copyOf(policies);
      providers = List.copyOf(providers);
      failures = List.copyOf(failures);
      settings = Map.copyOf(settings);
      keep = Set.copyOf(keep);
    }
  }

  /** A builder without policies. */
  public static LowtideBuilder builder() {
    return new LowtideBuilder();
  }

  /**
   * The providers that the class loaders of the caller, of the thread's context and of Lowtide
   * find, in this order, and those in the caller's module layer. So it finds those of a plugin as
   * well as those beside Lowtide. A provider that cannot be loaded is logged and left out.
   *
   * @see #installedProviders(ClassLoader)
   */
  public static List<PolicyProvider> installedProviders() {
    return InstalledProviders.everywhere();
  }

  /**
   * The providers that one class loader and its parents find. A provider that cannot be loaded is
   * logged and left out.
   */
  public static List<PolicyProvider> installedProviders(ClassLoader loader) {
    return InstalledProviders.of(loader);
  }

  /**
   * The providers in the named modules of a layer and its parents. A provider that cannot be loaded
   * is logged and left out.
   */
  public static List<PolicyProvider> installedProviders(ModuleLayer layer) {
    return InstalledProviders.of(layer);
  }

  /**
   * Checks whether a directory may be cleaned at all. {@link #plan} also checks each target.
   *
   * @throws dev.lowtide.plan.RefusedTargetException if not
   */
  public static void checkTarget(CleanupTarget target, HostEnvironment host) throws IOException {
    TargetRoots.check(target, host);
  }

  /**
   * The machine that this program runs on, with access to the tools that providers name.
   *
   * @param providers supplies the providers; called when a tool is asked for the first time
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

  /** The policies, in the order in which they are asked. */
  public List<Policy> policies() {
    return setup.policies();
  }

  /**
   * Decides what may be removed, and changes nothing.
   *
   * @throws dev.lowtide.plan.RefusedTargetException if a target must not be cleaned at all; to
   *     leave such targets out, call {@link #checkTarget} first
   * @throws IOException if a target cannot be read
   */
  public CleanupPlan plan(CleanupTarget... targets) throws IOException {
    return plan(List.of(targets));
  }

  /** Like {@link #plan(CleanupTarget...)}. */
  public CleanupPlan plan(Collection<CleanupTarget> targets) throws IOException {
    List<CleanupTarget> targetsWithKeptGlobs =
        targets.stream()
            .map(target -> target.keeping(setup.keep().toArray(String[]::new)))
            .toList();
    HostEnvironment host = hostFor(targets);
    ManagedDirectories managedDirectories =
        ManagedDirectories.of(setup.providers(), host, setup.failures());
    ReadingMark.beginReading();
    try {
      return new Planner(
              setup.probe(),
              setup.policies(),
              setup.rules().on(host),
              managedDirectories,
              retention,
              goal,
              setup.listener())
          .plan(targetsWithKeptGlobs);
    } finally {
      ReadingMark.endReading();
    }
  }

  /**
   * Finds what makes this machine leak disk space, and changes nothing.
   *
   * @param workspaces directories to examine in addition to those that all builds share
   * @param minFree the space that must be free on each file system in use
   * @return the findings, the most severe first
   * @throws IOException if a workspace cannot be read
   */
  public List<Finding> examine(Collection<CleanupTarget> workspaces, ByteSize minFree)
      throws IOException {
    return new HostExamination(
            setup.rules().host(), setup.probe(), setup.providers(), setup.settings())
        .findings(workspaces, minFree);
  }

  /**
   * Makes the file system record from now on which files are used, for the files that policies
   * watch. To find out exactly what some builds need, call this method, run the builds, and plan
   * with {@link #unusedSince}. Changes only the status-change times of some files.
   *
   * @return the time from which on uses are recorded
   * @throws IOException if a target cannot be read, or a file in it cannot be watched, such as
   *     another user's
   */
  public Instant watch(Collection<CleanupTarget> targets) throws IOException {
    Instant since = setup.rules().clock().instant();
    for (CleanupTarget target : targets) {
      TargetRoots.check(target, setup.rules().host());
      if (Files.notExists(target.root())) {
        continue;
      }
      Snapshot snapshot = setup.probe().capture(target.root());
      for (Policy policy : setup.policies()) {
        if (policy.appliesTo(target)) {
          for (Entry file : policy.watched(snapshot)) {
            AccessTimes.recordNextRead(file.path());
          }
        }
      }
    }
    return since;
  }

  /** Like this, but removes nothing that was used since a time; see {@link #watch}. */
  public Lowtide unusedSince(Instant time) {
    return new Lowtide(setup, retention.unusedSince(time), goal);
  }

  /** The goal, which limits how much is removed. */
  public SpaceGoal goal() {
    return goal;
  }

  /**
   * Checks the first item of a plan as {@link #apply} would, without removing it and without
   * events.
   */
  void checkFirstItem(CleanupPlan plan) throws InterruptedIOException {
    CleanupPlan first = plan.withItems(plan.items().stream().limit(1).toList());
    PlanExecutor.dryRun(
            setup.probe(), setup.rules().on(hostFor(plan.targets())), CleanupListener.NONE)
        .execute(first);
  }

  /** Like this, but with another goal. */
  public Lowtide withGoal(SpaceGoal other) {
    return new Lowtide(setup, retention, other);
  }

  /**
   * How far the goal is from being met now: one line for each file system that is short of space,
   * and one for the total. Empty if the goal is met, or if there is none.
   *
   * @param targets the targets of the plan
   * @throws IOException if a file system does not report its free space, or a target cannot be read
   */
  public List<String> shortfalls(Collection<CleanupTarget> targets) throws IOException {
    return GoalText.shortfalls(goal, targets, setup.probe());
  }

  /** Determines what {@link #apply} would do now, and changes nothing. */
  public CleanupReport dryRun(CleanupPlan plan) throws InterruptedIOException {
    requireMadeHere(plan);
    ReadingMark.beginReading();
    try {
      return PlanExecutor.dryRun(
              setup.probe(), setup.rules().on(hostFor(plan.targets())), setup.listener())
          .execute(plan);
    } finally {
      ReadingMark.endReading();
    }
  }

  /**
   * Removes the items of a plan that are still as they were planned.
   *
   * @throws InterruptedIOException if the thread is interrupted; later items are unchanged
   * @throws IllegalArgumentException if the plan states that it was made on another machine or by
   *     another user; {@link CleanupPlan#confirmedBy} turns it into a plan for this machine
   */
  public CleanupReport apply(CleanupPlan plan) throws InterruptedIOException {
    requireMadeHere(plan);
    HostEnvironment host = hostFor(plan.targets());
    CommandRunner runner =
        setup.commands().orElseGet(() -> CommandRunner.system(host, executables()));
    RemovalTools tools =
        new RemovalTools(
            setup.probe(), setup.deleter(), runner, setup.undoFor(), setup.freeLater());
    return PlanExecutor.removing(setup.rules().on(host), tools, setup.listener()).execute(plan);
  }

  private void requireMadeHere(CleanupPlan plan) {
    if (!plan.madeBy().isEmpty() && !plan.isMadeOn(setup.rules().host())) {
      throw new IllegalArgumentException(
          "The plan was made on another machine or by another user; make it again");
    }
  }

  /**
   * The machine without the programs in the targets: a cleanup must not run a program that a build
   * or, in a temporary directory, anybody has left there.
   */
  private HostEnvironment hostFor(Collection<CleanupTarget> targets) {
    return setup
        .rules()
        .host()
        .distrusting(
            targets.stream()
                .filter(target -> target.kind().isForeign())
                .map(CleanupTarget::root)
                .toList());
  }

  private Set<String> executables() {
    return setup.policies().stream()
        .flatMap(policy -> policy.commands().stream())
        .map(CommandShape::executable)
        .collect(Collectors.toSet());
  }

  /**
   * The trees that {@link LowtideBuilder#undoFor} has kept, to restore them or remove them for
   * good.
   */
  public Trash trash() {
    return new Trash(setup.probe(), setup.rules(), setup.deleter());
  }
}
