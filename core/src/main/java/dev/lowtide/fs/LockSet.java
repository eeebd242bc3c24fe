package dev.lowtide.fs;

import dev.lowtide.FileIdentity;
import dev.lowtide.FileKind;
import dev.lowtide.Printable;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.FileSystems;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.LoggerFactory;

/**
 * Holds locks that other programs use, while files of these programs are removed.
 *
 * <p>It uses the first of three ways that is available: flock(2) itself; a child process that holds
 * the lock; the kernel's lock table, which only shows that no process holds a lock now. If none is
 * available, nothing is held, and the result says so. POSIX locks, which the first two ways cannot
 * see, are always looked up in the table.
 *
 * <p>On a file system that is not the default one, such as one in memory, no other program has
 * locks: the files must exist, and are not locked. Not thread-safe.
 */
public final class LockSet implements Closeable {
  private record Held(FileIdentity file, Closeable lock) {}

  private final Optional<Flock> flock;
  private final Map<Path, Held> held = new LinkedHashMap<>();

  /**
   * Creates a set that holds no locks yet.
   *
   * @param child takes locks in a child process if there is no native layer
   */
  public LockSet(Optional<Flock> child) {
    this(NativeLayer.flock(), child);
  }

  LockSet(Optional<Flock> nativeFlock, Optional<Flock> child) {
    flock = nativeFlock.or(() -> child);
  }

  /**
   * Checks whether a process holds a lock, without taking it.
   *
   * @return a message that names the process, or says that the file no longer exists or cannot be
   *     examined; empty if no process is known to hold the lock
   */
  public static Optional<String> findHolder(Path file) {
    try {
      Stat stat = Stat.of(file);
      return isNotLocal(file)
          ? Optional.empty()
          : LockTable.read().heldByOthers(stat).map(lock -> holderMessage(file, lock));
    } catch (NoSuchFileException e) {
      return Optional.of(goneMessage(file));
    } catch (IOException e) {
      return Optional.of(unknownMessage(file, String.valueOf(e.getMessage())));
    }
  }

  /**
   * Takes the locks of further files. A lock that is already held stays held if the file is still
   * the same.
   *
   * @param item what will be removed; a lock file must belong to the owner of the item or to this
   *     process's user
   * @return why not all locks can be taken; empty if all are held
   * @throws InterruptedIOException if the thread is interrupted
   */
  public Optional<String> hold(Path item, Collection<Path> files) throws InterruptedIOException {
    for (Path file : files) {
      Optional<String> refusal;
      try {
        refusal = hold(item, file);
      } catch (InterruptedIOException e) {
        throw e;
      } catch (NoSuchFileException e) {
        refusal = Optional.of(goneMessage(file));
      } catch (IOException e) {
        refusal = Optional.of(unknownMessage(file, String.valueOf(e.getMessage())));
      }
      if (refusal.isPresent()) {
        return refusal;
      }
    }
    return Optional.empty();
  }

  /**
   * Checks that a lock is free, by taking and releasing it: a tool that then takes the lock itself
   * will not wait. Other locks stay held.
   *
   * @param item what the tool will change; as in {@link #hold(Path, Collection)}
   * @return why it cannot be taken; empty if it can
   * @throws InterruptedIOException if the thread is interrupted
   */
  public Optional<String> checkFree(Path item, Path file) throws InterruptedIOException {
    try {
      return hold(item, List.of(file));
    } finally {
      release(file);
    }
  }

  private Optional<String> hold(Path item, Path file) throws IOException {
    Stat stat = Stat.of(file);
    if (isNotLocal(file)) {
      return Optional.empty();
    }
    Optional<String> whyNotALockFile = whyNotALockFile(item, file, stat);
    if (whyNotALockFile.isPresent()) {
      return whyNotALockFile.map(why -> unknownMessage(file, why));
    }
    // Read before the file is opened: closing the file would release the POSIX locks of this
    // process on it
    LockTable table = LockTable.read();
    Optional<LockTable.Lock> other = table.heldByOthers(stat);
    if (other.isPresent()) {
      return other.map(lock -> holderMessage(file, lock));
    }
    Held existing = held.get(file);
    if (existing != null && existing.file().isSameFile(stat.identity())) {
      return Optional.empty();
    }
    release(file);
    if (flock.isEmpty()) {
      return table.covers(stat)
          ? Optional.empty()
          : Optional.of(unknownMessage(file, "there is no 'flock' on PATH"));
    }
    Optional<Closeable> lock = flock.get().tryLock(file);
    if (lock.isEmpty()) {
      return Optional.of(
          LockTable.read()
              .heldByOthers(stat)
              .map(each -> holderMessage(file, each))
              .orElseGet(() -> holderMessage(file, "a process that cannot be inspected")));
    }
    held.put(file, new Held(stat.identity(), lock.get()));
    Stat now = Stat.of(file);
    if (!now.identity().isSameFile(stat.identity())) {
      return Optional.of(unknownMessage(file, "the file was replaced just now; try again"));
    }
    return LockTable.read().heldByOthers(now).map(each -> holderMessage(file, each));
  }

  /** Why a file cannot be a lock file that other programs use; empty if it can. */
  private static Optional<String> whyNotALockFile(Path item, Path file, Stat stat)
      throws IOException {
    if (stat.kind() != FileKind.REGULAR) {
      return Optional.of("it is not a regular file");
    }
    Path parent = file.getParent();
    if (parent == null || !parent.toRealPath().equals(parent)) {
      return Optional.of("its path contains a symbolic link");
    }
    int owner = stat.owner();
    return owner == Stat.currentUser() || owner == Stat.of(item).owner()
        ? Optional.empty()
        : Optional.of("it belongs to user " + Integer.toUnsignedString(owner));
  }

  private static boolean isNotLocal(Path file) {
    return !file.getFileSystem().equals(FileSystems.getDefault());
  }

  private static String holderMessage(Path file, LockTable.Lock lock) {
    Optional<String> name = lock.pid() > 0 ? ProcFs.command(lock.pid()) : Optional.empty();
    return holderMessage(
        file,
        name.map(command -> OpenFiles.process(command, lock.pid()))
            // Without a process id, the lock belongs to an open file, which another process may
            // have inherited
            .or(() -> OpenFiles.scan().useOf(file).map(OpenFiles.Use::process))
            .orElse("a process that cannot be inspected"));
  }

  private static String holderMessage(Path file, String process) {
    return process + " holds the lock " + Printable.of(file);
  }

  private static String goneMessage(Path file) {
    return "the lock file " + Printable.of(file) + " is gone, so it cannot be locked; plan again";
  }

  private static String unknownMessage(Path file, String why) {
    return "whether a process holds the lock " + Printable.of(file) + " is unknown: " + why;
  }

  private void release(Path file) {
    Held lock = held.remove(file);
    if (lock != null) {
      try {
        lock.lock().close();
      } catch (IOException e) {
        LoggerFactory.getLogger(LockSet.class).warn("Cannot release the lock {}", file, e);
      }
    }
  }

  /** Releases all locks. The set can take locks again afterwards. */
  public void releaseAll() {
    List.copyOf(held.keySet()).forEach(this::release);
  }

  @Override
  public void close() {
    releaseAll();
  }
}
