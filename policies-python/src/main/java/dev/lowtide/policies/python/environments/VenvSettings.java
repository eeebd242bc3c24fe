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
 * What the {@code pyvenv.cfg} of a virtual environment says (PEP 405): of venv in CPython 3.3 to
 * 3.14, virtualenv 20 and 21, and uv 0.8.
 *
 * <p>It is read without a trace, because every start of the environment's Python reads it, and so
 * its last access is the best evidence of when the environment was last used.
 */
public final class VenvSettings {
  static final String FILE = "pyvenv.cfg";

  private static final int MOST_TEXT = 1 << 16;
  private static final String HOME = "home";

  /** From CPython 3.11 on, and of virtualenv; a link in the home that uv makes has neither. */
  private static final List<String> INTERPRETERS = List.of("base-executable", "executable");

  private static final String PREFIX = "base-prefix";
  private static final List<String> NAMES = List.of("python", "python3", "python.exe");

  /** All that these tools write, and the extensions of PEP 405 that others do. */
  private static final Set<String> KNOWN =
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

  /** Those of a directory, if it has a {@code pyvenv.cfg} that names the home of an interpreter. */
  static Optional<VenvSettings> of(Entry directory) {
    return directory
        .child(FILE)
        .flatMap(file -> file.textUnnoticed(MOST_TEXT))
        .map(VenvSettings::new)
        .filter(settings -> settings.values.containsKey(HOME));
  }

  /** Whether it says nothing that its tool does not write. */
  boolean isPlain() {
    return plain && KNOWN.containsAll(values.keySet());
  }

  /** Whether a number such as 3 or 3.12 is that of the interpreter; any is, if it is not said. */
  boolean isVersion(String number) {
    return Stream.of("version", "version_info")
        .flatMap(key -> Optional.ofNullable(values.get(key)).stream())
        .allMatch(version -> (version + ".").startsWith(number + "."));
  }

  /** All that it names of the installation of Python on which the environment depends. */
  Stream<Path> base(HostEnvironment host) {
    return Stream.concat(Stream.of(HOME, PREFIX), INTERPRETERS.stream())
        .flatMap(key -> path(key, host).stream());
  }

  /**
   * The directory of the base interpreter, or else the interpreter itself, if that certainly is not
   * there any more. One that only has another name now, as after an update, is no loss: the
   * environment has a link to the name in its home.
   */
  Optional<Path> lostBase(HostEnvironment host) {
    Optional<Path> home = path(HOME, host);
    return home.filter(host::isGone)
        .or(
            () ->
                INTERPRETERS.stream()
                    .flatMap(key -> path(key, host).stream())
                    .findFirst()
                    .filter(host::isGone)
                    .filter(
                        interpreter ->
                            home.stream()
                                .flatMap(directory -> NAMES.stream().map(directory::resolve))
                                .allMatch(host::isGone)));
  }

  private Optional<Path> path(String key, HostEnvironment host) {
    return Optional.ofNullable(values.get(key))
        .flatMap(value -> Places.path(value, host))
        .filter(Path::isAbsolute);
  }
}
