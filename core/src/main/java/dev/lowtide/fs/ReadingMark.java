package dev.lowtide.fs;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A mark that shows other Lowtide processes of the same user that this process only measures and
 * plans: while it is set, they do not count the files that this process reads, and the paths on its
 * command line, as in use.
 *
 * <p>The mark is a POSIX lock on one byte of the process's own file in {@code /proc}, at a position
 * that is specific to the process. The kernel's lock table shows the holder, so nobody can set the
 * mark for another process or by accident, and it ends with the process. A process that sets it
 * accepts that files may be removed while it reads them. What it has mapped, executes, has as its
 * working directory or may write still counts as in use. The mark is not set while this process
 * removes something.
 */
public final class ReadingMark {
  /** "Lowtide" in ASCII, shifted beyond the largest number of a process, 2^22. */
  private static final long POSITION = 0x4C_6F_77L << 32;

  private static final Path MARKED_FILE = Path.of("/proc/self/comm");

  /**
   * The fields of a line in {@code /proc/locks}: number, kind, advisory, access, process, file, and
   * the first and last byte.
   */
  private static final Pattern LOCK =
      Pattern.compile("\\d+: POSIX +ADVISORY +READ +([0-9]+) \\S+ ([0-9]+) ([0-9]+)");

  private static int readers;
  private static int removers;
  private static @Nullable FileChannel markedFile;

  private ReadingMark() {}

  /** Sets the mark until {@link #endReading} has been called the same number of times. */
  public static synchronized void beginReading() {
    readers++;
    update();
  }

  public static synchronized void endReading() {
    readers--;
    update();
  }

  /**
   * Clears the mark, if it is set, until {@link #endRemoving} has been called the same number of
   * times.
   */
  public static synchronized void beginRemoving() {
    removers++;
    update();
  }

  public static synchronized void endRemoving() {
    removers--;
    update();
  }

  private static void update() {
    boolean isWanted = readers > 0 && removers == 0;
    try {
      if (isWanted && markedFile == null) {
        markedFile = mark();
      } else if (!isWanted && markedFile != null) {
        markedFile.close();
        markedFile = null;
      }
    } catch (IOException e) {
      // without the mark, other processes count this one's files as in use
    }
  }

  private static @Nullable FileChannel mark() throws IOException {
    FileChannel channel = FileChannel.open(MARKED_FILE);
    try {
      if (channel.tryLock(position(ProcessHandle.current().pid()), 1, true) != null) {
        return channel;
      }
    } catch (IOException | OverlappingFileLockException e) {
      // a system without such locks, or the Lowtide of another class loader
    }
    channel.close();
    return null;
  }

  private static long position(long pid) {
    return POSITION + pid;
  }

  /** The processes that are marked now. */
  static Set<Long> processes() {
    Set<Long> processes = new HashSet<>();
    try {
      for (String line : ProcFs.lines(ProcFs.read(ProcFs.PROC.resolve("locks")))) {
        Matcher lock = LOCK.matcher(line);
        if (lock.matches()) {
          long pid = Long.parseLong(lock.group(1));
          String position = Long.toString(position(pid));
          if (lock.group(2).equals(position) && lock.group(3).equals(position)) {
            processes.add(pid);
          }
        }
      }
    } catch (IOException e) {
      // the system has no lock table, so no process is marked
    }
    return processes;
  }
}
