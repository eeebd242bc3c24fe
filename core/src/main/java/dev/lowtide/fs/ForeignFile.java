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
 * A file that another user may have written. Lowtide reads all such files through this class.
 *
 * <p>It is opened without blocking and without following a link at its own name. The checks apply
 * to the opened file, even if another file has its name by then. It is read once, up to a limit:
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

  /** Called with the path of each file that is read; for tests. */
  static volatile @Nullable Consumer<Path> observer;

  private final Path path;
  private final boolean followsLink;
  private final boolean requiresTrustedOwner;
  private final boolean keepsAccessTime;

  private ForeignFile(
      Path path, boolean followsLink, boolean requiresTrustedOwner, boolean keepsAccessTime) {
    this.path = path.toAbsolutePath();
    this.followsLink = followsLink;
    this.requiresTrustedOwner = requiresTrustedOwner;
    this.keepsAccessTime = keepsAccessTime;
  }

  /** The file at a path; a symbolic link is not followed. */
  public static ForeignFile at(Path path) {
    return new ForeignFile(path, false, false, false);
  }

  /** The same file; if its name is a symbolic link, the file to which the link leads. */
  public ForeignFile followingLinks() {
    return new ForeignFile(path, true, requiresTrustedOwner, keepsAccessTime);
  }

  /**
   * The same file, which is read only if it belongs to this user or to root, and not every user may
   * write to it. On file systems without users, such as one in memory, every file is trusted.
   */
  public ForeignFile ofTrustedOwner() {
    return new ForeignFile(path, followsLink, true, keepsAccessTime);
  }

  /**
   * The same file; reading does not change its access time if there is a native layer and this user
   * may request that.
   */
  ForeignFile preservingAccessTime() {
    return new ForeignFile(path, followsLink, requiresTrustedOwner, true);
  }

  /**
   * The whole content.
   *
   * @param limit the maximum number of bytes that it may have
   * @throws NoSuchFileException if it does not exist
   * @throws IOException if it cannot be read or is longer
   */
  public byte[] bytes(int limit) throws IOException {
    return openAndClose(
        file -> {
          requireSize(path, file.stat().size(), limit);
          byte[] content = read(file, limit, file.stat().size());
          if (content.length == limit && file.read(new byte[1], 0, 1) > 0) {
            throw tooLong(path, "more than " + limit, limit);
          }
          return content;
        });
  }

  /** Like {@link #bytes}, as text; throws a {@link CharacterCodingException} if it is not UTF-8. */
  public String text(int limit) throws IOException {
    return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes(limit))).toString();
  }

  /**
   * The beginning, however long it is.
   *
   * @param limit the maximum number of bytes to read
   * @throws IOException as for {@link #bytes}
   */
  public byte[] beginning(int limit) throws IOException {
    return openAndClose(file -> read(file, limit, Math.min(limit, file.stat().size())));
  }

  /**
   * A stream over the whole content, for files that do not fit in memory.
   *
   * @param limit the maximum number of bytes that it may have; reading the stream fails after that
   *     many bytes if there are more
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
      InputStream firstStream = first.stream();
      InputStream secondStream = second.stream();
      byte[] bytes;
      do {
        bytes = firstStream.readNBytes(BUFFER_BYTES);
        if (!Arrays.equals(bytes, secondStream.readNBytes(BUFFER_BYTES))) {
          return false;
        }
      } while (bytes.length == BUFFER_BYTES);
      return true;
    }
  }

  /**
   * Reads a file of {@code /proc} or {@code /sys}, which has no size, cannot be replaced and never
   * blocks. Each byte becomes one character.
   *
   * @param limit the maximum number of bytes to read
   */
  public static String readKernelFile(Path path, int limit) throws IOException {
    if (!path.startsWith("/proc") && !path.startsWith("/sys")) {
      throw new IllegalArgumentException(path + " is not in /proc or /sys");
    }
    try (InputStream in =
        Files.newInputStream(path, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
      return new String(in.readNBytes(limit), StandardCharsets.ISO_8859_1);
    }
  }

  /**
   * Opens the file for reading; it is a regular file.
   *
   * @throws IOException as for {@link #bytes}
   */
  OpenFile open() throws IOException {
    return openAndUse(file -> file);
  }

  /** Opens the file and keeps it open, so that a child process can inherit its descriptor. */
  public Closeable holdOpen() throws IOException {
    return open();
  }

  /** Tells the observer, if there is one, which file is read. */
  static void notifyObserver(Path path) {
    Consumer<Path> current = observer;
    if (current != null) {
      current.accept(path);
    }
  }

  private interface Use<T> {
    T apply(OpenFile file) throws IOException;
  }

  private <T> T openAndClose(Use<T> use) throws IOException {
    return openAndUse(
        file -> {
          try (file) {
            return use.apply(file);
          }
        });
  }

  /**
   * Opens, checks and uses the file; if that may hang, on another thread, which is abandoned after
   * the timeout.
   */
  private <T> T openAndUse(Use<T> use) throws IOException {
    notifyObserver(path);
    if (!path.getFileSystem().equals(FileSystems.getDefault())) {
      return use.apply(checked(OpenFile.openPortably(followsLink ? path.toRealPath() : path)));
    }
    Path mount = UnresponsiveServers.findMountServedByOthers(path);
    if (mount == null) {
      OpenFile file = openDirectly();
      if (file != null) {
        return use.apply(checked(file));
      }
    }
    return UnresponsiveServers.waitFor(
        path,
        mount,
        () -> use.apply(checked(openThroughLinks(followsLink ? path.toRealPath() : path))));
  }

  /**
   * Opens the file if its path contains no link, so that it is not on a mount that others serve;
   * null if that fails.
   */
  private @Nullable OpenFile openDirectly() throws IOException {
    try {
      return NativeLayer.openFile(path, false, keepsAccessTime).orElse(null);
    } catch (NoSuchFileException e) {
      throw e;
    } catch (IOException e) {
      return null; // openThroughLinks reports the reason
    }
  }

  private OpenFile openThroughLinks(Path path) throws IOException {
    Stat before = Stat.of(path);
    requireRegular(path, before);
    OpenFile file = NativeLayer.openFile(path, true, keepsAccessTime).orElse(null);
    return file == null ? OpenFile.openPortably(path) : file;
  }

  /** Returns the file if it may be read; closes it otherwise. */
  private OpenFile checked(OpenFile file) throws IOException {
    try {
      requireRegular(path, file.stat());
      requireTrust(file.stat());
      return file;
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }

  /** Requires a regular file; shared by all readers, so that their messages are the same. */
  static void requireRegular(Path path, Stat stat) throws FileSystemException {
    if (stat.kind() != FileKind.REGULAR) {
      throw new FileSystemException(
          path.toString(),
          null,
          "it is "
              + stat.describeKind()
              + ", not a regular file; find out who created it, then remove it");
    }
  }

  private void requireTrust(Stat stat) throws FileSystemException {
    boolean hasUsers = path.getFileSystem().equals(FileSystems.getDefault());
    if (!requiresTrustedOwner || !hasUsers || stat.owner() == Stat.UNKNOWN_OWNER) {
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

  /** Fails at the first byte beyond the limit, in case the file has grown since it was opened. */
  private static final class Bounded extends InputStream {
    private final InputStream in;
    private final Path path;
    private final long limit;
    private long remaining;

    Bounded(InputStream in, Path path, long limit) {
      this.in = in;
      this.path = path;
      this.limit = limit;
      this.remaining = limit;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
      int bytes = in.read(to, offset, length);
      remaining -= Math.max(0, bytes);
      if (remaining < 0) {
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
