package dev.lowtide.fs;

import dev.lowtide.FileKind;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A file that another user may have written: everything that Lowtide reads is read through this
 * class.
 *
 * <p>It is opened without blocking and without following a link at its own name. The checks apply
 * to the opened file, whatever has its name by then. It is read once, up to a limit:
 *
 * <pre>{@code
 * byte[] record = ForeignFile.at(path).bytes(64 * 1024);
 * }</pre>
 *
 * <p>If it is not a regular file, too long, or not of a trusted owner where that is required,
 * reading fails with a {@link FileSystemException} whose reason says what is wrong and what to do.
 * If a file system does not respond, such as one whose server has died, a read waits for {@link
 * #TIMEOUT} once.
 *
 * <p>Immutable and safe for use by many threads.
 */
public final class ForeignFile {
  /**
   * The time limit for a read: a local one takes microseconds, a remote one depends on its server.
   */
  static final Duration TIMEOUT = Duration.ofSeconds(5);

  private static final int BUFFER_BYTES = 16 * 1024;

  /** Lets tests observe what is read. */
  static volatile @Nullable Consumer<Path> observer;

  private final Path path;
  private final boolean followed;
  private final boolean trusted;
  private final boolean quiet;

  private ForeignFile(Path path, boolean followed, boolean trusted, boolean quiet) {
    this.path = path.toAbsolutePath();
    this.followed = followed;
    this.trusted = trusted;
    this.quiet = quiet;
  }

  /** The file at a path; a symbolic link is not followed. */
  public static ForeignFile at(Path path) {
    return new ForeignFile(path, false, false, false);
  }

  /** The same, or the file to which a symbolic link at its name leads. */
  public ForeignFile followingLinks() {
    return new ForeignFile(path, true, trusted, quiet);
  }

  /**
   * The same, if it belongs to this user or to root, and if its permissions do not let every user
   * change it. On file systems without users, such as one in memory, every file is trusted.
   */
  public ForeignFile ofTrustedOwner() {
    return new ForeignFile(path, followed, true, quiet);
  }

  /**
   * The same, but without changing the access time, if there is a native layer and this user may do
   * so.
   */
  ForeignFile unnoticed() {
    return new ForeignFile(path, followed, trusted, true);
  }

  /**
   * The whole content.
   *
   * @param limit the most bytes that it may have
   * @throws NoSuchFileException if there is nothing
   * @throws IOException if it cannot be read or is longer
   */
  public byte[] bytes(int limit) throws IOException {
    return opened(
        file -> {
          requireSize(path, file.stat().size(), limit);
          byte[] content = read(file, limit, file.stat().size());
          if (content.length == limit && file.read(new byte[1], 0, 1) > 0) {
            throw tooLong(path, "more than " + limit, limit);
          }
          return content;
        });
  }

  /** As {@link #bytes}, as a text; what is not UTF-8 is a {@link CharacterCodingException}. */
  public String text(int limit) throws IOException {
    return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes(limit))).toString();
  }

  /**
   * The beginning, however long it is.
   *
   * @param limit the most bytes to read
   * @throws IOException as for {@link #bytes}
   */
  public byte[] beginning(int limit) throws IOException {
    return opened(file -> read(file, limit, Math.min(limit, file.stat().size())));
  }

  /**
   * A stream over the whole content, for what is too large to be held.
   *
   * @param limit the most bytes that it may have; the stream fails when it has given them and there
   *     are more
   * @throws IOException as for {@link #bytes}
   */
  public InputStream stream(long limit) throws IOException {
    OpenFile file = open();
    try {
      requireSize(path, file.stat().size(), limit);
      return new Bounded(file.stream(), path, limit);
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }

  /**
   * Whether both are regular files that hold the same bytes now.
   *
   * @throws IOException if one of them cannot be read
   */
  public static boolean haveSameContent(Path one, Path other) throws IOException {
    try (OpenFile first = at(one).open();
        OpenFile second = at(other).open()) {
      if (first.stat().size() != second.stat().size()) {
        return false;
      }
      InputStream in = first.stream();
      InputStream with = second.stream();
      byte[] bytes;
      do {
        bytes = in.readNBytes(BUFFER_BYTES);
        if (!Arrays.equals(bytes, with.readNBytes(BUFFER_BYTES))) {
          return false;
        }
      } while (bytes.length == BUFFER_BYTES);
      return true;
    }
  }

  /**
   * What the kernel tells in a file of {@code /proc} or {@code /sys}, which has no size, cannot be
   * replaced and never makes anybody wait. One byte is one character.
   *
   * @param limit the most bytes to read
   */
  public static String ofKernel(Path path, int limit) throws IOException {
    if (!path.startsWith("/proc") && !path.startsWith("/sys")) {
      throw new IllegalArgumentException(path + " is not a file of the kernel");
    }
    try (InputStream in =
        Files.newInputStream(path, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
      return new String(in.readNBytes(limit), StandardCharsets.ISO_8859_1);
    }
  }

  /**
   * Opens it, to hold it open or to read on; it is a regular file.
   *
   * @throws IOException as for {@link #bytes}
   */
  OpenFile open() throws IOException {
    return with(file -> file);
  }

  /** Keeps the file open, so that its descriptor can be handed to a child. */
  public Closeable held() throws IOException {
    return open();
  }

  /** Tells those who look what is read. */
  static void observed(Path path) {
    Consumer<Path> watching = observer;
    if (watching != null) {
      watching.accept(path);
    }
  }

  private interface Use<T> {
    T of(OpenFile file) throws IOException;
  }

  private <T> T opened(Use<T> use) throws IOException {
    return with(
        file -> {
          try (file) {
            return use.of(file);
          }
        });
  }

  /** Opens, judges and uses it, on a thread that may be left behind where anybody may hang. */
  private <T> T with(Use<T> use) throws IOException {
    observed(path);
    if (!path.getFileSystem().equals(FileSystems.getDefault())) {
      return use.of(judged(OpenFile.portably(followed ? path.toRealPath() : path)));
    }
    Path served = SilentServers.servedAbove(path);
    if (served == null) {
      OpenFile file = openAtOnce();
      if (file != null) {
        return use.of(judged(file));
      }
    }
    return SilentServers.waitFor(
        path, served, () -> use.of(judged(openSomehow(followed ? path.toRealPath() : path))));
  }

  /** Without any link on the way, and so on a file system of the kernel; null if that fails. */
  private @Nullable OpenFile openAtOnce() throws IOException {
    try {
      return NativeLayer.openFile(path, false, quiet).orElse(null);
    } catch (NoSuchFileException e) {
      throw e;
    } catch (IOException e) {
      return null; // the other way tells why
    }
  }

  private OpenFile openSomehow(Path path) throws IOException {
    Stat before = Stat.of(path);
    requireRegular(path, before);
    OpenFile file = NativeLayer.openFile(path, true, quiet).orElse(null);
    return file == null ? OpenFile.portably(path) : file;
  }

  /** Closes it unless it may be read. */
  private OpenFile judged(OpenFile file) throws IOException {
    try {
      requireRegular(path, file.stat());
      requireTrust(file.stat());
      return file;
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }

  /** Made once for every reader of the same thing, so that all say the same. */
  static void requireRegular(Path path, Stat stat) throws FileSystemException {
    if (stat.kind() != FileKind.REGULAR) {
      throw new FileSystemException(
          path.toString(),
          null,
          "it is " + stat.what() + ", not a regular file; find out who created it, then remove it");
    }
  }

  private void requireTrust(Stat stat) throws FileSystemException {
    boolean users = path.getFileSystem().equals(FileSystems.getDefault());
    if (!trusted || !users || stat.owner() == Stat.UNKNOWN_OWNER) {
      return;
    }
    int user = Stat.currentUser();
    if (stat.owner() != 0 && stat.owner() != user) {
      throw new FileSystemException(
          path.toString(),
          null,
          "it belongs to user "
              + Integer.toUnsignedString(stat.owner())
              + ", who may change it at any time; copy it, check the copy, and use that");
    } else if (stat.isWritableByAll()) {
      throw new FileSystemException(
          path.toString(),
          null,
          "every user may change it; check its content, then run chmod o-w on it");
    }
  }

  private static void requireSize(Path path, long size, long limit) throws FileSystemException {
    if (size > limit) {
      throw tooLong(path, Long.toString(size), limit);
    }
  }

  private static FileSystemException tooLong(Path path, String bytes, long limit) {
    return new FileSystemException(
        path.toString(),
        null,
        "it has "
            + bytes
            + " bytes, and at most "
            + limit
            + " are read; find out who created it, then remove it");
  }

  private static byte[] read(OpenFile file, int limit, long expected) throws IOException {
    ByteArrayOutputStream content =
        new ByteArrayOutputStream((int) Math.max(32, Math.min(limit, expected)));
    byte[] buffer = new byte[Math.min(limit, BUFFER_BYTES)];
    while (content.size() < limit) {
      int bytes = file.read(buffer, 0, Math.min(buffer.length, limit - content.size()));
      if (bytes < 0) {
        break;
      }
      content.write(buffer, 0, bytes);
    }
    return content.toByteArray();
  }

  /** Fails at the first byte beyond the bound, if the file has grown since it was opened. */
  private static final class Bounded extends InputStream {
    private final InputStream in;
    private final Path path;
    private final long limit;
    private long left;

    Bounded(InputStream in, Path path, long limit) {
      this.in = in;
      this.path = path;
      this.limit = limit;
      this.left = limit;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
      int bytes = in.read(to, offset, length);
      left -= Math.max(0, bytes);
      if (left < 0) {
        throw tooLong(path, "more than " + limit, limit);
      }
      return bytes;
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
