package dev.lowtide.fs;

import dev.lowtide.Problem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Counts the removed entries and the failures of one removal. Safe for use by many threads. */
final class RemovalTally {
  private final AtomicLong removed = new AtomicLong();
  private final AtomicLong failures = new AtomicLong();

  // guarded by itself
  private final List<Problem> problems = new ArrayList<>();

  void removed(long count) {
    removed.addAndGet(count);
  }

  /** Counts a failure, and stores its cause unless many are stored already. */
  void failed(Path path, String operation, IOException cause) {
    failures.incrementAndGet();
    synchronized (problems) {
      if (problems.size() < TreeRemover.MAX_PROBLEMS) {
        problems.add(Problem.of(path, operation, cause));
      }
    }
  }

  TreeRemover.Result result() {
    synchronized (problems) {
      return new TreeRemover.Result(removed.get(), failures.get(), problems);
    }
  }
}
