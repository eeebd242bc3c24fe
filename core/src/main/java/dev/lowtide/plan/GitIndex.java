package dev.lowtide.plan;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import com.google.common.base.Ascii;
import dev.lowtide.fs.Names;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The files that a Git working tree tracks, read from its index.
 *
 * <p>The index is read here and Git is not asked, because Git runs what a repository's
 * configuration names, refuses other users' repositories, and is not everywhere. The format is that
 * of gitformat-index(5), Git 2.39: versions 2 to 4, with SHA-1 or SHA-256. A split index is not
 * understood, and reading fails, so that what might be tracked is kept.
 */
final class GitIndex {
  private static final int SIGNATURE = 0x44495243; // DIRC
  private static final int STAT_BYTES = 40;
  private static final int EXTENDED = 0x4000;
  private static final int NAME_MASK = 0xFFF;
  private static final int SPLIT_INDEX = 0x6c696e6b; // link

  /**
   * Relative to the working tree, with slashes, each byte as one character; a sparse directory ends
   * with a slash.
   */
  private final NavigableSet<String> tracked;

  /** {@code core.ignoreCase}, which Git sets where the file system does not tell cases apart. */
  private final boolean ignoresCase;

  private GitIndex(NavigableSet<String> names, boolean ignoresCase) {
    this.ignoresCase = ignoresCase;
    this.tracked =
        ignoresCase
            ? names.stream().map(Ascii::toLowerCase).collect(Collectors.toCollection(TreeSet::new))
            : names;
  }

  /**
   * The directory at or above a path that has a {@code .git}, which may be a file in a linked
   * working tree.
   */
  static Optional<Path> workingTree(Path path) {
    for (Path directory = path; directory != null; directory = directory.getParent()) {
      if (Files.exists(directory.resolve(".git"), LinkOption.NOFOLLOW_LINKS)) {
        return Optional.of(directory);
      }
    }
    return Optional.empty();
  }

  /**
   * Reads the index of a working tree.
   *
   * @throws IOException if it cannot be read or understood
   */
  static GitIndex read(Path workingTree) throws IOException {
    Path directory = gitDirectory(workingTree.resolve(".git"));
    Path index = directory.resolve("index");
    if (!Files.isDirectory(directory)) {
      // A working tree without its repository, as in a container that was given the one alone
      throw new IOException("There is no Git directory " + directory);
    }
    byte[] bytes;
    try {
      bytes = contents(index);
    } catch (NoSuchFileException e) {
      return new GitIndex(new TreeSet<>(), false); // nothing was ever added
    }
    try {
      List<String> config = config(directory);
      boolean sha256 = config.contains("objectformat=sha256");
      return new GitIndex(
          parse(ByteBuffer.wrap(bytes), sha256 ? 32 : 20), config.contains("ignorecase=true"));
    } catch (BufferUnderflowException | IllegalArgumentException | IndexOutOfBoundsException e) {
      throw new IOException("The Git index " + index + " is not understood", e);
    }
  }

  private static Path gitDirectory(Path dotGit) throws IOException {
    if (Files.isDirectory(dotGit)) {
      return dotGit;
    }
    String text = new String(contents(dotGit), UTF_8).strip();
    if (!text.startsWith("gitdir: ")) {
      throw new IOException("The file " + dotGit + " is not understood");
    }
    return resolve(requireNonNull(dotGit.getParent()), text.substring("gitdir: ".length()));
  }

  private static Path resolve(Path directory, String text) throws IOException {
    try {
      return directory.resolve(text);
    } catch (InvalidPathException e) {
      throw new IOException("What Git refers to from " + directory + " is not a path", e);
    }
  }

  /**
   * Reads a file; a FIFO in its place would keep the reader waiting for ever.
   *
   * @throws NoSuchFileException if there is none, and for no other reason
   */
  private static byte[] contents(Path file) throws IOException {
    if (Files.readAttributes(file, BasicFileAttributes.class).isOther()) {
      throw new IOException("It is not a regular file: " + file);
    }
    return Files.readAllBytes(file);
  }

  /** The lines of the repository's configuration, in lower case and without blanks. */
  private static List<String> config(Path directory) throws IOException {
    Path common = directory;
    try {
      String text = new String(contents(directory.resolve("commondir")), UTF_8).strip();
      common = resolve(directory, text);
    } catch (NoSuchFileException e) {
      // the main working tree
    }
    try {
      return Ascii.toLowerCase(new String(contents(common.resolve("config")), ISO_8859_1))
          .lines()
          .map(line -> line.replace(" ", "").strip())
          .toList();
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }

  private static NavigableSet<String> parse(ByteBuffer in, int hashBytes) throws IOException {
    if (in.getInt() != SIGNATURE) {
      throw new IOException("No signature");
    }
    int version = in.getInt();
    int count = in.getInt();
    if (version < 2 || version > 4 || count < 0) {
      throw new IOException("Version " + version);
    }
    NavigableSet<String> names = new TreeSet<>();
    String previous = "";
    for (int i = 0; i < count; i++) {
      int start = in.position();
      in.position(start + STAT_BYTES + hashBytes);
      int flags = in.getShort();
      if ((flags & EXTENDED) != 0) {
        in.getShort();
      }
      if (version == 4) {
        int kept = previous.length() - varint(in);
        previous = previous.substring(0, kept) + untilNul(in);
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
      names.add(previous);
    }
    while (in.remaining() > hashBytes) {
      if (in.getInt() == SPLIT_INDEX) {
        throw new IOException("A split index");
      }
      int size = in.getInt();
      if (size < 0) {
        throw new IOException("An extension of " + size + " bytes"); // would be read for ever
      }
      in.position(in.position() + size);
    }
    return names;
  }

  /** The variable-length number of pack offsets, gitformat-pack(5). */
  private static int varint(ByteBuffer in) {
    int b = in.get();
    int value = b & 0x7F;
    while (b < 0) {
      b = in.get();
      value = ((value + 1) << 7) | (b & 0x7F);
    }
    return value;
  }

  private static String untilNul(ByteBuffer in) {
    StringBuilder text = new StringBuilder();
    for (int b = in.get() & 0xFF; b != 0; b = in.get() & 0xFF) {
      text.append((char) b);
    }
    return text.toString();
  }

  /**
   * A tracked file at a path or below it.
   *
   * @param relative relative to the working tree
   */
  Optional<String> trackedAtOrBelow(Path relative) {
    StringBuilder joined = new StringBuilder();
    for (Path name : relative) {
      joined.append(joined.isEmpty() ? "" : "/").append(new String(Names.bytes(name), ISO_8859_1));
    }
    String path = ignoresCase ? Ascii.toLowerCase(joined.toString()) : joined.toString();
    if (tracked.contains(path)) {
      return Optional.of(path);
    }
    for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      if (tracked.contains(path.substring(0, slash + 1))) {
        return Optional.of(path.substring(0, slash + 1));
      }
    }
    String below = path.isEmpty() ? "" : path + "/";
    String next = tracked.ceiling(below);
    return Optional.ofNullable(next).filter(name -> name.startsWith(below));
  }
}
