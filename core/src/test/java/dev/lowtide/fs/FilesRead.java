package dev.lowtide.fs;

import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;

/** Which foreign files are read meanwhile, so that a test can find out instead of knowing. */
public final class FilesRead {
  private FilesRead() {}

  /** What is read while something runs, and what it tries to read that is not there. */
  public static Set<Path> during(Runnable something) {
    Set<Path> read = new ConcurrentSkipListSet<>();
    ForeignFile.observer = read::add;
    try {
      something.run();
    } finally {
      ForeignFile.observer = null;
    }
    return read;
  }
}
