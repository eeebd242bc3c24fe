package dev.lowtide.fs;

import dev.lowtide.Printable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The files that the processes of this machine use, from one scan of {@code /proc}; without this
 * process and the children that hold locks for it.
 *
 * <p>A use is an open or mapped file, a working or root directory, an executable, a live socket, a
 * path on a command line, and a directory in the environment of a process from which it takes code
 * or in which it has its temporary files: often only a variable, such as pip's {@code
 * PIP_BUILD_TRACKER}, connects a build with its directory. Mounts, layers of overlay file systems,
 * swap space and loop devices are uses too.
 *
 * <p>A file is identified by the path that a process used, and by its inode for processes that see
 * it under another path, through a bind mount or in a container. A file with several hard links
 * counts only under the name by which it is used: removing its other names harms no process.
 *
 * <p>Unless this process is root, it cannot inspect processes of other users and processes that
 * protect themselves. {@link #findPossibleHiddenUse} reports those that may use a path, but none of
 * root: only root could inspect them. A scan does not find processes outside the container of this
 * process, or uses that begin after the scan. Immutable and safe for use by many threads.
 */
public final class OpenFiles {

  /** How a process uses a file. */
  enum How {
    OPEN("has", "open"),
    MAPPED("has", "mapped into its memory"),
    DIRECTORY("works in", ""),
    ROOT("is confined to", ""),
    EXECUTABLE("runs", ""),
    SOCKET("has the socket", "open"),
    ARGUMENT("was started with", ""),
    TEMPORARY("has its temporary files in", ""),
    CODE("runs code of", ""),
    MOUNT("shows", ""),
    LAYER("is made from", ""),
    SWAP("swaps to", ""),
    LOOP("has a loop device on", "");

    private final String verb;
    private final String suffix;

    How(String verb, String suffix) {
      this.verb = verb;
      this.suffix = suffix;
    }
  }

  /**
   * One process that uses one file.
   *
   * @param process its name and id, as text; or the mount or the kernel, if that uses the file
   * @param path the path that the process used
   */
  public record Use(String process, How how, Path path) {
    /** A sentence, such as {@code python3 (pid 4711) has /tmp/x open}. */
    @Override
    public String toString() {
      return (process + " " + how.verb + " " + Printable.of(path) + " " + how.suffix).strip();
    }
  }

  /** A process that could not be inspected completely, with what is known of its permissions. */
  record HiddenProcess(String process, Credentials credentials) {}

  private final Map<Path, Use> atOrBelow;
  private final Map<FileKey, Use> byFile;
  private final List<HiddenProcess> hidden;
  private final Optional<String> unavailable;

  OpenFiles(
      Map<Path, Use> atOrBelow,
      Map<FileKey, Use> byFile,
      List<HiddenProcess> hidden,
      Optional<String> unavailable) {
    this.atOrBelow = atOrBelow;
    this.byFile = byFile;
    this.hidden = List.copyOf(hidden);
    this.unavailable = unavailable;
  }

  /**
   * Scans all processes, which takes about a millisecond for each. If the system does not show what
   * processes use, {@link #findPossibleHiddenUse} reports that for every path.
   */
  public static OpenFiles scan() {
    return ProcessScan.run();
  }

  static String process(String command, long pid) {
    return Printable.of(command) + " (pid " + pid + ")";
  }

  /**
   * Finds a use of a path or of anything below it. For a tree that was moved, call this for both
   * paths: open files have the present path, while command lines, variables and sockets have the
   * former path.
   *
   * @param path absolute, without symbolic links
   */
  public Optional<Use> useAtOrBelow(Path path) {
    return Optional.ofNullable(atOrBelow.get(path));
  }

  /**
   * Finds a use of a file under any path.
   *
   * @param device as {@code st_dev}
   * @param inode as {@code st_ino}
   */
  public Optional<Use> useOf(long device, long inode) {
    return Optional.ofNullable(byFile.get(new FileKey(device, inode)));
  }

  /** The processes that could not be inspected completely. */
  List<String> hiddenProcesses() {
    return hidden.stream().map(HiddenProcess::process).toList();
  }

  /** Finds a use of a file, by its path or its inode. */
  Optional<Use> useOf(Path file) {
    return useAtOrBelow(file)
        .or(
            () -> {
              try {
                Stat stat = Stat.of(file);
                return useOf(stat.device(), stat.inode());
              } catch (IOException e) {
                return Optional.empty();
              }
            });
  }

  /**
   * Finds a process that could not be inspected and may be using a path. An unprivileged process
   * can inspect only the processes of its own user; another process counts if its permissions allow
   * such a use.
   *
   * @param path the path, or the former path of a tree that was moved
   * @param presentPath the path of the tree now
   * @param shared whether reading counts as a use, as in a shared directory such as {@code /tmp};
   *     otherwise only processes that may write count, since a process that uses a cache also fills
   *     it
   * @return a sentence for people; empty if there is no such process
   * @throws IOException if the permissions of the path or of a directory above it cannot be read
   */
  public Optional<String> findPossibleHiddenUse(Path path, Path presentPath, boolean shared)
      throws IOException {
    for (HiddenProcess process : hidden) {
      Credentials credentials = process.credentials();
      if (credentials.canReach(path)
          && (credentials.mayReplace(path)
              || credentials.mayWrite(presentPath)
              || (shared && credentials.mayRead(presentPath)))) {
        return Optional.of(process.process() + " may use it and cannot be inspected");
      }
    }
    return unavailable;
  }

  /**
   * Caches the latest scan, and scans again when it is too old, so that many checks in a row need
   * only one scan. Safe for use by many threads.
   */
  public static final class Latest {
    private record Scan(OpenFiles found, long ended) {}

    private final long maxAge;
    private volatile @Nullable Scan latest;

    /**
     * @param maxAge the maximum time since the end of a scan. It is not counted from the beginning:
     *     a scan that takes longer than this would then be repeated for each check
     */
    public Latest(Duration maxAge) {
      this.maxAge = maxAge.toNanos();
    }

    /**
     * Begins a scan in another thread if the latest one is too old; {@link #get} waits for its end.
     */
    public void begin() {
      Scan cached = latest;
      if (cached == null || !isFresh(cached)) {
        Thread thread = new Thread(this::get, "lowtide-processes");
        thread.setDaemon(true);
        thread.start();
      }
    }

    /** The latest scan, or a new one if that is too old or there is none. */
    public OpenFiles get() {
      Scan cached = latest;
      return cached != null && isFresh(cached) ? cached.found() : rescan();
    }

    private boolean isFresh(Scan cached) {
      return System.nanoTime() - cached.ended() <= maxAge;
    }

    /** Scans in one thread, while others that need the result wait. */
    private synchronized OpenFiles rescan() {
      Scan cached = latest;
      if (cached == null || !isFresh(cached)) {
        OpenFiles found = scan();
        cached = new Scan(found, System.nanoTime());
        latest = cached;
      }
      return cached.found();
    }
  }
}
