package dev.lowtide.policies.python.environments;

import dev.lowtide.HostEnvironment;
import dev.lowtide.probe.Entry;
import dev.lowtide.shared.Ownership;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The files from which an environment can be restored: those of pip, setuptools, pipenv, Poetry,
 * uv, PDM, conda, tox and nox, in the project around it or in the project that it names.
 */
final class RestoreFiles {
  private static final Pattern DESCRIPTION =
      Pattern.compile(
          ".*requirements.*\\.(txt|in)|setup\\.py|Pipfile(\\.lock)?|(poetry|uv|pdm)\\.lock"
              + "|pylock(\\..+)?\\.toml|tox\\.(ini|toml)|noxfile\\.py|environment.*\\.ya?ml"
              + "|conda-lock.*\\.ya?ml");

  /**
   * Files that may contain only settings of other tools, so that their text decides whether they
   * name dependencies.
   */
  private static final Pattern SETTINGS = Pattern.compile("pyproject\\.toml|setup\\.cfg");

  private static final Pattern DEPENDENCIES = Pattern.compile("(?m)^[^#\\n]*(dependenc|requires)");
  private static final String REQUIREMENTS_DIRECTORY = "requirements";
  private static final int MAX_TEXT = 1 << 20;

  /** What venv and virtualenv install into new environments by themselves. */
  private static final Pattern SEED =
      Pattern.compile(
          "((pip|setuptools|wheel|pkg_resources|_distutils_hack|distribute)(-[0-9].*)?"
              + "|distutils-precedence\\.pth|easy_install\\.py|_virtualenv\\.(py|pth)|__pycache__)");

  private RestoreFiles() {}

  /**
   * Whether a virtual environment can be restored: nothing was installed in it, a file says what
   * was, or it is in a directory that a process made for its own use (see {@link Ownership}).
   */
  static boolean existFor(Entry environment, Optional<Path> project, HostEnvironment host) {
    return hasOnlySeedPackages(environment)
        || existAround(environment, host)
        || project.filter(directory -> existIn(directory, host)).isPresent();
  }

  /** Whether nothing is installed but what venv and virtualenv install by themselves. */
  static boolean hasOnlySeedPackages(Entry environment) {
    return environment
        .entries()
        .filter(
            entry ->
                entry.isDirectory() && InstalledFiles.PACKAGE_DIRECTORIES.contains(entry.name()))
        .flatMap(site -> site.children().stream())
        .allMatch(installed -> SEED.matcher(installed.name()).matches());
  }

  private static boolean existAround(Entry environment, HostEnvironment host) {
    for (Optional<Entry> ancestor = environment.parent();
        ancestor.isPresent();
        ancestor = ancestor.get().parent()) {
      Entry directory = ancestor.get();
      if (Ownership.of(directory).isPresent()
          || directory.hasDirectory(REQUIREMENTS_DIRECTORY)
          || directory.children().stream().anyMatch(RestoreFiles::isDescription)) {
        return true;
      }
    }
    // The target may be a part of the project, so the directories above it count too; but not the
    // home directory and those above it, which are no project
    return Stream.iterate(
            environment.snapshot().rootPath().getParent(),
            path -> path != null && !host.home().startsWith(path),
            Path::getParent)
        .anyMatch(path -> existIn(path, host));
  }

  private static boolean isDescription(Entry file) {
    return file.isFile() && isDescription(file.name(), () -> file.text(MAX_TEXT));
  }

  private static boolean existIn(Path directory, HostEnvironment host) {
    return host.list(directory).stream()
        .flatMap(files -> files.stream())
        .anyMatch(
            file ->
                isDescription(file.getFileName().toString(), () -> host.configuration(file))
                    && host.configuration(file).isPresent());
  }

  private interface Content {
    Optional<String> text();
  }

  private static boolean isDescription(String name, Content content) {
    return DESCRIPTION.matcher(name).matches()
        || (SETTINGS.matcher(name).matches()
            && content.text().filter(text -> DEPENDENCIES.matcher(text).find()).isPresent());
  }
}
