package dev.lowtide.policies.rust.cargohome;

import dev.lowtide.probe.Entry;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * When cargo last used the entries in its home, from its database {@code .global-cache}. Cargo 1.78
 * and later write it with SQLite while they hold the package-cache lock. The times cover all builds
 * of the user and are accurate to five minutes.
 *
 * @param times the last use by path, relative to the home, with slashes
 */
record CargoUse(Map<String, Instant> times) {
  private static final String FILE = ".global-cache";

  /** A gigabyte of crates takes about 100 KiB. */
  private static final int MAX_BYTES = 32 << 20;

  /** Later times, and times before 1970, are invalid. */
  private static final long LAST_SECOND = Instant.parse("9999-12-31T23:59:59Z").getEpochSecond();

  /** A table of entries in directories that another table names. */
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
   * Reads the database of a cargo home; empty if it is missing, damaged, of an unknown form, or
   * being written.
   */
  static Optional<CargoUse> read(Entry home) {
    if (hasContent(home, FILE + "-journal") || hasContent(home, FILE + "-wal")) {
      return Optional.empty();
    }
    return home.child(FILE)
        .filter(file -> file.size() <= MAX_BYTES)
        .flatMap(file -> file.bytes(MAX_BYTES))
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
