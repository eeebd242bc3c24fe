package dev.lowtide.policies.rust.cargohome;

import com.google.common.collect.Maps;
import dev.lowtide.testing.ChildProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;

/** Databases that SQLite itself writes, through the Python that is there for other tests. */
final class Sqlite {
  private Sqlite() {}

  /**
   * Runs Python with a connection {@code db} to a new database.
   *
   * @return what it printed
   */
  static String run(Path file, String script) {
    return ChildProcess.run(
        file.getParent(),
        "python3",
        "-c",
        "import sqlite3, sys, json\ndb = sqlite3.connect(sys.argv[1])\n" + script + "\ndb.commit()",
        file.toString());
  }

  /**
   * What cargo 1.95 would have written.
   *
   * @param directory for the file
   * @param used what was used when, by path in the cargo home
   */
  static byte[] cargo(Path directory, Map<String, Instant> used) {
    return cargoInSeconds(directory, Maps.transformValues(used, Instant::getEpochSecond));
  }

  /** The same with whatever stands in a damaged one. */
  static byte[] cargoInSeconds(Path directory, Map<String, Long> used) {
    StringBuilder script =
        new StringBuilder(
            """
            db.executescript('''
            CREATE TABLE registry_index (
                id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE NOT NULL,
                timestamp INTEGER NOT NULL);
            CREATE TABLE registry_crate (
                registry_id INTEGER NOT NULL, name TEXT NOT NULL, size INTEGER NOT NULL,
                timestamp INTEGER NOT NULL, PRIMARY KEY (registry_id, name),
                FOREIGN KEY (registry_id) REFERENCES registry_index (id) ON DELETE CASCADE);
            CREATE TABLE registry_src (
                registry_id INTEGER NOT NULL, name TEXT NOT NULL, size INTEGER,
                timestamp INTEGER NOT NULL, PRIMARY KEY (registry_id, name),
                FOREIGN KEY (registry_id) REFERENCES registry_index (id) ON DELETE CASCADE);
            CREATE TABLE git_db (
                id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE NOT NULL,
                timestamp INTEGER NOT NULL);
            CREATE TABLE git_checkout (
                git_id INTEGER NOT NULL, name TEXT UNIQUE NOT NULL, size INTEGER,
                timestamp INTEGER NOT NULL, PRIMARY KEY (git_id, name),
                FOREIGN KEY (git_id) REFERENCES git_db (id) ON DELETE CASCADE);
            ''')
            def parent(table, name, time):
                db.execute(f'INSERT OR IGNORE INTO {table} (name, timestamp) VALUES (?, ?)', (name, time))
                return db.execute(f'SELECT id FROM {table} WHERE name = ?', (name,)).fetchone()[0]
            def used(path, time):
                kind, name = path.split('/')[:2], path.split('/')[2:]
                if kind == ['registry', 'index']: parent('registry_index', name[0], time)
                if kind == ['git', 'db']: parent('git_db', name[0], time)
                if kind == ['registry', 'cache']:
                    db.execute('INSERT INTO registry_crate VALUES (?, ?, 1, ?)',
                               (parent('registry_index', name[0], time), name[1], time))
                if kind == ['registry', 'src']:
                    db.execute('INSERT INTO registry_src VALUES (?, ?, NULL, ?)',
                               (parent('registry_index', name[0], time), name[1], time))
                if kind == ['git', 'checkouts']:
                    db.execute('INSERT INTO git_checkout VALUES (?, ?, NULL, ?)',
                               (parent('git_db', name[0], time), name[1], time))
            """);
    used.forEach(
        (path, time) ->
            script.append("used('").append(path).append("', ").append(time).append(")\n"));
    Path file = directory.resolve("cargo.sqlite");
    try {
      run(file, script.toString());
      byte[] database = Files.readAllBytes(file);
      Files.delete(file);
      return database;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
