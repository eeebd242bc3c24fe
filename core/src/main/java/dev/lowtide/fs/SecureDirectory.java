package dev.lowtide.fs;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystems;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.PosixFileAttributeView;
import java.time.Duration;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * An open directory on top of {@link SecureDirectoryStream}: every operation is relative to a
 * descriptor.
 *
 * <p>If a FIFO replaces a directory between the check and the opening, the JDK waits for a writer;
 * so directories are opened with a {@link Deadline}. Each failed open leaks a descriptor until the
 * process ends, since JDK 25 does not close the one that it has duplicated.
 */
final class SecureDirectory implements OpenDirectory {
  private final SecureDirectoryStream<Path> stream;
  private final Iterator<Path> names;
  private final Path parentName;
  private final Duration deadline;

  /**
   * Whether an open call in this directory may still be blocked; until it returns, closing the
   * stream would block too.
   */
  private volatile boolean mayBeBlocked;

  SecureDirectory(SecureDirectoryStream<Path> stream, Path parentName) {
    this(stream, parentName, Deadline.OPEN);
  }

  /**
   * @param parentName the path {@code ..} in the file system of the stream
   */
  SecureDirectory(SecureDirectoryStream<Path> stream, Path parentName, Duration deadline) {
    this.stream = stream;
    this.names = stream.iterator();
    this.parentName = parentName;
    this.deadline = deadline;
  }

  @Override
  public Iterator<Path> names() {
    return names;
  }

  @Override
  public FileStatus stat(Path name) throws IOException {
    OpenDirectory.requireSingleName(name);
    return statAt(name);
  }

  @Override
  public FileStatus statParent() throws IOException {
    return statAt(parentName);
  }

  private FileStatus statAt(Path name) throws IOException {
    return FileStatus.of(
        stream
            .getFileAttributeView(name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
            .readAttributes());
  }

  @Override
  public FileStatus statSelf() throws IOException {
    return FileStatus.of(
        stream.getFileAttributeView(BasicFileAttributeView.class).readAttributes());
  }

  @Override
  public long modifiedNanos(Path name) throws IOException {
    OpenDirectory.requireSingleName(name);
    return stream
        .getFileAttributeView(name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .readAttributes()
        .lastModifiedTime()
        .to(TimeUnit.NANOSECONDS);
  }

  @Override
  public Access access() throws IOException {
    return Access.of(stream.getFileAttributeView(PosixFileAttributeView.class));
  }

  @Override
  public void setPermissions(int permissions) throws IOException {
    stream
        .getFileAttributeView(PosixFileAttributeView.class)
        .setPermissions(Access.permissions(permissions));
  }

  @Override
  public OpenDirectory open(Path name) throws IOException {
    OpenDirectory.requireSingleName(name);
    try {
      SecureDirectoryStream<Path> opened =
          Deadline.call(
              name, deadline, () -> stream.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS));
      return new SecureDirectory(opened, parentName, deadline);
    } catch (Deadline.MissedException e) {
      mayBeBlocked = true;
      throw e;
    }
  }

  /** The parent of a directory is always a directory, so opening it never blocks. */
  @Override
  public OpenDirectory openParent() throws IOException {
    return new SecureDirectory(
        stream.newDirectoryStream(parentName, LinkOption.NOFOLLOW_LINKS), parentName, deadline);
  }

  @Override
  public void deleteFile(Path name) throws IOException {
    OpenDirectory.requireSingleName(name);
    stream.deleteFile(name);
  }

  @Override
  public void deleteDirectory(Path name) throws IOException {
    OpenDirectory.requireSingleName(name);
    stream.deleteDirectory(name);
  }

  @Override
  public void move(Path name, OpenDirectory target, Path newName) throws IOException {
    OpenDirectory.requireSingleName(name);
    OpenDirectory.requireSingleName(newName);
    stream.move(name, ((SecureDirectory) target).stream, newName);
  }

  @Override
  public FileChannel openFile(Path name, OpenOption... options) throws IOException {
    OpenDirectory.requireSingleName(name);
    Set<OpenOption> all = new HashSet<>(Set.of(options));
    all.add(LinkOption.NOFOLLOW_LINKS);
    return (FileChannel) stream.newByteChannel(name, all);
  }

  @Override
  public void sync() throws IOException {
    Path self = parentName.getFileSystem().getPath(".");
    if (!self.getFileSystem().equals(FileSystems.getDefault())) {
      return; // in memory
    }
    try (FileChannel channel =
        (FileChannel) stream.newByteChannel(self, Set.of(StandardOpenOption.READ))) {
      channel.force(true);
    }
  }

  @Override
  public void close() throws IOException {
    if (mayBeBlocked) {
      Deadline.closeWithoutWaiting(stream);
    } else {
      stream.close();
    }
  }
}
