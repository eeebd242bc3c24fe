package dev.lowtide.policies.rust.builds;

import dev.lowtide.policy.Candidate;
import dev.lowtide.probe.Entry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * One compilation of one crate, or one run of a build script, with all files that belong to it
 * alone.
 *
 * @param profile the directory of its profile, relative to the target directory
 * @param packageName the package, as its directory is called
 * @param hash what tells it from other units of the package, sixteen hexadecimal digits
 * @param record cargo's record of it, without which the next build makes it again
 * @param known what stands in the record; empty if that is not understood
 * @param artifacts everything else that bears its hash
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
  private static final int MOST_RECORD = 4 << 20;

  /**
   * What stands in the record of a unit.
   *
   * @param kind what it is and what it is called, such as {@code lib-base} or {@code
   *     test-integration-test-api}
   * @param fingerprint with what it was made
   * @param content of the hash file, by which those that depend on it name it
   * @param built when that was written
   * @param read when that was last read, which cargo does each time it looks whether it is fresh
   */
  record Known(String kind, Fingerprint fingerprint, String content, Instant built, Instant read) {}

  static boolean isHash(String text) {
    return HASH.matcher(text).matches();
  }

  static Unit of(
      String profile, String packageName, String hash, Entry record, List<Entry> artifacts) {
    return new Unit(profile, packageName, hash, record, read(record), artifacts);
  }

  /** A directory that holds the records of two units, or of one that failed, is not understood. */
  private static Optional<Known> read(Entry record) {
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
                                .textUnnoticed(MOST_RECORD)
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

  /** What cargo reads whenever it looks whether the unit is fresh. */
  Optional<Entry> hashFile() {
    return known.flatMap(unit -> record.child(unit.kind()));
  }

  /**
   * When it was made or last found fresh, as far as that is recorded. Cargo itself dates units by
   * the modification of their records, so one in a restored cache is as old as it says.
   */
  Instant lastUsed() {
    return known
        .map(unit -> unit.read().isAfter(unit.built()) ? unit.read() : unit.built())
        .orElseGet(record::newestModified);
  }

  boolean usedSince(Instant time) {
    return !lastUsed().isBefore(time);
  }

  /** Whether it was made before a time and read after it, so that readings are recorded here. */
  boolean provesThatReadingIsRecordedSince(Instant time) {
    return known
        .filter(unit -> unit.built().isBefore(time) && !unit.read().isBefore(time))
        .isPresent();
  }

  /**
   * Whether what it made is what cargo has put where people find it: a link to a program, a library
   * or an example directly in the directory of the profile. The last build of that name made it, or
   * found it fresh, so it is current, whatever the times say.
   */
  boolean isWhatPeopleFind() {
    return known.filter(unit -> !unit.kind().contains("build-script")).isPresent()
        && artifacts.stream()
            .flatMap(Entry::entries)
            .anyMatch(file -> file.isFile() && file.links() > 1 && !isShared(file.name()));
  }

  /** What rustc links between its directories by itself. */
  private static boolean isShared(String name) {
    return Stream.of(".rmeta", ".o", ".d").anyMatch(name::endsWith);
  }

  /**
   * Whether rustc may have written something for this unit at a time, going by its name.
   *
   * @param crate with underscores, as rustc has it
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

  /** The record first, and everything else only once that is gone. */
  List<Candidate> removal(Function<Entry, Candidate> delete) {
    List<Candidate> removal = new ArrayList<>();
    removal.add(delete.apply(record));
    for (Entry artifact : artifacts) {
      removal.add(delete.apply(artifact).onlyAfter(record.path()));
    }
    return removal;
  }

  /** One record, one unit. */
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
