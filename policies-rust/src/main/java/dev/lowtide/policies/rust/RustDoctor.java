package dev.lowtide.policies.rust;

import static dev.lowtide.policy.Examination.Finding.Severity.ERROR;
import static dev.lowtide.policy.Examination.Finding.Severity.INFO;
import static dev.lowtide.policy.Examination.Finding.Severity.WARNING;

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

/**
 * Finds settings of cargo and sccache that make a machine lose disk space. Not thread-safe; for one
 * examination.
 */
final class RustDoctor {
  private static final String WRAPPER_KEY = "build.rustc-wrapper";
  private static final String[] WRAPPER_VARIABLES = {"RUSTC_WRAPPER", "CARGO_BUILD_RUSTC_WRAPPER"};

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
    server.ifPresent(stats -> reportServer(expected(setup, stats), stats));
    budgets.forEach(budget -> report(budget, setup));
    for (Snapshot workspace : examination.workspaces()) {
      List<Entry> projects = projects(workspace);
      List<Entry> targets = targetDirectories(workspace);
      for (Entry project : projects) {
        examine(project, server);
      }
      SeparateTargets separate = new SeparateTargets(workspace, projects, targets, host);
      separate.duplicates().ifPresent(this::add);
      separate.unshared().ifPresent(this::add);
      targets.forEach(this::reportAccessTimes);
    }
    return findings.values();
  }

  private void find(
      String id, Finding.Severity severity, String where, String message, String remedy) {
    add(new Finding(id, severity, where, message, remedy));
  }

  private void add(Finding finding) {
    findings.putIfAbsent(List.of(finding.id(), finding.where()), finding);
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

  static List<Entry> targetDirectories(Snapshot workspace) {
    return workspace.entries().filter(RustDoctor::isTarget).toList();
  }

  private static boolean isTarget(Entry entry) {
    return entry.isDirectory()
        && entry.hasFile(".rustc_info.json")
        && (Marker.CACHE_DIRECTORY.isIn(entry)
            || entry.children().stream().anyMatch(profile -> profile.hasFile(".cargo-lock")));
  }

  /**
   * The setup that a new server would have: that of a workspace whose cargo would start it, if the
   * running server has its directory.
   */
  private SccacheSetup expected(SccacheSetup usual, SccacheStats server) {
    List<SccacheSetup> setups =
        examination.workspaces().stream()
            .flatMap(workspace -> projects(workspace).stream())
            .map(project -> setup(CargoConfig.in(project.path(), host)))
            .distinct()
            .toList();
    return setups.stream()
        .filter(setup -> server.isIn(setup.directory()))
        .findFirst()
        .orElse(setups.isEmpty() ? usual : setups.get(0));
  }

  /** The setup of a server that cargo starts, for which it sets variables: {@code [env]}. */
  private SccacheSetup setup(CargoConfig config) {
    return SccacheSetup.of(
        host.withVariables(
            variables -> {
              Map<String, String> changed = new HashMap<>(variables);
              for (String name :
                  List.of(SccacheSetup.SIZE_VARIABLE, SccacheSetup.DIRECTORY_VARIABLE)) {
                config.environment(name).ifPresent(value -> changed.put(name, value.text()));
              }
              return changed;
            }));
  }

  private void examine(Entry project, Optional<SccacheStats> server) {
    CargoConfig config = CargoConfig.in(project.path(), host);
    reportDirectoryOfCargo(config);
    reportWrapper(config);
    config
        .environment(SccacheSetup.SIZE_VARIABLE)
        .ifPresent(
            size -> reportIgnored(SccacheSetup.of(host, Optional.of(size.text()), size.where())));
    boolean wrapped =
        config
            .value(WRAPPER_KEY, WRAPPER_VARIABLES)
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

  private void reportDirectoryOfCargo(CargoConfig config) {
    SccacheSetup ofCargo = setup(config);
    Optional<CargoConfig.Value> directory = config.environment(SccacheSetup.DIRECTORY_VARIABLE);
    if (directory.isPresent() && !ofCargo.directory().equals(SccacheSetup.of(host).directory())) {
      find(
          "rust.sccache-directory-of-cargo",
          INFO,
          directory.get().where(),
          "cargo has sccache keep its cache in "
              + ofCargo.directory()
              + ", which only cargo knows; 'lowtide --caches' looks in "
              + SccacheSetup.of(host).directory(),
          "Set " + SccacheSetup.DIRECTORY_VARIABLE + " in the environment too.");
    }
  }

  private void reportWrapper(CargoConfig config) {
    Optional<CargoConfig.Value> wrapper =
        config.value(WRAPPER_KEY, WRAPPER_VARIABLES).filter(value -> !value.text().isEmpty());
    if (wrapper.isEmpty()) {
      return;
    }
    String text = wrapper.get().text();
    Path path = host.path(text);
    boolean missing =
        path.isAbsolute()
            ? host.isGone(path)
            : path.getNameCount() == 1 && host.executables(text).isEmpty();
    if (missing) {
      find(
          "rust.wrapper-missing",
          WARNING,
          wrapper.get().where(),
          "the rustc wrapper " + text + " is not installed, so every build fails",
          "Install it, or remove this setting.");
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
    if (local && !server.isIn(setup.directory())) {
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
        budget.gauge().equals(TargetGauge.SIZE)
            ? "Run 'lowtide plan --policy rust' with these roots to see what can be removed."
            : budget.gauge().equals(SccacheGauges.SIZE)
                ? "Run 'lowtide clean --caches --policy rust.sccache --max-size "
                    + (long) budget.limit()
                    + "B', or set a smaller "
                    + SccacheSetup.SIZE_VARIABLE
                    + "."
                : "Look at 'sccache --show-stats' for what is not cached, and why.");
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
