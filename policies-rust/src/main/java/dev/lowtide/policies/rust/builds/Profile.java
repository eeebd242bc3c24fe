package dev.lowtide.policies.rust.builds;

import dev.lowtide.policies.rust.builds.Unit.Known;
import dev.lowtide.probe.Entry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The directory of one profile for one platform: {@code target/debug}, {@code
 * target/x86_64-unknown-linux-gnu/release}.
 *
 * <p>Cargo has two layouts; a directory has both if two versions of cargo build into it. Up to
 * 1.99, the record of a unit is {@code .fingerprint/PACKAGE-HASH}, and its files in {@code deps},
 * {@code examples} and {@code build} have the hash in their names. Later, {@code
 * build/PACKAGE/HASH} contains everything, with the record in {@code fingerprint}.
 */
final class Profile {
  /**
   * Cargo locks the first file. From 1.96 on, it shares that lock and also locks one of the others.
   */
  private static final List<String> LOCKS =
      List.of(".cargo-lock", ".cargo-build-lock", ".cargo-artifact-lock");

  static final String RECORDS = ".fingerprint";
  static final String INCREMENTAL = "incremental";
  static final String RECORD = "fingerprint";

  /** {@code libserde-0123456789abcdef.rlib} and the like. */
  private static final Pattern HASHED = Pattern.compile("(.+)-([0-9a-f]{16})(\\..*)?");

  private final Entry directory;
  private final List<Unit> units = new ArrayList<>();
  private final List<Entry> leftovers = new ArrayList<>();

  private Profile(Entry directory, String name) {
    this.directory = directory;
    Map<String, List<Entry>> byHash = filesByHash();
    read(
        directory.child(RECORDS).stream()
            .flatMap(records -> records.children().stream())
            .filter(Entry::isDirectory),
        (record, known) -> addUnit(name, record, known, byHash));
    if (recordsAreRead()) {
      byHash.values().forEach(leftovers::addAll);
    }
    read(
        unitDirectories().flatMap(unit -> unit.child(RECORD).stream()).filter(Entry::isDirectory),
        (record, known) -> addUnitDirectory(name, record, known));
    unitDirectories().filter(Profile::isEmptied).forEach(leftovers::add);
  }

  /** Reads thousands of records on all processors, and passes them on in their order. */
  private static void read(Stream<Entry> records, BiConsumer<Entry, Optional<Known>> consumer) {
    List<Entry> all = records.toList();
    List<Optional<Known>> known = all.parallelStream().map(Known::read).toList();
    for (int i = 0; i < all.size(); i++) {
      consumer.accept(all.get(i), known.get(i));
    }
  }

  /** Reads a directory; empty if it is not that of a profile. */
  static Optional<Profile> in(Entry directory, String name) {
    return directory.hasFile(LOCKS.get(0))
            && (directory.hasDirectory(RECORDS) || directory.hasDirectory("build"))
        ? Optional.of(new Profile(directory, name))
        : Optional.empty();
  }

  private Map<String, List<Entry>> filesByHash() {
    Map<String, List<Entry>> files = new HashMap<>();
    if (!directory.hasDirectory(RECORDS)) {
      return files;
    }
    Stream.concat(
            Stream.of("deps", "examples")
                .flatMap(each -> directory.child(each).stream())
                .flatMap(each -> each.children().stream()),
            directory.child("build").stream()
                .flatMap(each -> each.children().stream())
                .filter(each -> !isPackage(each)))
        .forEach(
            file -> {
              Matcher name = HASHED.matcher(file.name());
              if (name.matches()) {
                files.computeIfAbsent(name.group(2), hash -> new ArrayList<>()).add(file);
              }
            });
    return files;
  }

  /** Whether all records could be read; unreadable ones may belong to any file. */
  private boolean recordsAreRead() {
    return directory.child(RECORDS).filter(records -> records.usage().unreadable() > 0).isEmpty();
  }

  private void addUnit(
      String profile, Entry record, Optional<Known> known, Map<String, List<Entry>> byHash) {
    Matcher name = HASHED.matcher(record.name());
    if (name.matches() && name.group(3) == null) {
      String hash = name.group(2);
      List<Entry> files = Optional.ofNullable(byHash.remove(hash)).orElse(List.of());
      units.add(new Unit(profile, name.group(1), hash, record, known, files));
    }
  }

  /** {@code build/PACKAGE/HASH} of the later layout. */
  private Stream<Entry> unitDirectories() {
    return directory.child("build").stream()
        .flatMap(build -> build.children().stream())
        .filter(Profile::isPackage)
        .flatMap(each -> each.children().stream())
        .filter(unit -> unit.isDirectory() && Unit.isHash(unit.name()));
  }

  /** Whether a directory in {@code build} is that of a package, as in the later layout. */
  static boolean isPackage(Entry entry) {
    return entry.children().stream()
        .anyMatch(
            unit -> Unit.isHash(unit.name()) && (unit.hasDirectory(RECORD) || isEmptied(unit)));
  }

  /**
   * Whether a unit's directory has no record, because nothing was built or the record was removed.
   */
  private static boolean isEmptied(Entry unit) {
    return unit.isDirectory()
        && unit.children().stream()
            .allMatch(
                part ->
                    part.isDirectory() && (part.name().equals("out") || part.name().equals("run")));
  }

  private void addUnitDirectory(String profile, Entry record, Optional<Known> known) {
    Entry unit = record.parent().orElseThrow();
    String packageName = unit.parent().map(Entry::name).orElse("");
    List<Entry> artifacts = unit.children().stream().filter(part -> !part.equals(record)).toList();
    units.add(new Unit(profile, packageName, unit.name(), record, known, artifacts));
  }

  Entry directory() {
    return directory;
  }

  List<Unit> units() {
    return units;
  }

  /** Files with the hash of a unit without a record, which no build will use. */
  List<Entry> leftovers() {
    return leftovers;
  }

  /** The directories of incremental compilation: one for each crate and set of compiler options. */
  List<Entry> incremental() {
    return directory.child(INCREMENTAL).stream()
        .flatMap(each -> each.children().stream())
        .filter(each -> each.isDirectory() && each.name().lastIndexOf('-') > 0)
        .toList();
  }

  /** The lock files that exist. */
  List<Path> locks() {
    return locksIn(directory);
  }

  /** The lock files in a directory that may be that of a profile. */
  static List<Path> locksIn(Entry directory) {
    return LOCKS.stream().flatMap(name -> directory.child(name).stream()).map(Entry::path).toList();
  }
}
