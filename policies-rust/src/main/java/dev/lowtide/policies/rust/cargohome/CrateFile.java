package dev.lowtide.policies.rust.cargohome;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPInputStream;

/**
 * Reads a {@code .crate} once from beginning to end: a gzipped tar archive whose names begin with
 * {@code NAME-VERSION/}, as GNU tar and the crate {@code tar} 0.4 write it. Any other form causes
 * an {@link IOException}.
 */
final class CrateFile {
  /** Larger than any crate: crates.io accepts 10 MiB by default. */
  static final int MAX_BYTES = 64 << 20;

  /** {@code MAX_UNPACK_SIZE} in cargo 1.95, src/cargo/sources/registry/mod.rs. */
  private static final long MAX_UNPACKED = 512L << 20;

  /** The maximum length of a long name, which GNU tar writes in an entry of its own. */
  private static final int MAX_NAME = 64 << 10;

  private static final int BLOCK = 512;

  private final InputStream tar;
  private final String prefix;
  private String name = "";
  private long size;
  private long modified;

  /** How many bytes of the current file and its padding are still unread. */
  private long unread;

  private long unpacked;

  /**
   * @param fileName {@code NAME-VERSION.crate}
   */
  CrateFile(byte[] bytes, String fileName) throws IOException {
    if (bytes.length > MAX_BYTES) {
      throw new IOException("longer than " + MAX_BYTES + " bytes");
    }
    tar = new GZIPInputStream(new ByteArrayInputStream(bytes), 1 << 16);
    prefix = fileName.substring(0, fileName.length() - ".crate".length()) + "/";
  }

  /** Moves to the next regular file; false at the end. */
  boolean next() throws IOException {
    String longName = "";
    while (true) {
      tar.skipNBytes(unread);
      unread = 0;
      byte[] header = read(BLOCK);
      if (header[0] == 0) {
        return false;
      }
      size = octal(header, 124, 12);
      modified = octal(header, 136, 12);
      long padded = (size + BLOCK - 1) / BLOCK * BLOCK;
      unpacked += BLOCK + padded;
      if (unpacked > MAX_UNPACKED) {
        throw new IOException("unpacks to more than " + MAX_UNPACKED + " bytes");
      }
      unread = padded;
      switch (header[156]) {
        case 'L' -> {
          if (size > MAX_NAME) {
            throw new IOException("a name of " + size + " bytes");
          }
          longName = text(content(), 0, (int) size);
        }
        case '0', 0 -> {
          String whole = longName.isEmpty() ? shortName(header) : longName;
          longName = "";
          if (whole.startsWith(prefix)) {
            name = whole.substring(prefix.length());
            return true;
          }
        }
        case '5', 'g' -> longName = "";
        default -> throw new IOException("an entry of type " + (char) header[156]);
      }
    }
  }

  /** The name of the current file, relative to the directory of the crate. */
  String name() {
    return name;
  }

  long size() {
    return size;
  }

  /** Seconds since 1970. */
  long modified() {
    return modified;
  }

  /** The content of the current file; can be called once for each file. */
  byte[] content() throws IOException {
    byte[] content = read(Math.toIntExact(size));
    unread -= size;
    return content;
  }

  private byte[] read(int length) throws IOException {
    byte[] bytes = tar.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException();
    }
    return bytes;
  }

  /**
   * The name in a header. POSIX ustar has a field for the beginning of a long name; GNU tar uses
   * that field differently.
   */
  private static String shortName(byte[] header) {
    String last = text(header, 0, 100);
    boolean posix = text(header, 257, 6).equals("ustar");
    String first = posix ? text(header, 345, 155) : "";
    return first.isEmpty() ? last : first + "/" + last;
  }

  private static String text(byte[] bytes, int from, int length) {
    int end = from;
    while (end < from + length && bytes[end] != 0) {
      end++;
    }
    return new String(bytes, from, end - from, StandardCharsets.UTF_8);
  }

  private static long octal(byte[] header, int from, int length) throws IOException {
    try {
      return Long.parseUnsignedLong(text(header, from, length - 1).strip(), 8);
    } catch (NumberFormatException e) {
      throw new IOException("a number that is not octal", e);
    }
  }
}
