package dev.lowtide.verify;

import dev.lowtide.ByteSize;
import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.verify.DiskLocation.Expectation;
import dev.lowtide.verify.DiskLocation.Tolerance;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The locations that builds usually fill: their names, their paths on a machine, and what is
 * expected of them. A variable that names a path is used if the path is absolute; for {@link
 * #TARGET}, a relative one counts from the working directory, as for cargo. Settings that only a
 * tool or its configuration file knows are not considered; policies find those.
 */
public enum StandardLocation {
  /** The working directory. */
  WORKSPACE("workspace", Expectation.UNCHANGED, HostEnvironment::workingDirectory),

  /** {@code UV_CACHE_DIR}, or else the path from "Storage" in the documentation of uv 0.8. */
  UV_CACHE("uv-cache", Expectation.BOUNDED, "UV_CACHE_DIR", StandardLocation::uvCache),

  /**
   * {@code PIP_CACHE_DIR}, or else the path from "Caching" in the documentation of pip 23 to 26.
   */
  PIP_CACHE("pip-cache", Expectation.BOUNDED, "PIP_CACHE_DIR", StandardLocation::pipCache),

  /**
   * Interpreters, tools and credentials of uv, some of which only the user can restore; see
   * "Storage" in the documentation of uv 0.8.
   */
  UV_DATA("uv-data", Expectation.UNCHANGED, StandardLocation::uvData),

  /** {@code CARGO_HOME} or {@code ~/.cargo}; "Cargo Home" in The Cargo Book 1.95. */
  CARGO_HOME(
      "cargo-home", Expectation.BOUNDED, "CARGO_HOME", host -> host.home().resolve(".cargo")),

  /**
   * {@code CARGO_TARGET_DIR}, or {@code target} in the working directory; "Build cache" in The
   * Cargo Book 1.95.
   */
  TARGET(
      "target",
      Expectation.BOUNDED,
      host ->
          host.variable("CARGO_TARGET_DIR")
              .map(value -> host.workingDirectory().resolve(value))
              .orElse(host.workingDirectory().resolve("target"))),

  /** {@code SCCACHE_DIR}, or else the path from {@code docs/Local.md} of sccache 0.17. */
  SCCACHE("sccache", Expectation.BOUNDED, "SCCACHE_DIR", StandardLocation::sccache),

  /**
   * The temporary directory. Other programs use it at the same time, so a growth of 10 MiB is
   * tolerated.
   */
  TEMP("temp", Expectation.BOUNDED, HostEnvironment::temporaryDirectory);

  private static final Tolerance OTHER_PROGRAMS = Tolerance.of(ByteSize.mebibytes(10));

  private final String id;
  private final Expectation expectation;
  private final Optional<String> variable;

  @SuppressWarnings("ImmutableEnumChecker") // a method of this class or of the host, without state
  private final Function<HostEnvironment, Path> usual;

  StandardLocation(String id, Expectation expectation, Function<HostEnvironment, Path> usual) {
    this(id, expectation, Optional.empty(), usual);
  }

  StandardLocation(
      String id, Expectation expectation, String variable, Function<HostEnvironment, Path> usual) {
    this(id, expectation, Optional.of(variable), usual);
  }

  StandardLocation(
      String id,
      Expectation expectation,
      Optional<String> variable,
      Function<HostEnvironment, Path> usual) {
    this.id = id;
    this.expectation = expectation;
    this.variable = variable;
    this.usual = usual;
  }

  /** Its name in reports and options. */
  public String id() {
    return id;
  }

  /** What is expected of the location. */
  public Expectation expectation() {
    return expectation;
  }

  /** Its path, whether it exists or not. */
  public Path root(HostEnvironment host) {
    return overridden(host).orElseGet(() -> usual(host));
  }

  /**
   * The path in the tool's own variable, if that is set to an absolute path; always empty for
   * {@link #TARGET}, whose {@link #usual(HostEnvironment) usual} path considers the variable.
   */
  public Optional<Path> overridden(HostEnvironment host) {
    return variable.flatMap(host::directory);
  }

  /**
   * The path if no variable overrides it; that of {@link #TARGET} considers {@code
   * CARGO_TARGET_DIR}.
   */
  public Path usual(HostEnvironment host) {
    return usual.apply(host);
  }

  /** This location on a machine, with its default tolerance; only {@link #TEMP} may grow. */
  public DiskLocation on(HostEnvironment host) {
    return new DiskLocation(
        id, root(host), expectation, this == TEMP ? OTHER_PROGRAMS : Tolerance.NONE, Set.of());
  }

  /** The standard location with this name. */
  public static Optional<StandardLocation> named(String id) {
    return Arrays.stream(values()).filter(each -> each.id.equals(id)).findFirst();
  }

  /**
   * What is expected of a location with this name; a name that is not standard means that nothing
   * may change.
   */
  public static Expectation expectationOf(String name) {
    return named(name).map(StandardLocation::expectation).orElse(Expectation.UNCHANGED);
  }

  /** All names, for messages. */
  public static String names() {
    return Arrays.stream(values()).map(StandardLocation::id).collect(Collectors.joining(", "));
  }

  /** Unlike most programs, uv follows the XDG specification on macOS too. */
  private static Path uvCache(HostEnvironment host) {
    return host.operatingSystem() == OperatingSystem.WINDOWS
        ? host.cacheHome().resolve("uv").resolve("cache")
        : host.xdgCacheHome().resolve("uv");
  }

  private static Path pipCache(HostEnvironment host) {
    Path pip = host.cacheHome().resolve("pip");
    return host.operatingSystem() == OperatingSystem.WINDOWS ? pip.resolve("Cache") : pip;
  }

  private static Path uvData(HostEnvironment host) {
    return host.operatingSystem() == OperatingSystem.WINDOWS
        ? host.configHome().resolve("uv").resolve("data")
        : host.xdgDataHome().resolve("uv");
  }

  private static Path sccache(HostEnvironment host) {
    return switch (host.operatingSystem()) {
      case LINUX -> host.cacheHome().resolve("sccache");
      case MACOS -> host.cacheHome().resolve("Mozilla.sccache");
      case WINDOWS -> host.cacheHome().resolve("Mozilla").resolve("sccache");
    };
  }
}
