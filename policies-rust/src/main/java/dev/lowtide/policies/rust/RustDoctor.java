package dev.lowtide.policies.rust;

import static dev.lowtide.policy.Examination.Finding.Severity.ERROR;
import static dev.lowtide.policy.Examination.Finding.Severity.INFO;
import static dev.lowtide.policy.Examination.Finding.Severity.WARNING;

import dev.lowtide.BoundedSize;
import dev.lowtide.BoundedSize.Bound;
import dev.lowtide.HostEnvironment;
import dev.lowtide.policy.Examination;
import dev.lowtide.policy.Examination.Finding;
import dev.lowtide.policy.Gauge.Budget;
import dev.lowtide.policy.Marker;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import dev.lowtide.probe.Volume;
import dev.lowtide.shared.TomlBounds;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Finds settings of cargo and sccache that make a machine lose disk space. Not thread-safe; for one
 * examination.
 */
final class RustDoctor {
  /**
   * Files that cargo names after everything they depend on, so that equal names mean equal content;
   * in the layouts of cargo 1.95 and 1.97.
   */
  private static final Pattern UNIT_FILE =
      Pattern.compile(
          "(.*/)?(deps/[^/]+-[0-9a-f]{16}(\\.(rlib|rmeta|so|dylib|dll|d))?"
              + "|build/[^/]+/[0-9a-f]{16}/out/[^/]+\\.(rlib|rmeta|so|dylib|dll))");

  private static final String TARGET_KEY = "build.target-dir";
  private static final String[] TARGET_VARIABLES = {"CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR"};

  private final Examination examination;
  private final HostEnvironment host;
  private final List<Budget> budgets;

  /** The findings by id and place, so that workspaces report a shared finding once. */
  private final Map<List<String>, Finding> findings = new LinkedHashMap<>();

  RustDoctor(Examination examination, List<Budget> budgets) {
    this.examination = examination;
    this.host = examination.host();
    this.budgets = budgets;
  }

  Collection<Finding> examine() {
    Optional<SccacheStats> server = SccacheStats.ofRunningServer(host);
    SccacheSetup setup = SccacheSetup.of(host);
    reportIgnored(setup);
    server.ifPresent(stats -> reportServer(setup, stats));
    budgets.forEach(budget -> report(budget, setup));
    for (Snapshot workspace : examination.workspaces()) {
      List<Entry> projects = projects(workspace);
      List<Entry> targets = targetDirectories(workspace);
      for (Entry project : projects) {
        examine(project, server);
      }
      reportDuplicates(workspace, targets, projects);
      reportUnshared(workspace, projects);
      targets.forEach(this::reportAccessTimes);
    }
    return findings.values();
  }

  private void find(
      String id, Finding.Severity severity, String where, String message, String remedy) {
    findings.putIfAbsent(List.of(id, where), new Finding(id, severity, where, message, remedy));
  }

  /** The directories with a lock file, in which cargo resolves dependencies. */
  private static List<Entry> projects(Snapshot workspace) {
    return workspace
        .entries()
        .filter(
            entry ->
                entry.isDirectory() && entry.hasFile("Cargo.toml") && entry.hasFile("Cargo.lock"))
        .filter(entry -> !liesInTarget(entry))
        .toList();
  }

  private static boolean liesInTarget(Entry entry) {
    for (Optional<Entry> above = Optional.of(entry);
        above.isPresent();
        above = above.get().parent()) {
      if (isTarget(above.get())) {
        return true;
      }
    }
    return false;
  }

  private static List<Entry> targetDirectories(Snapshot workspace) {
    return workspace.entries().filter(RustDoctor::isTarget).toList();
  }

  private static boolean isTarget(Entry entry) {
    return entry.isDirectory()
        && entry.hasFile(".rustc_info.json")
        && Marker.CACHE_DIRECTORY.isIn(entry);
  }

  private void examine(Entry project, Optional<SccacheStats> server) {
    CargoConfig config = CargoConfig.in(project.path(), host);
    config
        .environment(SccacheSetup.SIZE_VARIABLE)
        .ifPresent(
            size -> reportIgnored(SccacheSetup.of(host, Optional.of(size.text()), size.where())));
    boolean wrapped =
        config
            .value("build.rustc-wrapper", "RUSTC_WRAPPER", "CARGO_BUILD_RUSTC_WRAPPER")
            .map(wrapper -> host.path(wrapper.text()).getFileName())
            .map(String::valueOf)
            .filter(name -> name.equals("sccache") || name.equals("sccache.exe"))
            .isPresent();
    if (wrapped && isIncremental(project, config)) {
      String seen =
          server
              .map(stats -> stats.notCached().getOrDefault("incremental", 0L))
              .filter(count -> count > 0)
              .map(count -> "; the server has rejected " + count + " calls because of that")
              .orElse("");
      find(
          "rust.incremental-with-sccache",
          WARNING,
          project.path().toString(),
          "crates of this workspace compile incrementally, and sccache does not cache those" + seen,
          "If you use sccache, set CARGO_INCREMENTAL=0, or put 'incremental = false' under [build]"
              + " in .cargo/config.toml.");
    }
  }

  /**
   * Whether the dev profile compiles incrementally, which is the default: "profile.dev.incremental"
   * in the Cargo book.
   */
  private boolean isIncremental(Entry project, CargoConfig config) {
    Optional<CargoConfig.Value> everywhere =
        config.value("build.incremental", "CARGO_INCREMENTAL", "CARGO_BUILD_INCREMENTAL");
    if (everywhere.isPresent()) {
      return !List.of("0", "false").contains(everywhere.get().text());
    }
    Optional<CargoConfig.Value> profile =
        config.value("profile.dev.incremental", "CARGO_PROFILE_DEV_INCREMENTAL");
    if (profile.isPresent()) {
      return !profile.get().text().equals("false");
    }
    return host.configuration(project.path().resolve("Cargo.toml"))
        .flatMap(text -> TomlBounds.value(text, "profile.dev.incremental", Boolean.class))
        .orElse(true);
  }

  private void reportIgnored(SccacheSetup setup) {
    setup
        .ignored()
        .ifPresent(
            ignored ->
                find(
                    "rust.sccache-cap-ignored",
                    ERROR,
                    ignored.where(),
                    "the size '"
                        + ignored.value()
                        + "' has no effect: "
                        + ignored.why()
                        + "; the cache may grow to "
                        + setup.cap(),
                    ignored.remedy()));
  }

  private void reportServer(SccacheSetup setup, SccacheStats server) {
    String restart =
        "Run 'sccache --stop-server' when no build runs; the next build starts a server with this"
            + " setting.";
    // In 0.4 and 0.17: Local disk: "/home/me/.cache/sccache"
    boolean local = server.location().startsWith("Local disk");
    if (local && !server.location().contains('"' + setup.directory().toString() + '"')) {
      find(
          "rust.sccache-directory-differs",
          WARNING,
          setup.directory().toString(),
          "the running server has its cache elsewhere: " + server.location(),
          restart);
    } else if (local && server.cap().isPresent() && !server.cap().get().equals(setup.cap())) {
      find(
          "rust.sccache-cap-differs",
          WARNING,
          setup.directory().toString(),
          "the running server lets the cache grow to "
              + server.cap().get()
              + ", and "
              + setup.cap()
              + " is configured",
          restart);
    }
  }

  /**
   * Reports a budget that is exceeded. An unknown value is no finding, since no build may be
   * running.
   */
  private void report(Budget budget, SccacheSetup setup) {
    Budget.Result result = budget.check(examination);
    if (result.holds() || result.reading().isEmpty()) {
      return;
    }
    find(
        "rust." + budget.gauge().name().replace('.', '-'),
        ERROR,
        setup.directory().toString(),
        result.explain(),
        budget.gauge().equals(SccacheGauges.SIZE)
            ? "Run 'lowtide clean --caches --policy rust.sccache --max-size "
                + (long) budget.limit()
                + "B', or set a smaller "
                + SccacheSetup.SIZE_VARIABLE
                + "."
            : "Look at 'sccache --show-stats' for what is not cached, and why.");
  }

  private void reportDuplicates(Snapshot workspace, List<Entry> targets, List<Entry> projects) {
    if (targets.size() < 2) {
      return;
    }
    BoundedSize duplicated = duplicated(targets);
    if (duplicated.bytes() == 0) {
      return;
    }
    String names =
        String.join(
            ", ", targets.stream().map(target -> target.relativePath().toString()).toList());
    find(
        "rust.duplicate-targets",
        WARNING,
        workspace.rootPath().toString(),
        targets.size()
            + " target directories below ("
            + names
            + ") hold "
            + duplicated
            + " of the same compiled dependencies more than once",
        "Make the crates members of one workspace, or "
            + shareTargetDirectory(workspace, projects)
            + ", then remove the old directories.");
  }

  /**
   * How to share a target directory; names variables and files that take precedence over the
   * setting.
   */
  private String shareTargetDirectory(Snapshot workspace, List<Entry> projects) {
    Path root = workspace.rootPath();
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
   * How much space duplicates take: files with the same path in a target directory and the same
   * size, except hard links to one file.
   */
  private static BoundedSize duplicated(List<Entry> targets) {
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

  private void reportUnshared(Snapshot workspace, List<Entry> projects) {
    List<Entry> alone =
        projects.stream()
            .filter(
                project ->
                    CargoConfig.in(project.path(), host)
                        .value(TARGET_KEY, TARGET_VARIABLES)
                        .isEmpty())
            .toList();
    if (alone.size() > 1) {
      Path config = workspace.rootPath().resolve(".cargo").resolve("config.toml");
      find(
          "rust.target-dir-not-shared",
          INFO,
          config.toString(),
          alone.size()
              + " workspaces below have their own target directories, and compile their common"
              + " dependencies several times",
          "To share one, " + shareTargetDirectory(workspace, projects) + ".");
    }
  }

  private void reportAccessTimes(Entry target) {
    Optional<Volume> volume = examination.volume(target.path());
    if (volume.isPresent() && !volume.get().recordsAccess()) {
      find(
          "rust.target-noatime",
          INFO,
          target.path().toString(),
          "its file system does not record reads, so access times do not show what a build uses",
          "Tools that use access times, such as cargo-sweep, remove what is in use here; use"
              + " rust.target-stale in its default mode, or mount with relatime.");
    }
  }
}
