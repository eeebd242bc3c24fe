package dev.lowtide.policies.rust.builds;

import dev.lowtide.probe.Entry;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Recognises the outputs of units in one profile, up to cargo 1.99: {@code deps/libCRATE-HASH.rlib}
 * belongs to the unit {@code .fingerprint/PACKAGE-HASH}, whose files tell the crate, the directory
 * of its outputs, and when they were complete. Records are removed first, so right before the
 * removal of an output only its name is left as evidence; its content has not changed since the
 * plan.
 */
final class UnitOutputs {
  /**
   * The files that rustc and linkers write for a unit, on Linux, macOS, Windows and for
   * WebAssembly.
   */
  private static final Pattern OUTPUT =
      Pattern.compile(
          "(?<crate>.+)-(?<hash>[0-9a-f]{16})((\\.[0-9a-z_-]+)*\\.(rlib|rmeta|d|o|so|a|dylib|dll"
              + "|exe|lib|exp|pdb|dwo|dwp|wasm|s|ll|bc|mir)|\\.dSYM|\\.long-type-[0-9]+\\.txt)?");

  /** The characters of a crate's name; a package's name may have others. */
  private static final Pattern CRATE = Pattern.compile("\\w+");

  /** Some file systems keep whole seconds. */
  private static final Duration TICK = Duration.ofSeconds(2);

  private final Map<String, Entry> records = new HashMap<>();

  /** The outputs in each profile of a snapshot: thousands of items of one profile are explained. */
  private record Known(Map<Entry, UnitOutputs> byProfile) {}

  private UnitOutputs(List<Entry> records) {
    for (Entry record : records) {
      String name = record.name();
      this.records.put(name.substring(name.lastIndexOf('-') + 1), record);
    }
  }

  /** The outputs in a profile, if the snapshot contains it. */
  static UnitOutputs in(Optional<Entry> profile) {
    if (profile.isEmpty()) {
      return new UnitOutputs(List.of());
    }
    return profile
        .get()
        .snapshot()
        .derived(Known.class, any -> new Known(new ConcurrentHashMap<>()))
        .byProfile()
        .computeIfAbsent(
            profile.get(),
            each ->
                new UnitOutputs(
                    each.child(Profile.RECORDS).map(Entry::children).orElse(List.of())));
  }

  /** Whether a file has the name of an output in a directory of this name. */
  boolean isOutput(Entry file, String name, String directory) {
    Matcher output = OUTPUT.matcher(name);
    if (!output.matches() || !(file.isFile() || name.endsWith(".dSYM"))) {
      return false;
    }
    String crate = output.group("crate");
    Entry record = records.get(output.group("hash"));
    List<String> kinds = record == null ? List.of() : kinds(record);
    return kinds.isEmpty()
        ? CRATE.matcher(crate).matches()
        : kinds.stream().anyMatch(kind -> isOf(kind, crate) && directoryOf(kind).equals(directory));
  }

  /** Whether an output changed after its unit was made. */
  boolean isChanged(Entry file, String name) {
    Matcher output = OUTPUT.matcher(name);
    Entry record = output.matches() ? records.get(output.group("hash")) : null;
    if (record == null || kinds(record).isEmpty()) {
      return false;
    }
    Instant end = record.newestModified().plus(TICK);
    return file.lastModified().isAfter(end);
  }

  /** {@code lib-base}, {@code test-bin-app} and the like. */
  private static List<String> kinds(Entry record) {
    return record.children().stream()
        .map(Entry::name)
        .filter(name -> name.endsWith(".json"))
        .map(name -> name.substring(0, name.length() - ".json".length()))
        .toList();
  }

  private static boolean isOf(String kind, String crate) {
    String end = "-" + kind;
    String unprefixed = crate.startsWith("lib") ? crate.substring("lib".length()) : crate;
    return List.of(crate, unprefixed).stream()
        .anyMatch(
            name -> CRATE.matcher(name).matches() && end.replace('-', '_').endsWith("_" + name));
  }

  private static String directoryOf(String kind) {
    if (kind.startsWith("example-") || kind.startsWith("test-example-")) {
      return "examples";
    }
    return kind.startsWith("build-script-") ? "build" : "deps";
  }
}
