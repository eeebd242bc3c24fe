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
 * A held lock of a quarantine: {@link FileChannel#tryLock} on a file in it. It excludes other
 * Lowtide processes; no other program opens the file. The lock ends with the process. Not
 * thread-safe.
 */
final class QuarantineLock implements Closeable {
  private static final Set<Path> CLAIMED_HERE = ConcurrentHashMap.newKeySet();

  /**
   * Channels that are never closed, since closing one would release this process's lock on the same
   * file.
   */
  private static final Set<FileChannel> LEFT_OPEN = ConcurrentHashMap.newKeySet();

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
    if (!CLAIMED_HERE.add(path)) {
      throw busy(path);
    }
    try {
      return new QuarantineLock(path, lock(path, directory));
    } catch (IOException | RuntimeException e) {
      CLAIMED_HERE.remove(path);
      throw e;
    }
  }

  private static FileChannel lock(Path path, OpenDirectory directory) throws IOException {
    Path name = path.getFileSystem().getPath(QuarantineFiles.LOCK);
    try {
      directory.openFile(name, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE).close();
    } catch (FileAlreadyExistsException e) {
      // from a process that holds it, or ended without removing it
    }
    FileStatus before = directory.stat(name);
    FileChannel channel =
        new QuarantineFiles(path, directory).open(name, before, StandardOpenOption.WRITE);
    try {
      if (channel.tryLock() == null) {
        throw busy(path);
      }
      if (!directory.stat(name).equals(before)) {
        throw new NoSuchFileException(path.toString()); // its last holder has removed it
      }
      return channel;
    } catch (OverlappingFileLockException e) {
      // Claimed in this process by another name; to close a channel of the file would end that
      // lock, fcntl(2)
      LEFT_OPEN.add(channel);
      throw busy(path);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  private static QuarantineRefusedException busy(Path path) {
    return new QuarantineRefusedException(
        "another Lowtide is running in " + Printable.of(path) + "; try again when it has finished");
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
      CLAIMED_HERE.remove(path);
    }
  }
}
