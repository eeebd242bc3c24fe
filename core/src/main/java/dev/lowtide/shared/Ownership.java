package dev.lowtide.shared;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.Splitter;
import dev.lowtide.FileIdentity;
import dev.lowtide.FileKind;
import dev.lowtide.fs.ForeignFile;
import dev.lowtide.fs.OutputFile;
import dev.lowtide.fs.Stat;
import dev.lowtide.policy.Marker;
import dev.lowtide.probe.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The process that made a directory for its own use, as recorded in the directory's {@link
 * Marker#OWNED} file. After that process has ended, any process may remove what is left.
 *
 * @param pid the process id, in its own name space
 * @param started distinguishes the process from a later one with the same id: on Linux, the boot id
 *     and the start in clock ticks after the boot, which does not depend on the clock
 * @param processes the name space of process ids, or {@code unknown}
 */
public record Ownership(long pid, String started, String processes) {
  private static final int MOST_TEXT = 4096;
  private static final String UNKNOWN = "unknown";

  /** proc(5): a link such as {@code pid:[4026531836]}, different in each container. */
  private static final Path PID_NAMESPACE = Path.of("/proc/self/ns/pid");

  /** random(4): different after each boot. */
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

  // proc(5), /proc/PID/stat: what follows the name in parentheses
  private static final int STATE = 0;
  private static final int START_TICKS = 19;

  /** This process. */
  public static Ownership current() {
    return of(ProcessHandle.current());
  }

  /** The ownership of a visible process of this machine. */
  public static Ownership of(ProcessHandle process) {
    return new Ownership(process.pid(), started(process).orElse(UNKNOWN), processNamespace());
  }

  /**
   * The start of a process; empty if it has ended, even if its parent has not yet read its exit
   * code.
   */
  private static Optional<String> started(ProcessHandle process) {
    try {
      String stat =
          ForeignFile.readKernelFile(Path.of("/proc/" + process.pid() + "/stat"), MOST_TEXT);
      List<String> fields = Splitter.on(' ').splitToList(stat.substring(stat.lastIndexOf(')') + 2));
      return fields.get(STATE).matches("[ZX]")
          ? Optional.empty()
          : Optional.of(
              ForeignFile.readKernelFile(BOOT_ID, MOST_TEXT).strip()
                  + "/"
                  + fields.get(START_TICKS));
    } catch (NoSuchFileException e) {
      return process.isAlive()
          ? Optional.of(process.info().startInstant().map(Instant::toString).orElse(UNKNOWN))
          : Optional.empty();
    } catch (IOException | IndexOutOfBoundsException e) {
      return Optional.of(UNKNOWN);
    }
  }

  private static String processNamespace() {
    try {
      return Files.readSymbolicLink(PID_NAMESPACE).toString();
    } catch (IOException | UnsupportedOperationException e) {
      return UNKNOWN;
    }
  }

  /**
   * The owner of a directory; empty if it has no marker of Lowtide, or one that cannot be parsed or
   * was written for another directory: the marker is copied when a directory is cloned, copied or
   * unpacked.
   */
  public static Optional<Ownership> of(Entry directory) {
    if (!Marker.OWNED.isIn(directory)) {
      return Optional.empty();
    }
    return directory
        .child(Marker.OWNED.fileName())
        .flatMap(file -> file.text(MOST_TEXT))
        .map(Ownership::values)
        .filter(values -> isAbout(directory.path(), values))
        .flatMap(Ownership::parse);
  }

  /** Whether a directory that is in no snapshot has a marker that was written for it. */
  public static boolean isOwned(Path directory) {
    try {
      String text = ForeignFile.at(directory.resolve(Marker.OWNED.fileName())).text(MOST_TEXT);
      return text.startsWith(Marker.OWNED.beginning()) && isAbout(directory, values(text));
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean isAbout(Path directory, Map<String, String> values) {
    try {
      FileIdentity now = Stat.of(directory).identity();
      return now.isSameFile(
          new FileIdentity(
              FileKind.DIRECTORY,
              Long.parseLong(values.getOrDefault("device", "")),
              Long.parseLong(values.getOrDefault("inode", "")),
              0,
              Long.parseLong(values.getOrDefault("born", ""))));
    } catch (IOException | NumberFormatException e) {
      return false;
    }
  }

  private static Map<String, String> values(String text) {
    Map<String, String> values = new HashMap<>();
    for (String line : Splitter.on('\n').split(text)) {
      List<String> parts = Splitter.on('=').limit(2).splitToList(line);
      if (parts.size() == 2) {
        values.put(parts.get(0), parts.get(1));
      }
    }
    return values;
  }

  private static Optional<Ownership> parse(Map<String, String> values) {
    try {
      return Optional.of(
          new Ownership(
              Long.parseLong(values.getOrDefault("pid", "")),
              values.getOrDefault("started", UNKNOWN),
              values.getOrDefault("processes", UNKNOWN)));
    } catch (RuntimeException e) {
      return Optional.empty();
    }
  }

  /**
   * The text of the marker.
   *
   * @param directory the identity of the directory: its device, its inode and, if known, its
   *     creation time distinguish it from all others
   */
  public String markerText(FileIdentity directory) {
    return Marker.OWNED.beginning()
        + "# Lowtide made this directory for one run and removes it with everything in it.\n"
        + "pid="
        + pid
        + "\n"
        + "started="
        + started
        + "\n"
        + "processes="
        + processes
        + "\n"
        + "device="
        + directory.device()
        + "\n"
        + "inode="
        + directory.inode()
        + "\n"
        + "born="
        + directory.bornNanos()
        + "\n";
  }

  /** Marks a directory as made by this owner. */
  public void mark(Path directory) throws IOException {
    byte[] text = markerText(Stat.of(directory).identity()).getBytes(UTF_8);
    OutputFile.write(directory.resolve(Marker.OWNED.fileName()), out -> out.write(text));
  }

  /**
   * Whether the owner is known to have ended; false for a process of another container, which is
   * not visible.
   */
  public boolean isGone() {
    if (!processes.equals(processNamespace())) {
      return false;
    }
    Optional<String> nowUnderThatId = ProcessHandle.of(pid).flatMap(Ownership::started);
    return nowUnderThatId.isEmpty()
        || !(nowUnderThatId.get().equals(started)
            || started.equals(UNKNOWN)
            || nowUnderThatId.get().equals(UNKNOWN));
  }
}
