package dev.lowtide.policies.python.environments;

import dev.lowtide.HostEnvironment;
import dev.lowtide.policies.python.places.Places;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The directories with installed packages on a machine: the installations of the system and of the
 * user, and the environments in the usual directories of tools. They are searched whatever the
 * targets are.
 *
 * <p>From the documentation of virtualenvwrapper 4 to 6 ({@code WORKON_HOME}), pipenv 2020 to 2026,
 * Poetry 1 and 2 ({@code virtualenvs.path}), {@code conda/base/context.py} of conda 24, micromamba
 * 2, pyenv and pyenv-virtualenv, PDM 2, and {@code site} of CPython.
 */
final class KnownEnvironments {
  /** More than anyone has; the directories of further environments count as unreadable. */
  private static final int MAX_ENVIRONMENTS = 5_000;

  private static final Pattern LIBRARY = Pattern.compile("(python|pypy|graalpy)[0-9].*");

  /** The usual names of conda's installations in the home directory. */
  private static final List<String> CONDA_IN_HOME =
      List.of(
          "miniconda3", "anaconda3", "miniforge3", "mambaforge", "micromamba", ".conda", "conda");

  private static final List<String> CONDA_FOR_ALL =
      List.of("/opt/conda", "/opt/miniconda3", "/opt/anaconda3", "/opt/miniforge3");

  /** The usual names of environments in a project; those of tox and nox are one level deeper. */
  private static final List<String> PROJECT_ENVIRONMENTS = List.of(".venv", "venv", "env");

  private static final List<String> TEST_RUNNER_DIRECTORIES = List.of(".tox", ".nox");

  private final HostEnvironment host;
  private final Set<Path> prefixes = new LinkedHashSet<>();
  private final Set<Path> packageDirectories = new LinkedHashSet<>();
  private final List<Path> unreadable = new ArrayList<>();

  private KnownEnvironments(HostEnvironment host) {
    this.host = host;
  }

  /**
   * Searches the usual directories.
   *
   * @param projects directories; they and all directories above may contain environments
   */
  static KnownEnvironments on(HostEnvironment host, Iterable<Path> projects) {
    KnownEnvironments environments = new KnownEnvironments(host);
    environments.addInstallations();
    environments.addVirtualenvs();
    environments.addConda();
    environments.addTools();
    for (Path project : projects) {
      for (Path ancestor = project; ancestor != null; ancestor = ancestor.getParent()) {
        environments.addProject(ancestor);
      }
    }
    environments.prefixes.forEach(environments::addPackageDirectories);
    return environments;
  }

  /** All directories such as {@code site-packages}. */
  Set<Path> packageDirectories() {
    return packageDirectories;
  }

  /** Directories that could not be read. */
  List<Path> unreadable() {
    return unreadable;
  }

  private void addInstallations() {
    for (String prefix : List.of("/usr", "/usr/local")) {
      prefixes.add(host.path(prefix));
    }
    prefixes.add(host.directory("PYTHONUSERBASE").orElse(host.home().resolve(".local")));
    Path pyenv = host.directory("PYENV_ROOT").orElse(host.home().resolve(".pyenv"));
    for (Path version : children(pyenv.resolve("versions"))) {
      prefixes.add(version);
      addAllIn(version.resolve("envs"));
    }
  }

  private void addVirtualenvs() {
    Path home = host.home();
    host.directory("VIRTUAL_ENV").ifPresent(prefixes::add);
    for (String name : List.of(".virtualenvs", ".venvs", "venvs", ".envs", "envs")) {
      addAllIn(home.resolve(name));
    }
    host.directory("WORKON_HOME").ifPresent(this::addAllIn);
    addAllIn(home.resolve(".local").resolve("share").resolve("virtualenvs"));
    addAllIn(host.dataHome().resolve("virtualenvs"));
    addAllIn(host.dataHome().resolve("pdm").resolve("venvs"));
    host.directory("POETRY_VIRTUALENVS_PATH").ifPresent(this::addAllIn);
    Places.rootsWithoutAsking(Places.POETRY_CACHE, host)
        .forEach(cache -> addAllIn(cache.resolve("virtualenvs")));
  }

  private void addConda() {
    host.directory("CONDA_PREFIX").ifPresent(prefixes::add);
    List<Path> roots = new ArrayList<>();
    CONDA_IN_HOME.forEach(name -> roots.add(host.home().resolve(name)));
    CONDA_FOR_ALL.forEach(name -> roots.add(host.path(name)));
    host.directory("MAMBA_ROOT_PREFIX").ifPresent(roots::add);
    host.directory("CONDA_EXE").map(Path::getParent).map(Path::getParent).ifPresent(roots::add);
    for (Path root : roots) {
      prefixes.add(root);
      addAllIn(root.resolve("envs"));
    }
    for (String variable : List.of("CONDA_ENVS_PATH", "CONDA_ENVS_DIRS")) {
      host.variable(variable).stream()
          .flatMap(value -> Stream.of(value.split("[:;,]")))
          .flatMap(value -> Places.path(value.strip(), host).stream())
          .filter(Path::isAbsolute)
          .forEach(this::addAllIn);
    }
    host.configuration(host.home().resolve(".conda").resolve("environments.txt")).stream()
        .flatMap(String::lines)
        .flatMap(line -> Places.path(line.strip(), host).stream())
        .filter(Path::isAbsolute)
        .forEach(prefixes::add);
  }

  private void addTools() {
    for (String place : List.of(Places.UV_TOOLS, Places.UV_PYTHON, Places.PIPX)) {
      Places.rootsWithoutAsking(place, host).forEach(this::addAllIn);
    }
    for (Path hatch : Places.rootsWithoutAsking(Places.HATCH, host)) {
      // PROJECT/HASH/NAME since hatch 1.0
      for (Path project : children(hatch)) {
        children(project).forEach(this::addAllIn);
      }
    }
  }

  private void addProject(Path project) {
    PROJECT_ENVIRONMENTS.forEach(name -> prefixes.add(project.resolve(name)));
    TEST_RUNNER_DIRECTORIES.forEach(name -> addAllIn(project.resolve(name)));
  }

  private void addAllIn(Path directory) {
    prefixes.addAll(children(directory));
  }

  private List<Path> children(Path directory) {
    Optional<List<Path>> children = host.list(directory);
    if (children.isEmpty() || prefixes.size() > MAX_ENVIRONMENTS) {
      unreadable.add(directory);
      return List.of();
    }
    return children.get();
  }

  /** Adds {@code lib/python3.12/site-packages} and so on, by the schemes of sysconfig. */
  private void addPackageDirectories(Path prefix) {
    List<Path> libraries = new ArrayList<>(List.of(prefix, prefix.resolve("Lib")));
    for (String name : List.of("lib", "lib64")) {
      children(prefix.resolve(name)).stream()
          .filter(child -> LIBRARY.matcher(child.getFileName().toString()).matches())
          .forEach(libraries::add);
    }
    for (Path library : libraries) {
      InstalledFiles.PACKAGE_DIRECTORIES.forEach(
          name -> packageDirectories.add(library.resolve(name)));
    }
  }
}
