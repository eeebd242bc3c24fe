package dev.lowtide.policies.rust.builds;

import dev.lowtide.policy.Candidate;
import dev.lowtide.probe.Entry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * One compilation of one crate, or one run of a build script, with all files that belong only to
 * it.
 *
 * @param profile the directory of its profile, relative to the target directory
 * @param packageName the package, as in the name of the directory
 * @param hash sixteen hexadecimal digits that differ from those of the package's other units
 * @param record cargo's record of the unit; without it, the next build makes the unit again
 * @param known the content of the record; empty if it has an unknown form
 * @param artifacts all other entries with its hash
 */
record Unit(
    String profile,
    String packageName,
    String hash,
    Entry record,
    Optional<Known> known,
    List<Entry> artifacts) {

  /** The clock of files ticks a few hundred times a second. */
  private static final Duration TICK = Duration.ofMillis(20);

  private static final Pattern HASH = Pattern.compile("[0-9a-f]{16}");

  /** The kinds of units from which others are made. */
  private static final Pattern DEPENDENCY =
      Pattern.compile("(?:lib|bin|build-script|run-build-script)-(.+)");

  private static final int MAX_RECORD = 4 << 20;

  /**
   * The content of a unit's record.
   *
   * @param kind the kind and name of the unit, such as {@code lib-base} or {@code
   *     test-integration-test-api}
   * @param fingerprint what it was made from
   * @param content of the hash file, by which dependent units refer to it
   * @param built when the hash file was written
   * @param read when the hash file was last read, as cargo does to decide whether the unit is fresh
   */
  record Known(String kind, Fingerprint fingerprint, String content, Instant built, Instant read) {

    /** The name by which dependents call it, with underscores. */
    String crate() {
      Matcher dependency = DEPENDENCY.matcher(kind);
      return (dependency.matches() ? dependency.group(1) : kind).replace('-', '_');
    }

    /** Reads a record; empty for a directory with the records of two units, or of a failed one. */
    static Optional<Known> read(Entry record) {
      List<Entry> descriptions =
          record.children().stream().filter(file -> file.name().endsWith(".json")).toList();
      if (descriptions.size() != 1) {
        return Optional.empty();
      }
      Entry description = descriptions.get(0);
      String kind = description.name().substring(0, description.name().length() - ".json".length());
      return record
          .child(kind)
          .flatMap(
              hashFile ->
                  hashFile
                      .textUnnoticed(64)
                      .map(String::strip)
                      .filter(Unit::isHash)
                      .flatMap(
                          content ->
                              description
                                  .textUnnoticed(MAX_RECORD)
                                  .flatMap(Fingerprint::parse)
                                  .map(
                                      fingerprint ->
                                          new Known(
                                              kind,
                                              fingerprint,
                                              content,
                                              hashFile.lastModified(),
                                              hashFile.lastAccess()))));
    }
  }

  static boolean isHash(String text) {
    return HASH.matcher(text).matches();
  }

  /** The file that cargo reads to decide whether the unit is fresh. */
  Optional<Entry> hashFile() {
    return known.flatMap(unit -> record.child(unit.kind()));
  }

  /**
   * When it was made or last found fresh, as far as that is recorded. Cargo dates units by the
   * modification of their records, so a unit from a restored cache has its original age.
   */
  Instant lastUsed() {
    return known
        .map(unit -> unit.read().isAfter(unit.built()) ? unit.read() : unit.built())
        .orElseGet(record::newestModified);
  }

  boolean usedSince(Instant time) {
    return !lastUsed().isBefore(time);
  }

  /** Whether it was made before a time and read after it, which proves that reads are recorded. */
  boolean provesReadsAreRecordedSince(Instant time) {
    return known
        .filter(unit -> !unit.read().isBefore(time) && unit.read().isAfter(unit.built().plus(TICK)))
        .isPresent();
  }

  /**
   * The version of its package if that is in the name of the directory with its sources, {@code
   * NAME-VERSION}, as in what cargo unpacks and in directories of several versions.
   */
  Optional<String> version() {
    Pattern source =
        Pattern.compile(
            "[/\\\\]" + Pattern.quote(packageName) + "-(\\d+\\.\\d+\\.\\d[^/\\\\]*)[/\\\\]");
    return artifacts.stream()
        .flatMap(Entry::entries)
        .filter(file -> file.isFile() && file.name().endsWith(".d"))
        .flatMap(file -> file.textUnnoticed(MAX_RECORD).stream())
        .map(source::matcher)
        .filter(Matcher::find)
        .map(found -> found.group(1))
        .findFirst();
  }

  /** Whether it is of the standard library, which {@code -Z build-std} builds. */
  boolean isOfStandardLibrary() {
    return packageName.equals("core") || packageName.equals("std");
  }

  /**
   * What a newer unit has in common with it if it replaces it after a change of versions, features,
   * flags or compiler: the profile, the package, the kind, and whether it was compiled or only
   * checked.
   */
  List<String> role() {
    boolean compiled =
        artifacts.stream()
            .flatMap(Entry::entries)
            .anyMatch(file -> file.isFile() && !isShared(file.name()));
    return List.of(
        profile, packageName, known.map(Known::kind).orElse(""), String.valueOf(compiled));
  }

  /**
   * Whether cargo linked its output into the directory of the profile: a program, a library or an
   * example. The last build of that name made it or found it fresh, so it is current, whatever the
   * times say.
   */
  boolean isLinkedIntoProfile() {
    return known.filter(unit -> !unit.kind().contains("build-script")).isPresent()
        && artifacts.stream()
            .flatMap(Entry::entries)
            .anyMatch(file -> file.isFile() && file.links() > 1 && !isShared(file.name()));
  }

  /** Whether it is {@linkplain #isLinkedIntoProfile linked}, and not a library for cargo alone. */
  boolean isProgramOfProfile() {
    return isLinkedIntoProfile()
        && artifacts.stream()
            .flatMap(Entry::entries)
            .noneMatch(file -> file.name().endsWith(".rlib"));
  }

  /** Whether rustc itself links a file of this name between its directories. */
  private static boolean isShared(String name) {
    return Stream.of(".rmeta", ".o", ".d").anyMatch(name::endsWith);
  }

  /**
   * Whether rustc may have written data of a crate at a time for this unit.
   *
   * @param crate the name of the crate, with underscores
   */
  boolean mayHaveWritten(String crate, Instant time) {
    if (known.isPresent()) {
      String kind = "-" + known.get().kind();
      if (!kind.replace('-', '_').endsWith("_" + crate)) {
        return false;
      }
    }
    Instant first =
        record.children().stream().map(Entry::lastModified).min(Instant::compareTo).orElse(time);
    Instant last = record.newestModified();
    return !time.isBefore(first.minus(TICK)) && !time.isAfter(last.plus(TICK));
  }

  /** The candidates: the record, and the artifacts, which are removed after it. */
  List<Candidate> removal(Function<Entry, Candidate> delete) {
    List<Candidate> removal = new ArrayList<>();
    removal.add(delete.apply(record));
    for (Entry artifact : artifacts) {
      removal.add(delete.apply(artifact).onlyAfter(record.path()));
    }
    return removal;
  }

  /** Units with the same record are equal. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Unit unit && unit.record.equals(record);
  }

  @Override
  public int hashCode() {
    return record.hashCode();
  }

  @Override
  public String toString() {
    return known.map(unit -> unit.kind() + " of ").orElse("a unit of ") + packageName;
  }
}
