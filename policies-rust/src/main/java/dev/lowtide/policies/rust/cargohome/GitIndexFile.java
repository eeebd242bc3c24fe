package dev.lowtide.policies.rust.cargohome;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;

/**
 * Parses a Git index, gitformat-index(5): the tracked files, with what Git recorded of each when it
 * checked it out. It reads versions 2 to 4 with SHA-1; other forms, such as a split index, are an
 * {@link IOException}.
 */
final class GitIndexFile {
  /** Room for the index of some 400,000 files. */
  static final int MAX_BYTES = 64 << 20;

  private static final int SIGNATURE = 0x44495243; // DIRC
  private static final int SPLIT_INDEX = 0x6c696e6b; // link
  private static final int HASH_BYTES = 20;
  private static final int EXTENDED = 0x4000;

  /**
   * The maximum length of all names together, since in version 4 a few bytes may stand for a long
   * name.
   */
  private static final long MAX_TOTAL_NAME_BYTES = 64L << 20;

  private GitIndexFile() {}

  /**
   * A file as it was checked out.
   *
   * @param mode its kind and permissions, as in {@code st_mode}
   * @param size in bytes, modulo 2³²
   * @param hash of the blob, in hexadecimal digits
   */
  record Tracked(int mode, Instant modified, long size, String hash) {
    boolean isRegular() {
      return mode >> 12 == 8;
    }

    boolean isLink() {
      return mode >> 12 == 10;
    }

    /** Whether it is a submodule, of which the index contains only the commit. */
    boolean isSubmodule() {
      return mode >> 12 == 14;
    }
  }

  /** The tracked files by their names, relative to the working tree. */
  static Map<String, Tracked> parse(byte[] bytes) throws IOException {
    if (bytes.length > MAX_BYTES) {
      throw new IOException("it is longer than " + MAX_BYTES + " bytes");
    }
    try {
      return parse(ByteBuffer.wrap(bytes));
    } catch (BufferUnderflowException
        | IllegalArgumentException
        | IndexOutOfBoundsException
        | NegativeArraySizeException e) {
      throw new IOException("it is truncated or damaged", e);
    }
  }

  private static Map<String, Tracked> parse(ByteBuffer in) throws IOException {
    if (in.getInt() != SIGNATURE) {
      throw new IOException("it has no signature");
    }
    int version = in.getInt();
    int count = in.getInt();
    if (version < 2 || version > 4) {
      throw new IOException("it has the unknown version " + version);
    }
    Map<String, Tracked> files = new HashMap<>();
    byte[] name = {};
    long nameBytes = 0;
    for (int i = 0; i < count; i++) {
      int start = in.position();
      in.position(start + 8); // time of change
      Instant modified = Instant.ofEpochSecond(unsigned(in), unsigned(in));
      in.position(in.position() + 8); // device, inode
      int mode = in.getInt();
      in.position(in.position() + 8); // owner, group
      long size = unsigned(in);
      byte[] hash = new byte[HASH_BYTES];
      in.get(hash);
      if ((in.getShort() & EXTENDED) != 0) {
        in.getShort();
      }
      int kept = version == 4 ? name.length - varint(in) : 0;
      byte[] rest = untilNul(in);
      name = Arrays.copyOf(name, kept + rest.length);
      System.arraycopy(rest, 0, name, kept, rest.length);
      if (version < 4) { // padded with one to eight NULs to a multiple of eight
        in.position(start + ((in.position() - 1 - start) / 8 + 1) * 8);
      }
      nameBytes += name.length;
      if (nameBytes > MAX_TOTAL_NAME_BYTES) {
        throw new IOException(
            "its names have more than " + MAX_TOTAL_NAME_BYTES + " bytes together");
      }
      files.put(
          new String(name, UTF_8),
          new Tracked(mode, modified, size, HexFormat.of().formatHex(hash)));
    }
    refuseSplitIndex(in);
    return files;
  }

  private static void refuseSplitIndex(ByteBuffer in) throws IOException {
    while (in.remaining() > HASH_BYTES) {
      if (in.getInt() == SPLIT_INDEX) {
        throw new IOException("it is a split index");
      }
      int size = in.getInt();
      if (size < 0) {
        throw new IOException("it has an extension of " + size + " bytes");
      }
      in.position(in.position() + size);
    }
  }

  private static long unsigned(ByteBuffer in) {
    return Integer.toUnsignedLong(in.getInt());
  }

  /** Reads a variable-length number as used for pack offsets, gitformat-pack(5). */
  private static int varint(ByteBuffer in) {
    int b = in.get();
    int value = b & 0x7F;
    while (b < 0) {
      b = in.get();
      value = ((value + 1) << 7) | (b & 0x7F);
    }
    return value;
  }

  private static byte[] untilNul(ByteBuffer in) {
    int start = in.position();
    while (in.get() != 0) {
      // read on
    }
    byte[] text = new byte[in.position() - 1 - start];
    in.get(start, text);
    return text;
  }
}
