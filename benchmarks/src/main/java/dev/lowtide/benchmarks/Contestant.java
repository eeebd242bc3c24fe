package dev.lowtide.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** A program that can be timed. */
interface Contestant extends AutoCloseable {
  String name();

  Target target();

  /** Runs it once on a tree and returns the nanoseconds that it took. */
  long run(Path tree) throws IOException;

  /** Whether a tree for it to remove is gone after a run. */
  default boolean removes() {
    return true;
  }

  /** The most memory that it has ever used, in KiB; empty if that is not known. */
  Optional<Long> peakKib();

  @Override
  default void close() {}
}
