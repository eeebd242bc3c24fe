package dev.lowtide.fs;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Visits every name of a tree once, with several threads. It does not follow symbolic links and
 * does not enter mount points.
 *
 * <p>Implementations differ in speed and in whether allocated bytes are exact; {@code
 * TreeWalkerContract} specifies their common behaviour.
 */
public interface TreeWalker {

  /**
   * Walks a tree, and returns when every name was visited.
   *
   * <p>A file or directory that cannot be read is reported to the receiver and skipped.
   *
   * @throws java.nio.file.NoSuchFileException if the root does not exist
   * @throws java.io.InterruptedIOException if the calling thread is interrupted; the walk has ended
   *     then
   * @throws IOException if the root itself cannot be read
   */
  void walk(Path root, Receiver receiver) throws IOException;

  /** A short name for reports: {@code linux} or {@code portable}. */
  String name();

  /** The fastest walker that works for a path on this machine. */
  static TreeWalker best() {
    return NativeLayer.treeWalker().orElseGet(PortableTreeWalker::new);
  }

  /** A walker that uses only {@link java.nio.file}. */
  static TreeWalker portable() {
    return new PortableTreeWalker();
  }

  /** Receives the visited names; shared by the threads of a walk. */
  interface Receiver {
    /** Called once by each thread before it visits anything. */
    Visitor newVisitor();

    /** Whether owners and times are needed; if not, a walker may leave them out to save work. */
    boolean wantsTimes();

    /** Called from any thread for each file or directory that could not be read. */
    void problem(Path path, String operation, IOException cause);
  }

  /** Receives what one thread visits. */
  interface Visitor {
    /**
     * Called once for each name; for a directory always before any of its children.
     *
     * @param parent the number that this method, on any thread, returned for the directory that
     *     contains the name; -1 for the root
     * @param name the name; valid only during this call
     * @param stat the attributes; the next name overwrites them
     * @return a number for this directory, to be passed for its children; ignored for all other
     *     kinds
     */
    int visit(int parent, Name name, Stat stat);

    /**
     * The names of a directory to visit; null, the default, for all names. If there are none, the
     * directory is not even opened. Called directly after {@link #visit} of the directory.
     *
     * @param directory the number of that directory
     */
    default @Nullable List<byte[]> onlyNames(int directory) {
      return null;
    }

    /**
     * Called if a directory or a name in it no longer existed when it was to be read. If the
     * directory was moved, some of its names may not have been visited. Does nothing by default.
     *
     * @param directory the number of that directory
     */
    default void missed(int directory) {}
  }

  /** The name that is being visited. */
  interface Name {
    /** A new array with the bytes of the name as the file system has it. */
    byte[] bytes();
  }
}
