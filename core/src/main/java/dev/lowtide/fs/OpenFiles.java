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
 * What the processes of this machine are using, as of one pass over {@code /proc}; this process and
 * what holds locks for it are left out.
 *
 * <p>A use is an open or mapped file, a working or root directory, an executable, a socket that
 * lives, swap space, a loop device, a path on a command line, and the temporary directory that a
 * process was given: a build's link to its directory is often nothing but a variable such as pip's
 * {@code PIP_BUILD_TRACKER}.
 *
 * <p>A file is known by the path that a process used, and by its inode for those who see it under
 * another one, through a bind mount or in a container. A file that has several names counts under
 * the name by which it is used: taking away the others harms nobody.
 *
 * <p>What a pass cannot see: processes of other users, unless this one is root, and those that
 * protect themselves, which are listed as {@link #mayUseUnseen hidden}; the processes outside of
 * the container in which this one runs; what begins after the pass. Immutable and safe for use by
 * many threads.
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

  /** A process of which nothing can be seen but in whose name it works. */
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

  /** Makes a pass. Takes about a millisecond for each process; where nothing can be seen, none. */
  public static OpenFiles scan() {
    return ProcessScan.run();
  }

  static String process(String command, long pid) {
    return Printable.of(command) + " (pid " + pid + ")";
  }

  /**
   * A use of a file or of anything below it. After a tree was moved, ask for both paths: what
   * processes have open is known by where it is now, and what they were told, and sockets, by where
   * it was.
   *
   * @param path absolute, without symbolic links on the way
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

  /** The processes of which not everything was seen. */
  List<String> hiddenProcesses() {
    return hidden.stream().map(Hidden::process).toList();
  }

  /** A use of one file, under whatever path. */
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
   * Who may be using a path without being seen. An unprivileged process can see its own user's
   * processes only; of the others those count whose permissions let them do what users of such a
   * path do.
   *
   * @param path where it is, or was until it was moved
   * @param now where it is now
   * @param shared whether the place is one where everybody may read, such as {@code /tmp}; in all
   *     others only who may write counts, since who uses a cache fills it
   * @return a description; empty if nobody
   * @throws IOException if the permissions of the path or of what leads to it cannot be read
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
   * The latest pass, made again when it has become too old, so that many questions in a row cost
   * one pass. Safe for use by many threads.
   */
  public static final class Latest {
    private record Pass(OpenFiles found, long ended) {}

    private final long maxAge;
    private volatile @Nullable Pass latest;

    /**
     * @param maxAge how long ago a pass may have ended; counted from its beginning, one that takes
     *     longer than that would be made again for each question
     */
    public Latest(Duration maxAge) {
      this.maxAge = maxAge.toNanos();
    }

    /** The pass; the first one is made by the first call. */
    public OpenFiles get() {
      Pass pass = latest;
      return pass != null && isGood(pass) ? pass.found() : again();
    }

    private boolean isGood(Pass pass) {
      return System.nanoTime() - pass.ended() <= maxAge;
    }

    /** By one thread, for which the others wait. */
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
