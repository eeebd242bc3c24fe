package dev.lowtide.policies.rust.cargohome;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonArray;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reads what SQLite has written. */
class SqliteFileTest {
  @TempDir Path directory;

  private Path file() {
    return directory.resolve("db");
  }

  private SqliteFile read() throws IOException {
    return new SqliteFile(Files.readAllBytes(file()));
  }

  /** Enough rows for three levels of pages, texts that spill over, and all lengths of numbers. */
  private static String manyRows(int pageSize) {
    return "db.execute('PRAGMA page_size = "
        + pageSize
        + "')\n"
        + """
        db.execute('CREATE TABLE t (id INTEGER PRIMARY KEY, "name" TEXT, [n] INTEGER, x REAL, b BLOB, UNIQUE (name, n))')
        import random
        random.seed(7)
        for i in range(4000):
            name = None if i % 97 == 0 else 'äb' * random.choice([0, 1, 20, 300 if i % 50 == 0 else 2, 9000 if i % 500 == 0 else 3]) + str(i)
            db.execute('INSERT INTO t VALUES (?, ?, ?, ?, ?)', (i * 3 - 500, name, random.randint(-2**63, 2**63 - 1) >> random.randint(0, 63), i / 7, b'x' * (i % 5)))
        db.execute('DELETE FROM t WHERE id % 5 = 1')
        db.execute('ALTER TABLE t ADD COLUMN late TEXT')
        db.execute("UPDATE t SET late = 'now' WHERE id % 2 = 0")
        print(json.dumps(db.execute('SELECT id, name, n, late FROM t ORDER BY id').fetchall()))
        """;
  }

  @ParameterizedTest
  @ValueSource(ints = {512, 4096, 65536})
  void readsTheRowsThatSqliteReads(int pageSize) throws IOException {
    JsonArray expected =
        JsonParser.parseString(Sqlite.run(file(), manyRows(pageSize))).getAsJsonArray();

    List<SqliteFile.Row> rows = read().rows("t");

    assertThat(rows).hasSize(expected.size());
    for (int i = 0; i < rows.size(); i++) {
      JsonArray row = expected.get(i).getAsJsonArray();
      assertThat(rows.get(i).number("id")).contains(row.get(0).getAsLong());
      assertThat(rows.get(i).text("name").orElse(null))
          .isEqualTo(row.get(1).isJsonNull() ? null : row.get(1).getAsString());
      assertThat(rows.get(i).number("n")).contains(row.get(2).getAsLong());
      assertThat(rows.get(i).text("late").isPresent()).isNotEqualTo(row.get(3).isJsonNull());
    }
  }

  @Test
  void hasNoRowsOfATableThatIsNotThere() throws IOException {
    Sqlite.run(file(), "db.execute('CREATE TABLE t (a)')");

    assertThat(read().rows("t")).isEmpty();
    assertThat(read().rows("u")).isEmpty();
  }

  @Test
  void refusesWhatIsNoDatabase() {
    assertThatThrownBy(
            () -> new SqliteFile("SQLite format 2".repeat(20).getBytes(StandardCharsets.US_ASCII)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new SqliteFile(new byte[0]))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void isNoTreeWhereAPageLeadsBackToItself() {
    ByteBuffer file = ByteBuffer.allocate(512);
    file.put("SQLite format 3\0".getBytes(StandardCharsets.US_ASCII)).putShort((short) 512);
    file.put(100, (byte) 5).putInt(108, 1); // an interior page, and its last child

    assertThatThrownBy(() -> new SqliteFile(file.array()).rows("any"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("its pages are not a tree");
  }

  @Test
  void isNotUnderstoodWhereItsTextIsUtf16() {
    ByteBuffer file = ByteBuffer.allocate(512);
    file.put("SQLite format 3\0".getBytes(StandardCharsets.US_ASCII)).putShort((short) 512);
    file.putInt(56, 2);

    assertThatThrownBy(() -> new SqliteFile(file.array()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("its text is not UTF-8");
  }

  /** Nothing but an {@link IllegalArgumentException}, and none of them takes for ever. */
  @Test
  void endsWithDamagedFilesToo() {
    List<String> names = new ArrayList<>();
    Map<String, Instant> used = new TreeMap<>();
    for (int i = 0; i < 300; i++) {
      used.put("registry/src/index-1/crate-" + i + ".0.0", Instant.ofEpochSecond(1 + i));
    }
    byte[] whole = Sqlite.cargo(directory, used);
    assertThat(CargoUse.parse(whole).orElseThrow().times()).containsAllEntriesOf(used);
    Random random = new Random(11);
    for (int i = 0; i < 3000; i++) {
      byte[] damaged = whole.clone();
      for (int n = random.nextInt(4); n >= 0; n--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
      }
      byte[] cut = Arrays.copyOf(damaged, random.nextInt(damaged.length));
      CargoUse.parse(damaged).ifPresent(each -> names.addAll(each.times().keySet()));
      CargoUse.parse(cut).ifPresent(each -> names.addAll(each.times().keySet()));
    }
    assertThat(names).as("what could still be read").isNotEmpty();
  }
}
