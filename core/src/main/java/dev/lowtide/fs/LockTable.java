package dev.lowtide.fs;

import com.google.common.base.Splitter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The locks of every kind that processes of this machine hold now: {@code /proc/locks} of proc(5).
 *
 * <p>The table names a file by the device of its file system and its inode. On btrfs and overlayfs,
 * the device number of a file differs from that of its file system; there, files with equal inodes
 * count as the same file, and the table alone cannot prove that no process holds a lock. In a
 * container it cannot prove that either, since it leaves out the locks of processes that are not
 * visible there.
 */
final class LockTable {
  private static final Path LOCKS = Path.of("/proc/locks");
  private static final Path MOUNTINFO = Path.of("/proc/self/mountinfo");

  /** The link in {@code /proc/self/ns} outside all containers, {@code PROC_PID_INIT_INO}. */
  private static final String ALL_PROCESSES = "pid:[4026531836]";

  private static final Pattern LINE =
      Pattern.compile(
          "\\d+: (?<kind>\\w+) +\\w+ +\\w+ +(?<pid>-?\\d+)"
              + " (?<major>[0-9a-f]+):(?<minor>[0-9a-f]+):(?<inode>\\d+) .*");

  private static final int DEVICE_FIELD = 2;

  /**
   * A lock that is held.
   *
   * @param kind such as {@code FLOCK} or {@code POSIX}
   * @param pid the process that took it; -1 if the lock belongs to an open file, 0 if no process is
   *     named
   */
  record Lock(String kind, long pid, FileKey file) {}

  private final List<Lock> locks;
  private final Set<Long> mountedDevices;
  private final boolean listsAllProcesses;

  LockTable(List<Lock> locks, Set<Long> mountedDevices, boolean listsAllProcesses) {
    this.locks = locks;
    this.mountedDevices = mountedDevices;
    this.listsAllProcesses = listsAllProcesses;
  }

  /** Reads the current table; if there is none, the result lists no locks. */
  static LockTable read() {
    try {
      return new LockTable(
          parse(Files.readString(LOCKS, StandardCharsets.ISO_8859_1)),
          mountedDevices(Files.readString(MOUNTINFO, StandardCharsets.ISO_8859_1)),
          Files.readSymbolicLink(Path.of("/proc/self/ns/pid")).toString().equals(ALL_PROCESSES));
    } catch (IOException
        | UnsupportedOperationException
        | IllegalArgumentException // the text is not in the format of proc(5)
        | IndexOutOfBoundsException e) {
      return new LockTable(List.of(), Set.of(), false);
    }
  }

  static List<Lock> parse(String text) {
    List<Lock> locks = new ArrayList<>();
    for (String line : ProcFs.lines(text)) {
      // A waiting process has an arrow before the kind; the lock for which it waits has its own
      // line
      Matcher lock = LINE.matcher(line);
      if (lock.matches()) {
        long device = FileKey.device(hex(lock.group("major")), hex(lock.group("minor")));
        FileKey file = new FileKey(device, Long.parseUnsignedLong(lock.group("inode")));
        locks.add(new Lock(lock.group("kind"), Long.parseLong(lock.group("pid")), file));
      }
    }
    return locks;
  }

  private static int hex(String digits) {
    return Integer.parseUnsignedInt(digits, 16);
  }

  private static Set<Long> mountedDevices(String mountinfo) {
    Set<Long> mountedDevices = new HashSet<>();
    for (String line : ProcFs.lines(mountinfo)) {
      if (!line.isEmpty()) {
        List<String> number = Splitter.on(':').splitToList(field(line, DEVICE_FIELD));
        mountedDevices.add(
            FileKey.device(Integer.parseInt(number.get(0)), Integer.parseInt(number.get(1))));
      }
    }
    return mountedDevices;
  }

  private static String field(String line, int index) {
    return Splitter.on(' ').splitToList(line).get(index);
  }

  /** A lock on a file that another process holds. */
  Optional<Lock> heldByOthers(Stat file) {
    return locks.stream()
        .filter(lock -> lock.file().inode() == file.inode())
        .filter(
            lock ->
                lock.file().device() == file.device() || !mountedDevices.contains(file.device()))
        .filter(lock -> !(lock.kind().equals("FLOCK") && OwnProcesses.contains(lock.pid())))
        .findFirst();
  }

  /** Whether the table would list a lock on the file if there were one. */
  boolean covers(Stat file) {
    return listsAllProcesses && mountedDevices.contains(file.device());
  }
}
