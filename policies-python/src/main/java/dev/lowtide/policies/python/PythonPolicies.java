package dev.lowtide.policies.python;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.Printable;
import dev.lowtide.policies.python.buildtrees.BuildTrees;
import dev.lowtide.policies.python.buildtrees.InPlaceExtensions;
import dev.lowtide.policies.python.buildtrees.WheelDirectories;
import dev.lowtide.policies.python.caches.CacheDoctor;
import dev.lowtide.policies.python.caches.CacheOwner;
import dev.lowtide.policies.python.caches.CacheSettings;
import dev.lowtide.policies.python.caches.CibuildwheelCache;
import dev.lowtide.policies.python.caches.CondaPackages;
import dev.lowtide.policies.python.caches.PipCache;
import dev.lowtide.policies.python.caches.PoetryCache;
import dev.lowtide.policies.python.caches.PreCommitCache;
import dev.lowtide.policies.python.caches.UvCache;
import dev.lowtide.policies.python.environments.CondaEnvironments;
import dev.lowtide.policies.python.environments.InterruptedUninstalls;
import dev.lowtide.policies.python.environments.TestRunner;
import dev.lowtide.policies.python.environments.ToolEnvironments;
import dev.lowtide.policies.python.environments.UvPythons;
import dev.lowtide.policies.python.environments.VirtualEnvironments;
import dev.lowtide.policies.python.places.Places;
import dev.lowtide.policies.python.sources.BuildBackups;
import dev.lowtide.policies.python.sources.Bytecode;
import dev.lowtide.policies.python.sources.EggInfo;
import dev.lowtide.policies.python.sources.ToolCaches;
import dev.lowtide.policies.python.temporary.BuildTemp;
import dev.lowtide.policies.python.temporary.DeadBuilds;
import dev.lowtide.policies.python.temporary.PytestRuns;
import dev.lowtide.policy.Examination;
import dev.lowtide.policy.Examination.Finding;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyProvider;
import dev.lowtide.probe.DiskUsage;
import dev.lowtide.probe.Entry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The policies for what Python, pip, uv and CMake leave behind when wheels are built.
 *
 * <p>Each policy needs evidence: a name alone proves nothing. An entry that has the name but not
 * the evidence is kept, and reported with the reason.
 *
 * <p>Settings: {@code uv-cache.prune}, {@code usual} or {@code ci}: with {@code ci}, uv also
 * removes what it can download as quickly as it could read it from the cache. {@code
 * uv-cache.clean}: packages, separated by commas, that uv removes completely. {@code
 * uv-cache.without-uv}, {@code keep} or {@code remove}: whether archives to which nothing links are
 * removed if uv is not installed. The first value is the default.
 *
 * <p>Immutable and safe for use by many threads.
 */
public final class PythonPolicies implements PolicyProvider {
  private static final List<Policy> WITHOUT_SETTINGS =
      List.of(
          VirtualEnvironments.POLICY,
          TestRunner.TOX.policy(),
          TestRunner.NOX.policy(),
          CondaEnvironments.POLICY,
          Bytecode.POLICY,
          EggInfo.POLICY,
          BuildTrees.POLICY,
          InPlaceExtensions.POLICY,
          ToolCaches.POLICY,
          InterruptedUninstalls.POLICY,
          WheelDirectories.POLICY,
          BuildBackups.POLICY,
          PipCache.HTTP_POLICY,
          PipCache.WHEELS_POLICY,
          PreCommitCache.POLICY,
          PoetryCache.POLICY,
          CibuildwheelCache.POLICY,
          CondaPackages.POLICY,
          UvPythons.POLICY,
          ToolEnvironments.POLICY,
          BuildTemp.POLICY,
          DeadBuilds.POLICY,
          PytestRuns.POLICY);

  /** For {@link java.util.ServiceLoader}; there is nothing to configure. */
  public PythonPolicies() {}

  /** All policies of this ecosystem, with default settings. */
  public static List<Policy> all() {
    return all(CacheSettings.DEFAULTS);
  }

  private static List<Policy> all(CacheSettings settings) {
    List<Policy> policies = new ArrayList<>(WITHOUT_SETTINGS);
    policies.add(UvCache.policy(settings));
    return List.copyOf(policies);
  }

  @Override
  public String ecosystem() {
    return "python";
  }

  /**
   * {@inheritDoc}
   *
   * <p>Asks each installed tool once, and waits for at most ten seconds. docs/python.md lists the
   * places and their sources in order.
   */
  @Override
  public List<CleanupTarget> discover(HostEnvironment host) {
    return Places.shared(host);
  }

  @Override
  public List<Policy> policies(Map<String, String> settings) {
    for (String name : new TreeSet<>(settings.keySet())) {
      if (!CacheSettings.names().contains(name)) {
        throw new IllegalArgumentException(
            "There is no setting "
                + Printable.of(name)
                + " for python; there are "
                + String.join(", ", new TreeSet<>(CacheSettings.names())));
      }
    }
    return all(CacheSettings.parse(settings));
  }

  @Override
  public List<Finding> examine(Examination examination) {
    return CacheDoctor.examine(examination);
  }

  @Override
  public Optional<String> managingTool(Entry directory) {
    return CacheOwner.managingTool(directory);
  }

  @Override
  public Set<Path> protectedPaths(HostEnvironment host) {
    return Places.uvData(host);
  }

  /** The archives of uv. */
  @Override
  public Set<Path> contentAddressed(HostEnvironment host) {
    return Set.of(Places.uvArchives(host));
  }

  /** The packages in uv's cache. */
  @Override
  public Map<String, DiskUsage> packagesIn(Entry directory) {
    return UvCache.packagesIn(directory);
  }

  @Override
  public Set<Path> keptByTools(HostEnvironment host) {
    return Places.keptByUv(host);
  }

  @Override
  public Set<String> tools() {
    return Places.askedTools();
  }
}
