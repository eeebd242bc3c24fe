package dev.lowtide.policies.rust;

import static dev.lowtide.policy.Examination.Finding.Severity.INFO;
import static dev.lowtide.policy.Examination.Finding.Severity.WARNING;

import dev.lowtide.BoundedSize;
import dev.lowtide.BoundedSize.Bound;
import dev.lowtide.HostEnvironment;
import dev.lowtide.policy.Examination.Finding;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Finds workspaces below a root that compile the same crates into separate target directories. */
final class SeparateTargets {
  /**
   * Files whose paths contain a hash of everything that they depend on, so that equal paths mean
   * equal content. The paths are those of cargo 1.95 and 1.97.
   */
  private static final Pattern UNIT_FILE =
      Pattern.compile(
          "(.*/)?(deps/[^/]+-[0-9a-f]{16}(\\.(rlib|rmeta|so|dylib|dll|d))?"
              + "|build/[^/]+/[0-9a-f]{16}/out/[^/]+\\.(rlib|rmeta|so|dylib|dll))");

  private static final String TARGET_KEY = "build.target-dir";
  private static final String[] TARGET_VARIABLES = {"CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR"};

  private final Snapshot examined;
  private final List<Entry> projects;
  private final List<Entry> targets;
  private final HostEnvironment host;

  SeparateTargets(
      Snapshot examined, List<Entry> projects, List<Entry> targets, HostEnvironment host) {
    this.examined = examined;
    this.projects = projects;
    this.targets = targets;
    this.host = host;
  }

  /** Compiled dependencies that several target directories contain. */
  Optional<Finding> duplicates() {
    BoundedSize duplicated = duplicated();
    if (duplicated.bytes() == 0) {
      return Optional.empty();
    }
    String names =
        String.join(
            ", ", targets.stream().map(target -> target.relativePath().toString()).toList());
    return Optional.of(
        new Finding(
            "rust.duplicate-targets",
            WARNING,
            examined.rootPath().toString(),
            targets.size()
                + " target directories below ("
                + names
                + ") hold "
                + duplicated
                + " of the same compiled dependencies more than once",
            "Make the crates members of one workspace, or "
                + shareTargetDirectory()
                + ", then remove the old directories."));
  }

  /**
   * What a user must do to share a target directory, including the variables and files to remove
   * because they take precedence over the setting.
   */
  private String shareTargetDirectory() {
    Path root = examined.rootPath();
    Path config = root.resolve(".cargo").resolve("config.toml");
    List<String> overriding =
        projects.stream()
            .flatMap(
                project ->
                    CargoConfig.in(project.path(), host)
                        .value(TARGET_KEY, TARGET_VARIABLES)
                        .stream())
            .map(CargoConfig.Value::where)
            .filter(
                where ->
                    List.of(TARGET_VARIABLES).contains(where) || host.path(where).startsWith(root))
            .filter(where -> !where.equals(config.toString()))
            .distinct()
            .toList();
    return "put 'target-dir = \""
        + root.resolve("target")
        + "\"' under [build] in "
        + config
        + (overriding.isEmpty()
            ? ""
            : " and remove what overrides it (" + String.join(", ", overriding) + ")");
  }

  /**
   * How much space duplicates take, without the first file of each: files in several target
   * directories with the same path and size that are not hard links to one file.
   */
  private BoundedSize duplicated() {
    Map<String, Entry> first = new HashMap<>();
    BoundedSize duplicated = new BoundedSize(0, Bound.AT_LEAST);
    for (Entry target : targets) {
      Path root = target.path();
      for (Entry file : (Iterable<Entry>) target.entries().filter(Entry::isFile)::iterator) {
        String name =
            root.relativize(file.path())
                .toString()
                .replace(root.getFileSystem().getSeparator(), "/");
        if (UNIT_FILE.matcher(name).matches()) {
          Entry before = first.putIfAbsent(name, file);
          if (before != null && before.size() == file.size() && !isSameFile(before, file)) {
            duplicated = duplicated.plus(file.usage().allocated());
          }
        }
      }
    }
    return duplicated;
  }

  private static boolean isSameFile(Entry one, Entry other) {
    return other.links() > 1 && one.inode() == other.inode();
  }

  /** Workspaces of one repository that build into target directories of their own. */
  Optional<Finding> unshared() {
    List<Entry> alone =
        projects.stream()
            .filter(
                project ->
                    CargoConfig.in(project.path(), host)
                        .value(TARGET_KEY, TARGET_VARIABLES)
                        .isEmpty())
            .toList();
    boolean related =
        alone.stream()
            .map(SeparateTargets::repository)
            .anyMatch(
                repository ->
                    alone.stream().filter(each -> repository(each).equals(repository)).count() > 1);
    if (!related) {
      return Optional.empty();
    }
    Path config = examined.rootPath().resolve(".cargo").resolve("config.toml");
    return Optional.of(
        new Finding(
            "rust.target-dir-not-shared",
            INFO,
            config.toString(),
            alone.size()
                + " workspaces below have their own target directories, and compile their common"
                + " dependencies several times",
            "To share one, " + shareTargetDirectory() + "."));
  }

  /** The repository that contains a project; the examined directory if there is none. */
  private static Entry repository(Entry project) {
    Entry directory = project;
    while (directory.child(".git").isEmpty() && directory.parent().isPresent()) {
      directory = directory.parent().get();
    }
    return directory;
  }
}
