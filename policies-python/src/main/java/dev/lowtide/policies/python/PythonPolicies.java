package dev.lowtide.policies.python;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.Printable;
import dev.lowtide.policy.Account;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Examination;
import dev.lowtide.policy.Finding;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.PolicyProvider;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.DiskUsage;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;

/**
 * The policies for what Python, pip, uv and CMake builds of wheels leave behind.
 *
 * <p>Each of them asks for evidence: a name alone proves nothing. What has the name and not the
 * evidence is reported with the reason, and stays.
 *
 * <p>Settings: {@code uv-cache.prune}, {@code usual} unless it says {@code ci}, whether uv also
 * prunes what it downloads as quickly again; {@code uv-cache.clean}, packages, separated by commas,
 * of which uv removes everything; {@code uv-cache.without-uv}, {@code keep} unless it says {@code
 * remove}, whether archives that nothing links to may go where there is no uv.
 *
 * <p>Immutable and safe for use by many threads.
 */
public final class PythonPolicies implements PolicyProvider {
  private static final List<Policy> WITHOUT_SETTINGS =
      List.of(
          accounted(
              "python.venv",
              "virtual environments",
              VirtualEnvironments.COST,
              VirtualEnvironments::propose,
              EnvironmentAccount::explain),
          accounted(
              "python.tox",
              "tox environments",
              TestRunner.COST,
              TestRunner.TOX::propose,
              TestRunner.TOX::explain),
          accounted(
              "python.nox",
              "nox environments",
              TestRunner.COST,
              TestRunner.NOX::propose,
              TestRunner.NOX::explain),
          Policy.of(
              "python.conda-env",
              "conda environments",
              CondaEnvironments.COST,
              target -> target.kind() == CleanupTarget.Kind.WORKSPACE,
              CondaEnvironments::propose,
              CondaEnvironments::explain,
              List.of(CondaEnvironments.REMOVE)),
          Policy.of(
              "python.bytecode",
              "bytecode caches",
              Bytecode.COST,
              target ->
                  target.kind() == CleanupTarget.Kind.WORKSPACE || isCache(target, Places.BYTECODE),
              Bytecode::propose,
              Bytecode::explain),
          accounted(
              "python.egg-info",
              "metadata that setuptools writes for projects that are not installed",
              EggInfo.COST,
              EggInfo::propose,
              EggInfo::explain),
          Policy.of(
              "python.cmake-build",
              "build trees of setuptools, CMake and Meson",
              BuildTrees.COST,
              target -> target.kind() == CleanupTarget.Kind.WORKSPACE,
              BuildTrees::propose,
              BuildAccount.ACCOUNT),
          Policy.inWorkspaces(
              "python.in-place",
              "extension modules that a build copied into the sources",
              InPlaceExtensions.COST,
              InPlaceExtensions::propose),
          accounted(
              "python.tool-cache",
              "caches of pytest, mypy, ruff and setuptools in projects",
              ToolCaches.COST,
              ToolCaches::propose,
              ToolCaches::explain),
          accounted(
              "python.interrupted-uninstall",
              "packages that an interrupted uninstall left behind",
              InterruptedUninstalls.COST,
              InterruptedUninstalls::propose,
              InterruptedUninstalls::explain),
          Policy.inWorkspaces(
              "python.wheel-temp",
              "wheel directories in which every wheel has a copy elsewhere",
              WheelDirectories.COST,
              WheelDirectories::propose),
          Policy.inWorkspaces(
              "python.build-backup",
              "backups of build files with the same content as the file",
              BuildBackups.COST,
              BuildBackups::propose),
          Policy.of(
              "python.pip-cache.http",
              "downloads of pip",
              PipCache.HTTP_COST,
              target -> isCache(target, Places.PIP_CACHE),
              PipCache::http,
              PipCache.HTTP),
          Policy.of(
              "python.pip-cache.wheels",
              "wheels that pip built",
              PipCache.WHEELS_COST,
              target -> isCache(target, Places.PIP_CACHE),
              PipCache::wheels,
              PipCache.WHEELS),
          Policy.of(
              "python.pre-commit-cache",
              "pre-commit hooks that no project uses",
              PreCommitCache.COST,
              target -> isCache(target, Places.PRE_COMMIT_CACHE),
              PreCommitCache::propose,
              List.of(PreCommitCache.GC)),
          Policy.of(
              "python.poetry-cache",
              "downloads of Poetry",
              PoetryCache.COST,
              target -> isCache(target, Places.POETRY_CACHE),
              PoetryCache::propose,
              PoetryCache.LAYOUT),
          Policy.of(
              "python.cibuildwheel-cache",
              "downloads of cibuildwheel",
              CibuildwheelCache.COST,
              target -> isCache(target, Places.CIBUILDWHEEL_CACHE),
              CibuildwheelCache::propose),
          Policy.of(
              "python.conda-pkgs",
              "conda packages that no environment links to",
              CondaPackages.COST,
              target -> Places.isOf(Places.CONDA_PACKAGES, target),
              CondaPackages::propose,
              List.of(CondaPackages.CLEAN)),
          Policy.of(
              "python.uv-python",
              "outdated uv interpreters that no environment refers to",
              UvPythons.COST,
              UvPythons::appliesTo,
              UvPythons::propose,
              List.of(UvPythons.UNINSTALL)),
          Policy.of(
              "python.tool-env",
              "nothing; reports environments of pipx, hatch and uv's tools",
              ToolEnvironments.COST,
              ToolEnvironments::isPlace,
              ToolEnvironments::propose),
          Policy.of(
              "python.build-temp",
              "temporary directories of builds that Lowtide ran",
              BuildTemp.COST,
              target ->
                  target.kind() == CleanupTarget.Kind.WORKSPACE
                      || target.kind() == CleanupTarget.Kind.TEMPORARY,
              BuildTemp::propose,
              BuildTemp::explain),
          Policy.of(
              "python.dead-build",
              "temporary directories of pip and of builds that were killed",
              DeadBuilds.COST,
              target -> target.kind() == CleanupTarget.Kind.TEMPORARY,
              DeadBuilds::propose,
              DeadBuilds::explain));

  /** For {@link java.util.ServiceLoader}; there is nothing to configure. */
  public PythonPolicies() {}

  /** All policies of this ecosystem, with their usual settings. */
  public static List<Policy> all() {
    return all(CacheSettings.USUAL);
  }

  private static List<Policy> all(CacheSettings settings) {
    List<Policy> policies = new ArrayList<>(WITHOUT_SETTINGS);
    policies.add(
        Policy.of(
            "python.uv-cache",
            "cache entries that uv itself no longer needs",
            UvCache.COST,
            target -> isCache(target, Places.UV_CACHE) || isCache(target, Places.UV_LEGACY_CACHE),
            (snapshot, context) -> UvCache.propose(snapshot, context, settings),
            UvCleaning.COMMANDS));
    return List.copyOf(policies);
  }

  private static Policy accounted(
      String id,
      String description,
      RebuildCost cost,
      BiFunction<Snapshot, PolicyContext, List<Candidate>> evidence,
      Account account) {
    return Policy.of(
        id,
        description,
        cost,
        target -> target.kind() == CleanupTarget.Kind.WORKSPACE,
        evidence,
        account);
  }

  private static boolean isCache(CleanupTarget target, String id) {
    return target.kind() == CleanupTarget.Kind.CACHE && target.id().equals(id);
  }

  @Override
  public String ecosystem() {
    return "python";
  }

  /**
   * {@inheritDoc}
   *
   * <p>The tools that are installed are asked, each once and for ten seconds at most;
   * docs/python.md has the places and what else is believed, in which order.
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
    return PythonDoctor.examine(examination);
  }

  @Override
  public Optional<String> keeperOf(Entry directory) {
    return PythonTools.keeperOf(directory);
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

  /** Of uv's cache. */
  @Override
  public Map<String, DiskUsage> packagesIn(Entry directory) {
    Map<String, DiskUsage> packages = new LinkedHashMap<>();
    if (UvCache.isOne(directory)) {
      UvPackages.of(directory).packages().forEach(each -> packages.put(each.label(), each.usage()));
    }
    return packages;
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
