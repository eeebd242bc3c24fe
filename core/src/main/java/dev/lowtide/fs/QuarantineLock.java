package dev.lowtide.fs;

import dev.lowtide.Printable;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A lock of a quarantine that this process holds: {@link FileChannel#tryLock} on a file in the
 * quarantine. It excludes other Lowtide processes; no other program opens the file. The lock ends
 * with the process. Not thread-safe.
 */
final class QuarantineLock implements Closeable {
  private static final Set<Path> LOCKED_BY_THIS_PROCESS = ConcurrentHashMap.newKeySet();

  /**
   * Channels that are never closed, since closing one would release this process's lock on the same
   * file.
   */
  private static final Set<FileChannel> NEVER_CLOSED = ConcurrentHashMap.newKeySet();

  private final Path path;
  private final FileChannel channel;

  private QuarantineLock(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  /**
   * Takes the lock.
   *
   * @param directory the quarantine, open
   * @throws QuarantineRefusedException if another process or thread holds it
   * @throws NoSuchFileException if its last holder has removed the quarantine
   */
  static QuarantineLock take(Path path, OpenDirectory directory) throws IOException {
    if (!LOCKED_BY_THIS_PROCESS.add(path)) {
      throw refused(path);
    }
    try {
      return new QuarantineLock(path, lock(path, directory));
    } catch (IOException | RuntimeException e) {
      LOCKED_BY_THIS_PROCESS.remove(path);
      throw e;
    }
  }

  private static FileChannel lock(Path path, OpenDirectory directory) throws IOException {
    Path name = path.getFileSystem().getPath(QuarantineFiles.LOCK);
    try {
      directory.openFile(name, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE).close();
    } catch (FileAlreadyExistsException e) {
      // a process holds the lock, or has ended without removing the file
    }
    FileStatus before = directory.stat(name);
    FileChannel channel =
        new QuarantineFiles(path, directory).open(name, before, StandardOpenOption.WRITE);
    try {
      if (channel.tryLock() == null) {
        throw refused(path);
      }
      if (!directory.stat(name).equals(before)) {
        throw new NoSuchFileException(path.toString()); // its last holder has removed it
      }
      return channel;
    } catch (OverlappingFileLockException e) {
      // This process holds the lock by another path; closing any channel of the file would release
      // it, fcntl(2)
      NEVER_CLOSED.add(channel);
      throw refused(path);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  private static QuarantineRefusedException refused(Path path) {
    return new QuarantineRefusedException(
        "another Lowtide process is using "
            + Printable.of(path)
            + "; try again when it has finished");
  }

  /** Releases the quarantine for other processes, but not for other threads of this process. */
  void release() throws IOException {
    channel.close();
  }

  @Override
  public void close() throws IOException {
    try {
      channel.close();
    } finally {
      LOCKED_BY_THIS_PROCESS.remove(path);
    }
  }
}
