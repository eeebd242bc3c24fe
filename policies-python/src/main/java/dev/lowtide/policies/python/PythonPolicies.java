package dev.lowtide.policies.python;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.policy.Examination;
import dev.lowtide.policy.Finding;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyProvider;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The policies for what Python, pip, uv and CMake builds of wheels leave behind.
 *
 * <p>Each of them asks for evidence: a name alone proves nothing. What has the name and not the
 * evidence is reported with the reason, and stays. Immutable and safe for use by many threads.
 */
public final class PythonPolicies implements PolicyProvider {
  private static final List<Policy> ALL =
      List.of(
          PythonPolicy.inWorkspaces(
              "python.venv",
              "virtual environments",
              VirtualEnvironments.COST,
              VirtualEnvironments::propose),
          PythonPolicy.inWorkspaces(
              "python.tox", "environments of tox", TestRunner.COST, TestRunner.TOX::propose),
          PythonPolicy.inWorkspaces(
              "python.nox", "environments of nox", TestRunner.COST, TestRunner.NOX::propose),
          PythonPolicy.inWorkspaces(
              "python.conda-env",
              "environments of conda",
              CondaEnvironments.COST,
              CondaEnvironments::propose),
          PythonPolicy.inWorkspaces(
              "python.bytecode", "bytecode caches", Bytecode.COST, Bytecode::propose),
          PythonPolicy.inWorkspaces(
              "python.egg-info",
              "metadata that setuptools makes of projects that are not installed",
              EggInfo.COST,
              EggInfo::propose),
          PythonPolicy.inWorkspaces(
              "python.cmake-build",
              "build trees of setuptools and CMake",
              BuildTrees.COST,
              BuildTrees::propose),
          PythonPolicy.inWorkspaces(
              "python.wheel-temp",
              "directories of wheels that have a copy elsewhere",
              WheelDirectories.COST,
              WheelDirectories::propose),
          PythonPolicy.inWorkspaces(
              "python.build-backup",
              "backups of build files that hold the same as the file",
              BuildBackups.COST,
              BuildBackups::propose),
          new PythonPolicy(
              "python.pip-cache",
              "what pip downloaded and built",
              PipCache.COST,
              target -> isCache(target, Places.PIP_CACHE),
              PipCache::propose),
          new PythonPolicy(
              "python.uv-cache",
              "what uv itself no longer needs of its cache",
              UvCache.COST,
              target -> isCache(target, Places.UV_CACHE) || isCache(target, Places.UV_LEGACY_CACHE),
              UvCache::propose),
          new PythonPolicy(
              "python.conda-pkgs",
              "packages of conda that no environment links to",
              CondaPackages.COST,
              target -> Places.isOf(Places.CONDA_PACKAGES, target),
              CondaPackages::propose),
          new PythonPolicy(
              "python.uv-python",
              "interpreters of uv that are outdated and that no environment refers to",
              UvPythons.COST,
              UvPythons::appliesTo,
              UvPythons::propose),
          new PythonPolicy(
              "python.tool-env",
              "nothing; reports environments of pipx, hatch and uv's tools",
              ToolEnvironments.COST,
              ToolEnvironments::isPlace,
              ToolEnvironments::propose),
          new PythonPolicy(
              "python.build-temp",
              "temporary directories of builds that Lowtide ran",
              BuildTemp.COST,
              target ->
                  target.kind() == CleanupTarget.Kind.WORKSPACE
                      || target.kind() == CleanupTarget.Kind.TEMPORARY,
              BuildTemp::propose));

  /** For {@link java.util.ServiceLoader}; there is nothing to configure. */
  public PythonPolicies() {}

  /** All policies of this ecosystem. */
  public static List<Policy> all() {
    return ALL;
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

  /**
   * {@inheritDoc}
   *
   * <p>There are no settings yet, so any is unknown.
   */
  @Override
  public List<Policy> policies(Map<String, String> settings) {
    if (!settings.isEmpty()) {
      throw new IllegalArgumentException(
          "There is no setting "
              + String.join(", ", new TreeSet<>(settings.keySet()))
              + " for python, which has none; remove it");
    }
    return ALL;
  }

  @Override
  public List<Finding> examine(Examination examination) {
    return PythonDoctor.examine(examination);
  }

  @Override
  public Set<Path> protectedPaths(HostEnvironment host) {
    return Places.uvData(host);
  }

  @Override
  public Set<Path> keptByTools(HostEnvironment host) {
    return Places.keptByUv(host);
  }

  @Override
  public Set<String> commands() {
    return Places.askedTools();
  }
}
