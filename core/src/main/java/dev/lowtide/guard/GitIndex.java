package dev.lowtide.guard;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.common.base.Ascii;
import com.google.common.base.Suppliers;
import dev.lowtide.fs.Names;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * The files that a Git working tree tracks, read from its index.
 *
 * <p>Lowtide reads the index itself instead of running Git, because Git runs programs that a
 * repository's configuration names, refuses repositories of other users, and is not always
 * installed. The format is that of gitformat-index(5), Git 2.39: versions 2 to 4, with SHA-1 or
 * SHA-256. A split index is not supported: reading fails, so that files that might be tracked are
 * kept.
 */
final class GitIndex {
  /** The index of a repository to which nothing was ever added. */
  static final GitIndex EMPTY = new GitIndex(new TreeSet<>());

  private static final int SIGNATURE = 0x44495243; // DIRC
  private static final int STAT_BYTES = 40;
  private static final int EXTENDED = 0x4000;
  private static final int NAME_MASK = 0xFFF;

  /**
   * The maximum length of a name. Git can store names longer than PATH_MAX, 4096, but cannot check
   * them out.
   */
  private static final int MAX_NAME_LENGTH = 64 * 1024;

  /**
   * The maximum length of all names together, since in version 4 a few bytes may stand for a long
   * name; the names of Chromium need 40 MB.
   */
  private static final long MAX_TOTAL_LENGTH = 64L << 20;

  private static final int SPLIT_INDEX = 0x6c696e6b; // link

  /**
   * The tracked paths, relative to the working tree, with slashes and each byte as one character; a
   * sparse directory ends with a slash.
   */
  private final NavigableSet<String> tracked;

  /**
   * The tracked paths in lower case, for {@link #trackedAtOrBelow} on file systems that ignore
   * case.
   */
  private final Supplier<NavigableSet<String>> trackedInLowerCase;

  private GitIndex(NavigableSet<String> tracked) {
    this.tracked = tracked;
    this.trackedInLowerCase =
        Suppliers.memoize(
            () ->
                tracked.stream()
                    .map(Ascii::toLowerCase)
                    .collect(Collectors.toCollection(TreeSet::new)));
  }

  /**
   * An index of the files that another version control system tracks, with each byte of a name as
   * one character.
   */
  static GitIndex ofNames(NavigableSet<String> tracked) {
    return new GitIndex(tracked);
  }

  /**
   * Parses an index.
   *
   * @param file the path of the index, for messages
   * @param sha256 whether the repository names objects by SHA-256 instead of SHA-1
   * @throws IOException if the format is not supported
   */
  static GitIndex parse(Path file, byte[] bytes, boolean sha256) throws IOException {
    try {
      return new GitIndex(parse(ByteBuffer.wrap(bytes), sha256 ? 32 : 20));
    } catch (IOException
        | BufferUnderflowException
        | IllegalArgumentException
        | IndexOutOfBoundsException e) {
      throw new IOException("the Git index " + file + " cannot be parsed", e);
    }
  }

  private static NavigableSet<String> parse(ByteBuffer in, int hashBytes) throws IOException {
    if (in.getInt() != SIGNATURE) {
      throw new IOException("It has no signature");
    }
    int version = in.getInt();
    int count = in.getInt();
    if (version < 2 || version > 4 || count < 0) {
      throw new IOException("It has the unknown version " + version);
    }
    NavigableSet<String> names = new TreeSet<>();
    String previous = "";
    long totalLength = 0;
    for (int i = 0; i < count; i++) {
      int start = in.position();
      in.position(start + STAT_BYTES + hashBytes);
      int flags = in.getShort();
      if ((flags & EXTENDED) != 0) {
        in.getShort();
      }
      if (version == 4) {
        int prefixLength = previous.length() - varint(in);
        previous = previous.substring(0, prefixLength) + untilNul(in);
      } else {
        int length = flags & NAME_MASK;
        if (length < NAME_MASK) {
          byte[] name = new byte[length];
          in.get(name);
          previous = new String(name, ISO_8859_1);
        } else {
          previous = untilNul(in);
          in.position(in.position() - 1);
        }
        // Padded with one to eight NULs to a multiple of eight
        in.position(start + ((in.position() - start) / 8 + 1) * 8);
      }
      totalLength += previous.length();
      if (previous.length() > MAX_NAME_LENGTH || totalLength > MAX_TOTAL_LENGTH) {
        throw new IOException("One name is too long, or all names together are");
      }
      names.add(previous);
    }
    while (in.remaining() > hashBytes) {
      if (in.getInt() == SPLIT_INDEX) {
        throw new IOException("It is a split index");
      }
      int size = in.getInt();
      if (size < 0) {
        // An endless loop otherwise
        throw new IOException("It has an extension of " + size + " bytes");
      }
      in.position(in.position() + size);
    }
    return names;
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

  private static String untilNul(ByteBuffer in) throws IOException {
    StringBuilder text = new StringBuilder();
    for (int b = in.get() & 0xFF; b != 0; b = in.get() & 0xFF) {
      text.append((char) b);
      if (text.length() > MAX_NAME_LENGTH) {
        throw new IOException("A name is too long");
      }
    }
    return text.toString();
  }

  /**
   * A tracked file at a path or below it, as text for messages.
   *
   * @param relative relative to the working tree
   * @param ignoringCase {@code core.ignoreCase}, which Git sets on file systems that ignore case
   */
  Optional<String> trackedAtOrBelow(Path relative, boolean ignoringCase) {
    StringBuilder joined = new StringBuilder();
    for (Path name : relative) {
      joined.append(joined.isEmpty() ? "" : "/").append(new String(Names.bytes(name), ISO_8859_1));
    }
    Optional<String> found =
        ignoringCase
            ? atOrBelow(trackedInLowerCase.get(), Ascii.toLowerCase(joined.toString()))
            : atOrBelow(tracked, joined.toString());
    return found.map(name -> Names.display(name.getBytes(ISO_8859_1)));
  }

  private static Optional<String> atOrBelow(NavigableSet<String> names, String path) {
    if (names.contains(path)) {
      return Optional.of(path);
    }
    for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      if (names.contains(path.substring(0, slash + 1))) {
        return Optional.of(path.substring(0, slash + 1));
      }
    }
    String prefix = path.isEmpty() ? "" : path + "/";
    String next = names.ceiling(prefix);
    return Optional.ofNullable(next).filter(name -> name.startsWith(prefix));
  }
}
