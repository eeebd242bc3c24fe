package dev.lowtide.policies.rust.cargohome;

import com.google.common.base.Ascii;
import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Reads the tables of an SQLite database in memory from beginning to end: no indexes, no queries,
 * no tables WITHOUT ROWID, text in UTF-8 only. A journal or write-ahead log beside the file is not
 * read.
 *
 * <p>From "Database File Format", SQLite 3.53. Other and incomplete files are an {@link
 * IllegalArgumentException}.
 */
final class SqliteFile {
  private static final byte[] MAGIC = "SQLite format 3\0".getBytes(StandardCharsets.US_ASCII);
  private static final int HEADER = 100;
  private static final int PAGE_SIZE_AT = 16;
  private static final int RESERVED_AT = 20;
  private static final int ENCODING_AT = 56;
  private static final int UTF_8 = 1;

  private static final int INTERIOR = 0x05;
  private static final int LEAF = 0x0d;

  private static final Pattern CONSTRAINT =
      Pattern.compile("(?is)(primary|foreign|unique|check|constraint)\\b.*");
  private static final Pattern ROW_ID =
      Pattern.compile("(?is)\\S+\\s+integer\\s+primary\\s+key\\b.*");

  /** SQLite's own limit: {@code BTCURSOR_MAX_DEPTH} in btreeInt.h, 3.53. */
  private static final int MAX_DEPTH = 20;

  /** More than cargo has ever used; a crafted file may claim more. */
  private static final int MAX_ROWS = 300_000;

  private final ByteBuffer file;
  private final int pageSize;
  private final int usable;

  /** How many bytes the rows of a table may still take, since rows do not overlap. */
  private long left;

  /** The values of a row by column name, without null values. */
  record Row(Map<String, Object> values) {
    Optional<String> text(String column) {
      return values.get(column) instanceof String text ? Optional.of(text) : Optional.empty();
    }

    Optional<Long> number(String column) {
      return values.get(column) instanceof Long number ? Optional.of(number) : Optional.empty();
    }
  }

  private record Table(int rootPage, List<String> columns, Optional<String> rowIdColumn) {}

  /** Takes a whole file. */
  SqliteFile(byte[] content) {
    file = ByteBuffer.wrap(content);
    if (content.length < HEADER || !ByteBuffer.wrap(MAGIC).equals(file.slice(0, MAGIC.length))) {
      throw new IllegalArgumentException("it is not an SQLite database");
    }
    int size = file.getShort(PAGE_SIZE_AT) & 0xFFFF;
    pageSize = size == 1 ? 1 << 16 : size;
    usable = pageSize - (file.get(RESERVED_AT) & 0xFF);
    if (pageSize < 512 || Integer.bitCount(pageSize) != 1 || usable < 480) {
      throw new IllegalArgumentException("its pages have " + pageSize + " bytes");
    }
    int encoding = file.getInt(ENCODING_AT);
    if (encoding != UTF_8 && encoding != 0) { // 0 in a database without any text
      throw new IllegalArgumentException("its text is not UTF-8");
    }
  }

  /** All rows of a table; empty if there is no such table. */
  List<Row> rows(String name) {
    try {
      Optional<Table> table = table(name);
      left = file.capacity();
      List<Row> rows = new ArrayList<>();
      table.ifPresent(found -> read(found, found.rootPage(), 0, new HashSet<>(), rows));
      return rows;
    } catch (IndexOutOfBoundsException
        | BufferUnderflowException
        | ArithmeticException
        | NegativeArraySizeException e) {
      throw new IllegalArgumentException("it is incomplete", e);
    }
  }

  private Optional<Table> table(String name) {
    List<String> columns = List.of("type", "name", "tbl_name", "rootpage", "sql");
    List<Row> schema = new ArrayList<>();
    left = file.capacity();
    read(new Table(1, columns, Optional.empty()), 1, 0, new HashSet<>(), schema);
    return schema.stream()
        .filter(row -> row.text("type").filter("table"::equals).isPresent())
        .filter(row -> row.text("name").filter(name::equals).isPresent())
        .map(row -> describe(row.text("sql").orElse(""), row.number("rootpage").orElse(0L)))
        .findFirst();
  }

  /** Reads the columns from the statement that made the table. */
  private static Table describe(String sql, long rootPage) {
    List<String> columns = new ArrayList<>();
    Optional<String> rowId = Optional.empty();
    for (String definition : definitions(sql)) {
      if (!CONSTRAINT.matcher(definition).matches()) {
        String column =
            Ascii.toLowerCase(definition.split("\\s", 2)[0].replaceAll("[\"`\\[\\]]", ""));
        columns.add(column);
        if (ROW_ID.matcher(definition).matches()) {
          rowId = Optional.of(column);
        }
      }
    }
    return new Table(Math.toIntExact(rootPage), columns, rowId);
  }

  /** The texts between the commas of the outermost parentheses. */
  private static List<String> definitions(String sql) {
    List<String> definitions = new ArrayList<>();
    int depth = 0;
    int start = 0;
    for (int i = 0; i < sql.length(); i++) {
      char c = sql.charAt(i);
      if (c == '(' && depth++ == 0) {
        start = i + 1;
      } else if ((c == ')' && --depth == 0) || (c == ',' && depth == 1)) {
        definitions.add(sql.substring(start, i).strip());
        start = i + 1;
      }
    }
    return definitions;
  }

  /**
   * Reads the rows of a page and of the pages below it.
   *
   * @param seen the pages of this table that were already read: a damaged file may have cycles
   */
  private void read(Table table, int page, int depth, Set<Integer> seen, List<Row> rows) {
    if (page < 1 || depth > MAX_DEPTH || !seen.add(page)) {
      throw new IllegalArgumentException("its pages are not a tree");
    }
    ByteBuffer content = page(page);
    int start = page == 1 ? HEADER : 0;
    int type = content.get(start);
    if (type != INTERIOR && type != LEAF) {
      throw new IllegalArgumentException("page " + page + " is not of a table");
    }
    int cells = content.getShort(start + 3) & 0xFFFF;
    int pointers = start + (type == LEAF ? 8 : 12);
    for (int i = 0; i < cells; i++) {
      content.position(content.getShort(pointers + 2 * i) & 0xFFFF);
      if (type == LEAF) {
        rows.add(row(table, content));
        if (rows.size() > MAX_ROWS) {
          throw new IllegalArgumentException("it has too many rows");
        }
      } else {
        read(table, content.getInt(), depth + 1, seen, rows);
      }
    }
    if (type == INTERIOR) {
      read(table, content.getInt(start + 8), depth + 1, seen, rows);
    }
  }

  private ByteBuffer page(int number) {
    return file.slice(Math.multiplyExact(number - 1, pageSize), pageSize);
  }

  private Row row(Table table, ByteBuffer cell) {
    long size = varint(cell);
    long rowId = varint(cell);
    ByteBuffer record = payload(cell, Math.toIntExact(size));
    int headerEnd = Math.toIntExact(varint(record));
    ByteBuffer header = record.duplicate().limit(headerEnd);
    record.position(headerEnd);
    Map<String, Object> values = new HashMap<>();
    for (int i = 0; header.hasRemaining(); i++) {
      Optional<Object> value = value(varint(header), record);
      if (i < table.columns().size()) {
        String column = table.columns().get(i);
        value.ifPresent(present -> values.put(column, present));
      }
    }
    table.rowIdColumn().ifPresent(column -> values.put(column, rowId));
    return new Row(values);
  }

  /** The record of a row. Overflow pages continue a record that does not fit into its page. */
  private ByteBuffer payload(ByteBuffer cell, int size) {
    left -= size;
    if (size < 0 || left < 0) {
      throw new IllegalArgumentException("the rows in it are larger than the file");
    }
    int most = usable - 35;
    int least = (usable - 12) * 32 / 255 - 23;
    int even = least + (size - least) % (usable - 4);
    int here = size <= most ? size : even <= most ? even : least;
    ByteBuffer first = cell.slice(cell.position(), here);
    if (here == size) {
      return first;
    }
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    write(first, all);
    int next = cell.getInt(cell.position() + here);
    while (all.size() < size) {
      ByteBuffer overflow = page(next);
      next = overflow.getInt(0);
      write(overflow.slice(4, Math.min(usable - 4, size - all.size())), all);
    }
    return ByteBuffer.wrap(all.toByteArray());
  }

  private static void write(ByteBuffer from, ByteArrayOutputStream to) {
    byte[] bytes = new byte[from.remaining()];
    from.get(bytes);
    to.write(bytes, 0, bytes.length);
  }

  /**
   * Reads a value of a serial type; skips blobs and floating-point numbers, which are not needed.
   */
  private static Optional<Object> value(long type, ByteBuffer record) {
    if (type >= 12) {
      byte[] bytes = new byte[Math.toIntExact((type - 12) / 2)];
      record.get(bytes);
      return type % 2 == 1
          ? Optional.of(new String(bytes, StandardCharsets.UTF_8))
          : Optional.empty();
    }
    return switch ((int) type) {
      case 1, 2, 3, 4 -> Optional.of(integer(record, (int) type));
      case 5 -> Optional.of(integer(record, 6));
      case 6 -> Optional.of(integer(record, 8));
      case 7 -> {
        record.getDouble();
        yield Optional.empty();
      }
      case 8 -> Optional.of(0L);
      case 9 -> Optional.of(1L);
      default -> Optional.empty();
    };
  }

  private static Long integer(ByteBuffer record, int bytes) {
    long value = record.get();
    for (int i = 1; i < bytes; i++) {
      value = (value << 8) | (record.get() & 0xFF);
    }
    return value;
  }

  /**
   * Reads seven bits of each byte, most significant first, while the eighth bit is set; all bits of
   * the ninth byte.
   */
  private static long varint(ByteBuffer from) {
    long value = 0;
    for (int i = 0; i < 8; i++) {
      byte next = from.get();
      value = (value << 7) | (next & 0x7F);
      if (next >= 0) {
        return value;
      }
    }
    return (value << 8) | (from.get() & 0xFF);
  }
}
