package dev.lowtide.fs;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Visits every name of a tree once, with several threads, without following symbolic links and
 * without entering mounts.
 *
 * <p>Implementations differ in speed and in whether allocated bytes are exact; {@code
 * TreeWalkerContract} says what they share.
 */
public interface TreeWalker {

  /**
   * Walks a tree; returns when all of it was visited.
   *
   * <p>What cannot be read is reported to the receiver and left out.
   *
   * @throws java.nio.file.NoSuchFileException if the root is not there
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

  /** The walker that needs nothing but {@link java.nio.file}. */
  static TreeWalker portable() {
    return new PortableTreeWalker();
  }

  /** What is done with the names; shared by the threads of a walk. */
  interface Receiver {
    /** Called once by each thread before it visits anything. */
    Visitor newVisitor();

    /**
     * Whether owner and times of what is visited are of interest; otherwise a walker that would
     * have to do more for them may leave them out.
     */
    boolean wantsTimes();

    /** Something could not be read. Called from any thread. */
    void problem(Path path, String operation, IOException cause);
  }

  /** One thread's share of a walk. */
  interface Visitor {
    /**
     * Called once for each name; for a directory always before any of its children.
     *
     * @param parent what this method, on whichever thread, returned for the directory that holds
     *     the name; -1 for the root
     * @param name to be asked now or never
     * @param stat to be read now; the next name overwrites it
     * @return a number for this directory, to be passed for its children; ignored for all other
     *     kinds
     */
    int visit(int parent, Name name, Stat stat);

    /**
     * The names of a directory to visit; null, unless overridden, for all that are there. A
     * directory of which none is wanted is not even opened. Called directly after {@link #visit} of
     * the directory.
     *
     * @param directory the number of that directory
     */
    default @Nullable List<byte[]> onlyNames(int directory) {
      return null;
    }

    /**
     * A directory that was visited, or a name in it, was gone when it was to be looked at, as if
     * the walk had come later; what was seen of the directory may not be all that it holds, if it
     * was moved. Unless overridden, of no interest.
     *
     * @param directory the number of that directory
     */
    default void missed(int directory) {}
  }

  /** The name that is being visited. */
  interface Name {
    /** A fresh copy of the name as the file system has it. */
    byte[] bytes();
  }
}
