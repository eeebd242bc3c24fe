package dev.lowtide.execute;

import dev.lowtide.HostEnvironment;
import dev.lowtide.fs.Flock;
import dev.lowtide.fs.ForeignFile;
import dev.lowtide.fs.OwnProcesses;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Takes locks with {@code flock -n -x FILE cat}: flock(1) of util-linux 2.40 or BusyBox takes the
 * lock, and cat holds it until its input ends.
 *
 * <p>flock(1) would create a missing file, and follow a symbolic link. So Lowtide opens the file
 * without doing either, and the child opens the same file through Lowtide's descriptor of it in
 * {@code /proc}.
 */
final class FlockCommand implements Flock {
  /** The exit code of flock(1) if another process holds the lock. */
  private static final int EXIT_LOCKED = 1;

  /** How long to wait for flock(1), which normally takes milliseconds. */
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private static final Path OWN_DESCRIPTORS = Path.of("/proc/self/fd");

  private final HostEnvironment host;

  private FlockCommand(HostEnvironment host) {
    this.host = host;
  }

  /** Locks by flock(1), if it is on {@code PATH} and this system has {@code /proc}. */
  static Optional<Flock> on(HostEnvironment host) {
    return Files.isDirectory(OWN_DESCRIPTORS) && host.executable("flock").isPresent()
        ? Optional.of(new FlockCommand(host))
        : Optional.empty();
  }

  @Override
  public Optional<Closeable> tryLock(Path file) throws IOException {
    Closeable held = ForeignFile.at(file).holdOpen();
    try {
      return tryLockOpen(descriptor(file));
    } finally {
      held.close();
    }
  }

  private Optional<Closeable> tryLockOpen(Path descriptor) throws IOException {
    List<String> argv = List.of("flock", "-n", "-x", descriptor.toString(), "cat");
    HelperProcess child = HelperProcess.start(host, argv);
    boolean held = false;
    try {
      OwnProcesses.add(child.handle());
      Optional<Integer> exitCode = child.awaitReady(TIMEOUT);
      held = exitCode.isEmpty();
      if (held) {
        return Optional.of(child);
      } else if (exitCode.get() == EXIT_LOCKED) {
        return Optional.empty();
      }
      throw new IOException("flock ended with exit code " + exitCode.get());
    } finally {
      if (!held) {
        child.close();
      }
    }
  }

  /**
   * The path {@code /proc/PID/fd/N} at which a child can open a file that this process has open.
   */
  private static Path descriptor(Path file) throws IOException {
    Object key = Files.readAttributes(file, "unix:fileKey", LinkOption.NOFOLLOW_LINKS);
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(OWN_DESCRIPTORS)) {
      for (Path descriptor : descriptors) {
        if (refersTo(descriptor, key)) {
          return Path.of("/proc", Long.toString(ProcessHandle.current().pid()), "fd")
              .resolve(descriptor.getFileName());
        }
      }
    }
    throw new NoSuchFileException(file.toString());
  }

  private static boolean refersTo(Path descriptor, Object key) {
    try {
      return Files.readAttributes(descriptor, "unix:fileKey").equals(key);
    } catch (IOException e) {
      return false; // it was closed in the meantime
    }
  }
}
