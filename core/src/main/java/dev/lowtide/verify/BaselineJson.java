package dev.lowtide.verify;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.JsonWriter;
import com.google.gson.stream.MalformedJsonException;
import dev.lowtide.ByteSize;
import dev.lowtide.FileKind;
import dev.lowtide.Printable;
import dev.lowtide.fs.JsonBounds;
import dev.lowtide.verify.DiskLocation.Tolerance;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The JSON form of a baseline, schema {@value #SCHEMA}, written and read as a stream.
 *
 * <p>Each entry is an array in the order of {@code columns}. The entries are in tree order, and
 * {@code depth} is the number of directories above an entry, which determines its place in the
 * tree. In a name, {@code %} is written as {@code %25}. A name that is not UTF-8 is written as
 * ASCII, with {@code %} and two hexadecimal digits for each byte that is not ASCII or comes before
 * the space.
 */
final class BaselineJson {
  private static final int SCHEMA = 2;
  private static final String[] COLUMNS = {
    "depth", "name", "kind", "allocated", "length", "inode", "modified", "changed"
  };

  /**
   * One letter for each kind, in the order of {@link #KINDS_BY_LETTER}; the marks below may follow
   * it.
   */
  private static final String KIND_LETTERS = "fdlmo";

  private static final FileKind[] KINDS_BY_LETTER = {
    FileKind.REGULAR, FileKind.DIRECTORY, FileKind.SYMLINK, FileKind.MOUNT, FileKind.OTHER
  };
  private static final String LINKED_MARK = "+";
  private static final String UNREAD_MARK = "?";

  private BaselineJson() {}

  private static final class SchemaException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    SchemaException(String message) {
      super(message);
    }
  }

  static void write(DiskBaseline baseline, Writer out) throws IOException {
    JsonWriter json = new JsonWriter(out);
    json.setHtmlSafe(false);
    json.beginObject();
    json.name("schema").value(SCHEMA);
    json.name("takenAt").value(baseline.takenAt().toString());
    json.name("locations").beginArray();
    for (DiskBaseline.Location location : baseline.locations()) {
      write(location, json, out);
    }
    json.endArray().endObject().flush();
    out.write("\n");
  }

  private static void write(DiskBaseline.Location location, JsonWriter json, Writer out)
      throws IOException {
    DiskLocation rules = location.rules();
    json.beginObject();
    json.name("name").value(rules.name());
    json.name("path").value(Printable.of(rules.root()));
    json.name("uri").value(Printable.uri(rules.root()));
    json.name("expectation").value(rules.expectation().name());
    json.name("toleratedBytes").value(rules.tolerance().bytes().bytes());
    json.name("toleratedPercent").value(rules.tolerance().percent());
    json.name("exceptions").beginArray();
    for (String glob : rules.exceptions()) {
      json.value(glob);
    }
    json.endArray();
    json.name("bytes").value(location.bytes());
    json.name("exact").value(location.exact());
    json.name("unreadable").value(location.unreadable());
    if (location.freeBytes().isPresent()) {
      json.name("freeBytes").value(location.freeBytes().getAsLong());
    }
    json.name("columns").beginArray();
    for (String column : COLUMNS) {
      json.value(column);
    }
    json.endArray();
    json.name("entries").beginArray();
    Inventory inventory = location.inventory();
    int[] depth = new int[inventory.size()];
    for (int row = 0; row < inventory.size(); row++) {
      depth[row] = row == 0 ? 0 : depth[inventory.parent(row)] + 1;
      Inventory.Row entry = inventory.row(row);
      json.flush();
      out.write("\n"); // one line for each entry, for people who read the file
      json.beginArray();
      json.value(depth[row]).value(escape(inventory.name(row))).value(kind(entry));
      json.value(entry.allocated()).value(entry.length()).value(entry.inode());
      json.value(entry.modified()).value(entry.changed());
      json.endArray();
    }
    json.endArray().endObject();
  }

  private static String kind(Inventory.Row entry) {
    int letter = List.of(KINDS_BY_LETTER).indexOf(entry.kind());
    return KIND_LETTERS.charAt(letter)
        + (entry.linked() ? LINKED_MARK : "")
        + (entry.unread() ? UNREAD_MARK : "");
  }

  private static String escape(byte[] name) {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(name)).toString();
      return text.replace("%", "%25");
    } catch (CharacterCodingException e) {
      StringBuilder escaped = new StringBuilder();
      for (byte b : name) {
        escaped.append(
            b >= ' ' && b != '%' ? String.valueOf((char) b) : String.format("%%%02X", b & 0xFF));
      }
      return escaped.toString();
    }
  }

  private static byte[] unescape(String name) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(name.length());
    for (int i = 0; i < name.length(); ) {
      int c = name.codePointAt(i);
      if (c == '%') {
        bytes.write(Integer.parseInt(name.substring(i + 1, i + 3), 16));
        i += 3;
      } else {
        bytes.writeBytes(Character.toString(c).getBytes(StandardCharsets.UTF_8));
        i += Character.charCount(c);
      }
    }
    return bytes.toByteArray();
  }

  static DiskBaseline read(Reader in) throws IOException {
    JsonBounds.Bounded bounded = JsonBounds.of(in);
    try (JsonReader json = bounded.json()) {
      return read(json, bounded.bounds());
    } catch (SchemaException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    } catch (RuntimeException | EOFException | MalformedJsonException e) {
      throw new IllegalArgumentException("It is not a complete baseline", e);
    }
  }

  private static DiskBaseline read(JsonReader json, JsonBounds bounds) throws IOException {
    Instant takenAt = Instant.EPOCH;
    List<DiskBaseline.Location> locations = new ArrayList<>();
    Set<String> keys = new LinkedHashSet<>();
    json.beginObject();
    while (json.hasNext()) {
      String key = json.nextName();
      keys.add(key);
      switch (key) {
        case "schema" -> requireSchema(json.nextInt());
        case "takenAt" -> takenAt = Instant.parse(json.nextString());
        case "locations" -> {
          require(keys.contains("schema"));
          json.beginArray();
          while (json.hasNext()) {
            locations.add(location(json, bounds));
          }
          json.endArray();
        }
        default -> json.skipValue();
      }
    }
    json.endObject();
    require(keys.containsAll(List.of("schema", "takenAt", "locations")));
    require(json.peek() == JsonToken.END_DOCUMENT);
    return new DiskBaseline(takenAt, locations);
  }

  private static void requireSchema(int schema) {
    if (schema != SCHEMA) {
      throw new SchemaException(
          "It is a baseline of schema "
              + schema
              + ", and this version reads schema "
              + SCHEMA
              + "; record it again");
    }
  }

  private static void require(boolean condition) {
    if (!condition) {
      throw new IllegalStateException("incomplete");
    }
  }

  private static DiskBaseline.Location location(JsonReader json, JsonBounds bounds)
      throws IOException {
    String name = "";
    String uri = "";
    DiskLocation.Expectation expectation = DiskLocation.Expectation.UNCHANGED;
    long toleratedBytes = 0;
    double toleratedPercent = 0;
    Set<String> exceptions = new LinkedHashSet<>();
    boolean exact = false;
    long unreadable = 0;
    OptionalLong freeBytes = OptionalLong.empty();
    Inventory inventory = null;
    json.beginObject();
    while (json.hasNext()) {
      switch (json.nextName()) {
        case "name" -> name = json.nextString();
        case "uri" -> uri = json.nextString();
        case "expectation" -> expectation = DiskLocation.Expectation.valueOf(json.nextString());
        case "toleratedBytes" -> toleratedBytes = json.nextLong();
        case "toleratedPercent" -> toleratedPercent = json.nextDouble();
        case "exceptions" -> exceptions.addAll(strings(json));
        case "exact" -> exact = json.nextBoolean();
        case "unreadable" -> unreadable = json.nextLong();
        case "freeBytes" -> freeBytes = OptionalLong.of(json.nextLong());
        case "columns" -> require(strings(json).equals(List.of(COLUMNS)));
        case "entries" -> inventory = entries(json, bounds);
        default -> json.skipValue();
      }
    }
    json.endObject();
    if (inventory == null) {
      throw new IllegalStateException("incomplete");
    }
    return new DiskBaseline.Location(
        new DiskLocation(
            name,
            Path.of(URI.create(uri)),
            expectation,
            new Tolerance(new ByteSize(toleratedBytes), toleratedPercent),
            exceptions),
        inventory,
        exact,
        unreadable,
        freeBytes,
        Optional.empty());
  }

  private static List<String> strings(JsonReader json) throws IOException {
    List<String> strings = new ArrayList<>();
    json.beginArray();
    while (json.hasNext()) {
      strings.add(json.nextString());
    }
    json.endArray();
    return strings;
  }

  private static Inventory entries(JsonReader json, JsonBounds bounds) throws IOException {
    Inventory.Builder rows = new Inventory.Builder();
    json.beginArray();
    while (json.hasNext()) {
      bounds.beginValue();
      json.beginArray();
      int depth = json.nextInt();
      byte[] name = unescape(json.nextString());
      String kind = json.nextString();
      rows.add(
          depth,
          name,
          new Inventory.Row(
              KINDS_BY_LETTER[KIND_LETTERS.indexOf(kind.charAt(0))],
              kind.contains(LINKED_MARK),
              kind.contains(UNREAD_MARK),
              json.nextLong(),
              json.nextLong(),
              json.nextLong(),
              json.nextLong(),
              json.nextLong()));
      json.endArray();
    }
    json.endArray();
    return rows.build();
  }
}
