package dev.lowtide.policies.python;

import dev.lowtide.probe.Entry;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The extension modules that were linked in the {@code build/temp.*} of setuptools, as what was
 * compiled there shows: an object or a target of CMake of the module's name, or an object with the
 * function by which Python starts the module. Setuptools itself records no links.
 */
final class LinkedModules {
  private static final Pattern OBJECT = Pattern.compile("(.+)\\.(?:o|obj)");

  /** What CMake makes for each target, in the directory {@code CMakeFiles}. */
  private static final Pattern CMAKE_TARGET = Pattern.compile("(.+)\\.dir");

  /**
   * A name in the symbols of an object, as PEP 489 gives it and the symbol tables of ELF, COFF and
   * Mach-O hold it: with a zero at its end, and at its beginning or before an underscore.
   */
  private static final Pattern START = Pattern.compile("\0_?PyInit_([A-Za-z0-9_]{1,255})(?=\0)");

  /** More than a compiler makes of one source, debugging information included. */
  private static final int MAX_OBJECT = 32 << 20;

  private final List<Entry> temporary;
  private final Set<String> named = new HashSet<>();
  private Optional<Map<String, Instant>> started = Optional.empty();

  /** Those that were linked in some directories. */
  LinkedModules(List<Entry> temporary) {
    this.temporary = temporary;
    temporary.stream().flatMap(Entry::entries).forEach(this::addName);
  }

  private void addName(Entry entry) {
    Matcher matcher = (entry.isFile() ? OBJECT : CMAKE_TARGET).matcher(entry.name());
    if (matcher.matches()) {
      named.add(matcher.group(1));
    }
  }

  /** Whether a file can be the module of this name that was linked there. */
  boolean holds(String name, Entry file) {
    if (named.contains(name)) {
      return true;
    }
    Instant compiled = started().get(name);
    return compiled != null && !compiled.isAfter(file.lastModified());
  }

  /** Whether what was compiled there makes a module of this name whenever it is linked. */
  boolean makes(String name) {
    return started().containsKey(name);
  }

  /**
   * When the objects were compiled that start modules; read only where the names do not show it.
   */
  private Map<String, Instant> started() {
    Map<String, Instant> found = started.orElseGet(this::readObjects);
    started = Optional.of(found);
    return found;
  }

  private Map<String, Instant> readObjects() {
    Map<String, Instant> found = new HashMap<>();
    temporary.stream()
        .flatMap(Entry::entries)
        .filter(entry -> entry.isFile() && OBJECT.matcher(entry.name()).matches())
        .forEach(
            object ->
                object.bytes(MAX_OBJECT).stream()
                    .map(bytes -> new String(bytes, StandardCharsets.ISO_8859_1))
                    .flatMap(text -> START.matcher(text).results())
                    .forEach(
                        start ->
                            found.merge(
                                start.group(1),
                                object.lastModified(),
                                (one, other) -> one.isBefore(other) ? one : other)));
    return found;
  }
}
