package dev.lowtide.fs;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.MalformedJsonException;
import java.io.FilterReader;
import java.io.IOException;
import java.io.Reader;

/**
 * Checks a JSON document while a {@link JsonReader} reads it, since another user may have written
 * it: reading fails before parsing needs too much memory or too deep a stack. The document itself
 * is never held in memory. Not thread-safe.
 */
public final class JsonBounds extends FilterReader {
  /** A plan has five levels. */
  static final int MAX_DEPTH = 32;

  /**
   * Longer than any path: on Linux it has at most 4096 bytes, and a URI writes a byte as at most
   * three characters.
   */
  static final int MAX_STRING = 64 * 1024;

  /** More characters than any 64-bit number has. */
  static final int MAX_NUMBER = 64;

  /** More values than the largest item of a plan contains. */
  static final int MAX_VALUES = 100_000;

  private boolean inString;
  private boolean escaped;
  private int length;
  private int depth;
  private int values;

  private JsonBounds(Reader in) {
    super(in);
  }

  /** A reader of JSON and the bounds that hold for it. */
  public record Bounded(JsonReader json, JsonBounds bounds) {}

  /** Reads a document strictly according to RFC 8259. */
  public static Bounded of(Reader in) {
    JsonBounds bounds = new JsonBounds(in);
    JsonReader json = new JsonReader(bounds);
    json.setStrictness(Strictness.STRICT);
    return new Bounded(json, bounds);
  }

  /** Restarts the count of values. Call it before each value that is read as a tree. */
  public void beginValue() {
    values = 0;
  }

  @Override
  public int read() throws IOException {
    int c = super.read();
    if (c >= 0) {
      check((char) c);
    }
    return c;
  }

  @Override
  public int read(char[] to, int offset, int count) throws IOException {
    int read = super.read(to, offset, count);
    for (int i = offset; i < offset + read; i++) {
      check(to[i]);
    }
    return read;
  }

  private void check(char c) throws IOException {
    if (inString) {
      length++;
      if (length > MAX_STRING) {
        throw new MalformedJsonException(
            "a string in it has more than " + MAX_STRING + " characters");
      }
      if (escaped) {
        escaped = false;
      } else if (c == '\\') {
        escaped = true;
      } else if (c == '"') {
        inString = false;
        length = 0;
      }
      return;
    }
    switch (c) {
      case '"' -> {
        inString = true;
        length = 0;
      }
      case '[', '{' -> {
        length = 0;
        if (++depth > MAX_DEPTH) {
          throw new MalformedJsonException("it is nested deeper than " + MAX_DEPTH + " levels");
        }
      }
      case ']', '}' -> {
        length = 0;
        depth--;
      }
      case ',' -> {
        length = 0;
        if (++values > MAX_VALUES) {
          throw new MalformedJsonException(
              "one of its values contains more than " + MAX_VALUES + " other values");
        }
      }
      case ':', ' ', '\t', '\n', '\r' -> length = 0;
      default -> {
        if (++length > MAX_NUMBER) {
          throw new MalformedJsonException(
              "a number in it has more than " + MAX_NUMBER + " characters");
        }
      }
    }
  }
}
