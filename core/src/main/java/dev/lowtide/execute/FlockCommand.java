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
 * By {@code flock -n -x FILE cat}: flock(1) of util-linux 2.40 or BusyBox takes the lock, and cat
 * keeps it until its input ends.
 *
 * <p>flock(1) would create a file that is not there, and follow a symbolic link. So the file is
 * opened here, where neither can happen, and the child opens the very same by way of its descriptor
 * in {@code /proc}.
 */
final class FlockCommand implements Flock {
  /** What flock(1) ends with if another process has the lock. */
  private static final int BUSY = 1;

  /** It answers within milliseconds. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final Path OWN_DESCRIPTORS = Path.of("/proc/self/fd");

  private final HostEnvironment host;

  private FlockCommand(HostEnvironment host) {
    this.host = host;
  }

  /** Where flock(1) is on the machine's {@code PATH}, and it is this machine. */
  static Optional<Flock> on(HostEnvironment host) {
    return Files.isDirectory(OWN_DESCRIPTORS) && host.executable("flock").isPresent()
        ? Optional.of(new FlockCommand(host))
        : Optional.empty();
  }

  @Override
  public Optional<Closeable> tryLock(Path file) throws IOException {
    Closeable held = ForeignFile.at(file).held();
    try {
      return tryLockOpen(descriptor(file));
    } finally {
      held.close();
    }
  }

  private Optional<Closeable> tryLockOpen(Path descriptor) throws IOException {
    List<String> argv = List.of("flock", "-n", "-x", descriptor.toString(), "cat");
    Companion child = Companion.start(host, argv);
    boolean held = false;
    try {
      OwnProcesses.add(child.handle());
      Optional<Integer> ended = child.awaitAnswer(PATIENCE);
      held = ended.isEmpty();
      if (held) {
        return Optional.of(child);
      } else if (ended.get() == BUSY) {
        return Optional.empty();
      }
      throw new IOException("flock ended with exit code " + ended.get());
    } finally {
      if (!held) {
        child.close();
      }
    }
  }

  /** This process's descriptor of a file that it has open, under a name that a child can use. */
  private static Path descriptor(Path file) throws IOException {
    Object key = Files.readAttributes(file, "unix:fileKey", LinkOption.NOFOLLOW_LINKS);
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(OWN_DESCRIPTORS)) {
      for (Path descriptor : descriptors) {
        if (isOf(descriptor, key)) {
          return Path.of("/proc", Long.toString(ProcessHandle.current().pid()), "fd")
              .resolve(descriptor.getFileName());
        }
      }
    }
    throw new NoSuchFileException(file.toString());
  }

  private static boolean isOf(Path descriptor, Object key) {
    try {
      return Files.readAttributes(descriptor, "unix:fileKey").equals(key);
    } catch (IOException e) {
      return false; // closed meanwhile
    }
  }
}
