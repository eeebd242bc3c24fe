package dev.lowtide.policies.python.environments;

import dev.lowtide.HostEnvironment;
import dev.lowtide.policies.python.places.Places;
import dev.lowtide.probe.Entry;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The {@code pyvenv.cfg} of a virtual environment (PEP 405), as venv of CPython 3.3 to 3.14,
 * virtualenv 20 and 21, and uv 0.8 write it.
 *
 * <p>Reading leaves the access time as it is: every start of the environment's Python reads the
 * file, so this time is the best evidence of the last use.
 */
final class VenvSettings {
  static final String FILE = "pyvenv.cfg";

  private static final int MAX_TEXT = 1 << 16;
  private static final String HOME = "home";

  /**
   * Written by CPython from 3.11 on and by virtualenv. uv, whose home may be a link, writes
   * neither.
   */
  private static final List<String> INTERPRETER_KEYS = List.of("base-executable", "executable");

  private static final String PREFIX = "base-prefix";
  private static final List<String> INTERPRETER_NAMES = List.of("python", "python3", "python.exe");

  /** The keys that these tools write, and extensions of PEP 405 that other tools write. */
  private static final Set<String> KNOWN_KEYS =
      Set.of(
          HOME,
          PREFIX,
          "base-exec-prefix",
          "base-executable",
          "command",
          "executable",
          "extends-environment",
          "implementation",
          "include-system-site-packages",
          "prompt",
          "python-version",
          "relocatable",
          "seed",
          "uv",
          "version",
          "version_info",
          "virtualenv");

  private final Map<String, String> values = new HashMap<>();
  private boolean plain = true;

  private VenvSettings(String text) {
    for (String line : text.lines().toList()) {
      int equals = line.indexOf('=');
      if (equals > 0) {
        values.put(
            line.substring(0, equals).strip().toLowerCase(Locale.ROOT),
            line.substring(equals + 1).strip());
      } else if (!line.isBlank()) {
        plain = false;
      }
    }
  }

  /**
   * The settings of a directory; empty unless its {@code pyvenv.cfg} names the home of an
   * interpreter.
   */
  static Optional<VenvSettings> of(Entry directory) {
    return directory
        .child(FILE)
        .flatMap(file -> file.textUnnoticed(MAX_TEXT))
        .map(VenvSettings::new)
        .filter(settings -> settings.values.containsKey(HOME));
  }

  /** Whether it contains only what a tool writes. */
  boolean isPlain() {
    return plain && KNOWN_KEYS.containsAll(values.keySet());
  }

  /**
   * Whether a number such as 3 or 3.12 can be the interpreter's version; true if none is recorded.
   */
  boolean mayBeVersion(String number) {
    return Stream.of("version", "version_info")
        .flatMap(key -> Optional.ofNullable(values.get(key)).stream())
        .allMatch(version -> (version + ".").startsWith(number + "."));
  }

  /** The paths of the Python installation on which the environment depends. */
  Stream<Path> basePaths(HostEnvironment host) {
    return Stream.concat(Stream.of(HOME, PREFIX), INTERPRETER_KEYS.stream())
        .flatMap(key -> path(key, host).stream());
  }

  /**
   * The directory of the base interpreter, or the interpreter itself, if it certainly no longer
   * exists. An interpreter that an update renamed is not lost: the environment links to a name in
   * the home directory that still exists.
   */
  Optional<Path> missingBase(HostEnvironment host) {
    Optional<Path> home = path(HOME, host);
    return home.filter(host::isGone)
        .or(
            () ->
                INTERPRETER_KEYS.stream()
                    .flatMap(key -> path(key, host).stream())
                    .findFirst()
                    .filter(host::isGone)
                    .filter(
                        interpreter ->
                            home.stream()
                                .flatMap(
                                    directory -> INTERPRETER_NAMES.stream().map(directory::resolve))
                                .allMatch(host::isGone)));
  }

  private Optional<Path> path(String key, HostEnvironment host) {
    return Optional.ofNullable(values.get(key))
        .flatMap(value -> Places.path(value, host))
        .filter(Path::isAbsolute);
  }
}
