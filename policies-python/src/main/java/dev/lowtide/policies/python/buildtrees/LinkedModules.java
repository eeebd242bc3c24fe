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
 * The extension modules that can be linked from objects in the {@code build/temp.*} of setuptools:
 * one of the objects contains the function with which Python initialises the module. Setuptools
 * does not record what it linked, and names prove nothing.
 */
final class LinkedModules {
  /**
   * The symbol of that function, as PEP 489 and Python 2 name it. The symbol tables of ELF, COFF,
   * Mach-O and gcc's link-time optimization end it with a zero.
   */
  private static final Pattern INIT_FUNCTION =
      Pattern.compile("(?<![A-Za-z0-9_])_?(?:PyInit_|init)([A-Za-z0-9_]{1,255})(?=\0)");

  /** Larger than any object of one source, including debugging information. */
  private static final int MAX_OBJECT = 32 << 20;

  private final List<Entry> objects;
  private final Map<String, Instant> compileTimes = new HashMap<>();
  private int nextObject;

  /** The modules that are linked from these objects. */
  LinkedModules(List<Entry> objects) {
    this.objects = objects;
  }

  /**
   * Whether a file may be the module of this name: one of the objects initialises it and is not
   * newer than the file.
   */
  boolean mayBeModule(String name, Entry file) {
    return compileTime(name).filter(time -> !time.isAfter(file.lastModified())).isPresent();
  }

  /** Whether one of the objects initialises a module of this name. */
  boolean hasInitFunctionOf(String name) {
    return compileTime(name).isPresent();
  }

  /** When the object that initialises a module was compiled. Reads objects until it finds it. */
  private Optional<Instant> compileTime(String name) {
    while (nextObject < objects.size() && !compileTimes.containsKey(name)) {
      Entry object = objects.get(nextObject++);
      object.bytes(MAX_OBJECT).stream()
          .map(bytes -> new String(bytes, StandardCharsets.ISO_8859_1))
          .flatMap(text -> INIT_FUNCTION.matcher(text).results())
          .forEach(start -> compileTimes.putIfAbsent(start.group(1), object.lastModified()));
    }
    return Optional.ofNullable(compileTimes.get(name));
  }
}
