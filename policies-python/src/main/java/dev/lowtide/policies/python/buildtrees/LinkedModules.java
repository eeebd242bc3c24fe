package dev.lowtide.policies.python.buildtrees;

import dev.lowtide.probe.Entry;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The extension modules that were linked of objects in the {@code build/temp.*} of setuptools: an
 * object has the function by which Python starts the module. Setuptools itself records no links,
 * and names prove nothing.
 */
final class LinkedModules {
  /**
   * A name in the symbols of an object, as PEP 489 and Python 2 give it and the symbol tables of
   * ELF, COFF, Mach-O and of gcc's link-time optimization hold it: with a zero at its end.
   */
  private static final Pattern START =
      Pattern.compile("(?<![A-Za-z0-9_])_?(?:PyInit_|init)([A-Za-z0-9_]{1,255})(?=\0)");

  /** More than a compiler makes of one source, debugging information included. */
  private static final int MAX_OBJECT = 32 << 20;

  private final List<Entry> objects;
  private final Map<String, Instant> started = new HashMap<>();
  private int read;

  /** Those that were linked of some objects. */
  LinkedModules(List<Entry> objects) {
    this.objects = objects;
  }

  /** Whether a file can be the module of this name that was linked of them. */
  boolean holds(String name, Entry file) {
    return compiled(name).filter(time -> !time.isAfter(file.lastModified())).isPresent();
  }

  /** Whether they make a module of this name whenever they are linked. */
  boolean makes(String name) {
    return compiled(name).isPresent();
  }

  /** When an object was compiled that starts a module; no more is read than has to be. */
  private Optional<Instant> compiled(String name) {
    while (read < objects.size() && !started.containsKey(name)) {
      Entry object = objects.get(read++);
      object.bytes(MAX_OBJECT).stream()
          .map(bytes -> new String(bytes, StandardCharsets.ISO_8859_1))
          .flatMap(text -> START.matcher(text).results())
          .forEach(start -> started.putIfAbsent(start.group(1), object.lastModified()));
    }
    return Optional.ofNullable(started.get(name));
  }
}
