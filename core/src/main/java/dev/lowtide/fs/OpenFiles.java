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
 * The files that the processes of this machine use, from one scan of {@code /proc}; this process
 * and the children that hold locks for it are left out.
 *
 * <p>A use is an open or mapped file, a working or root directory, an executable, a live socket,
 * swap space, a loop device, a path on a command line, and the temporary directory of a process in
 * its environment: often, only a variable such as pip's {@code PIP_BUILD_TRACKER} connects a build
 * with its directory.
 *
 * <p>A file is identified by the path that a process used, and by its inode for processes that see
 * it under another path, through a bind mount or in a container. A file with several names counts
 * only under the name by which it is used: removing its other names harms no process.
 *
 * <p>A scan cannot see: processes of other users, unless this process is root, and processes that
 * protect themselves, which are listed as {@link #mayUseUnseen hidden}; processes outside the
 * container of this process; uses that begin after the scan. Immutable and safe for use by many
 * threads.
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
    private final String rest;

    How(String verb, String rest) {
      this.verb = verb;
      this.rest = rest;
    }
  }

  /**
   * One process that uses one file.
   *
   * @param process its name and id, as text
   * @param path as the process knows it
   */
  public record Use(String process, How how, Path path) {
    /** A sentence, such as {@code python3 (pid 4711) has /tmp/x open}. */
    @Override
    public String toString() {
      return (process + " " + how.verb + " " + Printable.of(path) + " " + how.rest).strip();
    }
  }

  /** A process of which only the users and groups are known. */
  record Hidden(String process, Credentials credentials) {}

  private final Map<Path, Use> atOrBelow;
  private final Map<FileKey, Use> byFile;
  private final List<Hidden> hidden;
  private final Optional<String> missing;

  OpenFiles(
      Map<Path, Use> atOrBelow,
      Map<FileKey, Use> byFile,
      List<Hidden> hidden,
      Optional<String> missing) {
    this.atOrBelow = atOrBelow;
    this.byFile = byFile;
    this.hidden = List.copyOf(hidden);
    this.missing = missing;
  }

  /**
   * Makes a scan, which takes about a millisecond for each process. If the system does not show
   * what processes use, the scan says so, and any process may use anything.
   */
  public static OpenFiles scan() {
    return ProcessScan.run();
  }

  static String process(String command, long pid) {
    return Printable.of(command) + " (pid " + pid + ")";
  }

  /**
   * A use of a path or of anything below it. For a tree that was moved, call this for both paths:
   * open files have the present path, while command lines, variables and sockets have the former
   * path.
   *
   * @param path absolute, without symbolic links
   */
  public Optional<Use> useAtOrBelow(Path path) {
    return Optional.ofNullable(atOrBelow.get(path));
  }

  /**
   * A use of a file under another path.
   *
   * @param device as {@code st_dev}
   * @param inode as {@code st_ino}
   */
  public Optional<Use> useOf(long device, long inode) {
    return Optional.ofNullable(byFile.get(new FileKey(device, inode)));
  }

  /** The processes that could not be inspected completely. */
  List<String> hiddenProcesses() {
    return hidden.stream().map(Hidden::process).toList();
  }

  /** A use of one file, under any path. */
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
   * Which processes that could not be inspected may be using a path. An unprivileged process can
   * inspect only the processes of its own user; of the others, those count whose permissions allow
   * such a use.
   *
   * @param path the path, or the former path of a tree that was moved
   * @param now the present path
   * @param shared whether reading counts as a use, as in a shared directory such as {@code /tmp};
   *     otherwise only processes that may write count, since a process that uses a cache also fills
   *     it
   * @return a description; empty if there is no such process
   * @throws IOException if the permissions of the path or of a directory above it cannot be read
   */
  public Optional<String> mayUseUnseen(Path path, Path now, boolean shared) throws IOException {
    for (Hidden process : hidden) {
      Credentials who = process.credentials();
      if (who.mayReach(path)
          && (who.mayReplace(path) || who.mayWrite(now) || (shared && who.mayRead(now)))) {
        return Optional.of(process.process() + " may use it and cannot be inspected");
      }
    }
    return missing;
  }

  /**
   * The latest scan, repeated when it is too old, so that many checks in a row need only one scan.
   * Safe for use by many threads.
   */
  public static final class Latest {
    private record Pass(OpenFiles found, long ended) {}

    private final long maxAge;
    private volatile @Nullable Pass latest;

    /**
     * @param maxAge how long ago a scan may have ended; if the age were counted from its beginning,
     *     a scan that takes longer than this would be repeated for each check
     */
    public Latest(Duration maxAge) {
      this.maxAge = maxAge.toNanos();
    }

    /**
     * Begins a scan in another thread unless there is a good one; {@link #get} waits for its end.
     */
    public void begin() {
      Pass pass = latest;
      if (pass == null || !isGood(pass)) {
        Thread thread = new Thread(this::get, "processes");
        thread.setDaemon(true);
        thread.start();
      }
    }

    /** The latest scan; the first call makes the first one. */
    public OpenFiles get() {
      Pass pass = latest;
      return pass != null && isGood(pass) ? pass.found() : again();
    }

    private boolean isGood(Pass pass) {
      return System.nanoTime() - pass.ended() <= maxAge;
    }

    /** Scans again in one thread, for which the others wait. */
    private synchronized OpenFiles again() {
      Pass pass = latest;
      if (pass == null || !isGood(pass)) {
        OpenFiles found = scan();
        pass = new Pass(found, System.nanoTime());
        latest = pass;
      }
      return pass.found();
    }
  }
}
