package dev.lowtide.wheels;

import static com.google.common.collect.ImmutableMap.toImmutableMap;

import dev.lowtide.CleanupListener;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.cli.Progress;
import dev.lowtide.cli.report.DiskTree;
import dev.lowtide.cli.report.Report;
import dev.lowtide.execute.CleanupReport;
import dev.lowtide.execute.Lowtide;
import dev.lowtide.execute.LowtideBuilder;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.policies.python.PythonPolicies;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyProvider;
import dev.lowtide.probe.SizeProbe;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The wheel builder's use of the library: makes plans with the Python policies and applies them.
 */
final class Sweeper {
  static final PythonPolicies PYTHON = new PythonPolicies();
  private static final PolicyProvider.Selection OWN_DIRECTORIES =
      PolicyProvider.Selection.ALL.named(Set.of("python.build-temp"));
  private static final PolicyProvider.Selection CACHES =
      PolicyProvider.Selection.ALL.named(
          Set.of("python.pip-cache", "python.uv-cache", "python.cibuildwheel-cache"));

  /** What a policy removes, by its id. */
  private static final Map<String, String> DESCRIPTIONS =
      PYTHON.policies(Map.of()).stream().collect(toImmutableMap(Policy::id, Policy::description));

  private final HostEnvironment host;
  private final Path outputDirectory;
  private final boolean capturesTrees;
  private final Progress progress;
  private final List<Sweep> sweeps = new ArrayList<>();

  /**
   * A clean-up.
   *
   * @param what what was cleaned, for people
   * @param before the tree before it, if a report will show it
   */
  record Sweep(String what, Optional<DiskTree> before, CleanupReport report) {}

  /**
   * @param capturesTrees whether to capture the tree before each wheel's clean-up
   */
  Sweeper(HostEnvironment host, Path outputDirectory, boolean capturesTrees, Progress progress) {
    this.host = host;
    this.outputDirectory = outputDirectory;
    this.capturesTrees = capturesTrees;
    this.progress = progress;
  }

  /** All clean-ups, in their order. */
  List<Sweep> sweeps() {
    return List.copyOf(sweeps);
  }

  /**
   * Says what a policy removes before the first item of that policy, and names every item that was
   * not removed.
   */
  private CleanupListener listener() {
    Set<String> said = new HashSet<>();
    return event -> {
      switch (event.kind()) {
        case REMOVING -> {
          if (said.add(event.policy())) {
            progress.info(
                "Removing " + DESCRIPTIONS.getOrDefault(event.policy(), event.policy()) + "…");
          }
        }
        case SKIPPED, FAILED -> progress.on(event);
        default -> {}
      }
    };
  }

  private LowtideBuilder builder(PolicyProvider.Selection policies) {
    return Lowtide.builder()
        .providers(List.of(PYTHON), policies)
        .protect(outputDirectory)
        .host(host)
        .listener(listener());
  }

  /**
   * Also removes files of other users: a directory with Lowtide's mark is the run's own, and tar
   * may have given files in it to other users.
   */
  private Lowtide forOwnDirectories(PolicyProvider.Selection policies) {
    return builder(policies).allowForeignOwners().build();
  }

  /** Removes what a build left in its own directory. */
  CleanupReport sweep(CleanupTarget wheel) throws IOException {
    Lowtide lowtide = forOwnDirectories(PolicyProvider.Selection.ALL);
    CleanupPlan plan = lowtide.plan(wheel);
    String name = wheel.root().getFileName().toString();
    Optional<DiskTree> before =
        capturesTrees
            ? Optional.of(
                DiskTree.of(name, SizeProbe.best().capture(wheel.root()), Report.marks(plan)))
            : Optional.empty();
    return sweep(lowtide, plan, name, before);
  }

  /**
   * Plans the removal of directories with Lowtide's mark, of this process and of processes that
   * have ended.
   */
  CleanupPlan planOwned(CleanupTarget target) throws IOException {
    return forOwnDirectories(OWN_DIRECTORIES).plan(target);
  }

  /** Removes directories with Lowtide's mark, of this process and of processes that have ended. */
  CleanupReport sweepOwned(CleanupTarget target) throws IOException {
    Lowtide lowtide = forOwnDirectories(OWN_DIRECTORIES);
    return sweep(lowtide, lowtide.plan(target), target.id(), Optional.empty());
  }

  /** Plans what {@link #sweepCaches} would remove now. */
  CleanupPlan planCaches(Collection<CleanupTarget> caches) throws IOException {
    return cleaningCaches().plan(caches);
  }

  private Lowtide cleaningCaches() {
    return builder(CACHES).gracePeriod(Duration.ZERO).build();
  }

  /** Cleans the user's caches without a grace period: the user asked for that. */
  CleanupReport sweepCaches(Collection<CleanupTarget> caches) throws IOException {
    Lowtide lowtide = cleaningCaches();
    return sweep(lowtide, lowtide.plan(caches), "caches", Optional.empty());
  }

  private CleanupReport sweep(
      Lowtide lowtide, CleanupPlan plan, String what, Optional<DiskTree> before)
      throws IOException {
    CleanupReport report = lowtide.apply(plan);
    sweeps.add(new Sweep(what, before, report));
    return report;
  }
}
