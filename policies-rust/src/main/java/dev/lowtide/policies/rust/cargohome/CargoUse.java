package dev.lowtide.policies.rust.cargohome;

import dev.lowtide.probe.Entry;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * When cargo last used what it keeps in its home, from the database in which it tracks that: {@code
 * .global-cache}, SQLite, written by cargo 1.78 and later while it holds the package-cache lock.
 * Times are of use by any build of the user, to five minutes.
 *
 * @param times by path relative to the home, with slashes
 */
record CargoUse(Map<String, Instant> times) {
  private static final String FILE = ".global-cache";

  /** A gigabyte of crates takes about 100 KiB. */
  private static final int LARGEST = 32 << 20;

  /** What is later, or not after 1970, is no time at which anything was used. */
  private static final long LAST_SECOND = Instant.parse("9999-12-31T23:59:59Z").getEpochSecond();

  /** A table of things in a directory that another table names. */
  private record Tracked(String table, String parentTable, String parentColumn, String directory) {}

  // cargo 1.95, src/cargo/core/global_cache_tracker.rs, migrations
  private static final List<Tracked> TRACKED =
      List.of(
          new Tracked("registry_crate", "registry_index", "registry_id", "registry/cache/"),
          new Tracked("registry_src", "registry_index", "registry_id", "registry/src/"),
          new Tracked("git_checkout", "git_db", "git_id", "git/checkouts/"));

  private static final Map<String, String> PARENTS =
      Map.of("registry_index", "registry/index/", "git_db", "git/db/");

  /**
   * Reads the database of a cargo home; empty if there is none, or if it cannot be read as it is:
   * damaged, of an unknown form, or in the middle of being written.
   */
  static Optional<CargoUse> read(Entry home) {
    if (hasContent(home, FILE + "-journal") || hasContent(home, FILE + "-wal")) {
      return Optional.empty();
    }
    return home.child(FILE)
        .filter(file -> file.size() <= LARGEST)
        .flatMap(file -> file.bytes(LARGEST))
        .flatMap(CargoUse::parse);
  }

  private static boolean hasContent(Entry home, String name) {
    return home.child(name).filter(file -> file.size() > 0).isPresent();
  }

  static Optional<CargoUse> parse(byte[] database) {
    try {
      return Optional.of(parse(new SqliteFile(database)));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static CargoUse parse(SqliteFile database) {
    Map<String, Instant> times = new HashMap<>();
    Map<String, Map<Long, String>> names = new HashMap<>();
    PARENTS.forEach(
        (table, directory) -> {
          Map<Long, String> byId = new HashMap<>();
          for (SqliteFile.Row row : database.rows(table)) {
            row.text("name")
                .ifPresent(
                    name -> {
                      row.number("id").ifPresent(id -> byId.put(id, name));
                      put(times, directory + name, row);
                    });
          }
          names.put(table, byId);
        });
    for (Tracked tracked : TRACKED) {
      Map<Long, String> parents = names.getOrDefault(tracked.parentTable(), Map.of());
      for (SqliteFile.Row row : database.rows(tracked.table())) {
        Optional<String> parent = row.number(tracked.parentColumn()).map(parents::get);
        Optional<String> name = row.text("name");
        if (parent.isPresent() && name.isPresent()) {
          put(times, tracked.directory() + parent.get() + "/" + name.get(), row);
        }
      }
    }
    return new CargoUse(times);
  }

  private static void put(Map<String, Instant> times, String path, SqliteFile.Row row) {
    row.number("timestamp")
        .filter(seconds -> seconds > 0 && seconds <= LAST_SECOND)
        .ifPresent(seconds -> times.put(path, Instant.ofEpochSecond(seconds)));
  }
}
