package dev.lowtide.planner;

import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.util.List;

/** Applies a function to each element of a list, on all processors if that is faster. */
final class Parallel {
  /**
   * The number of elements from which several threads are used: an element takes a few
   * microseconds, and waking the other threads a few dozen, which pays only for many elements.
   */
  private static final int MIN_PARALLEL = 1000;

  private Parallel() {}

  interface InterruptibleFunction<T, R> {
    R apply(T element) throws InterruptedIOException;
  }

  /** The results, in the order of the elements. */
  static <T, R> List<R> map(List<T> all, InterruptibleFunction<T, R> function)
      throws InterruptedIOException {
    try {
      return (all.size() < MIN_PARALLEL ? all.stream() : all.parallelStream())
          .map(
              each -> {
                try {
                  return function.apply(each);
                } catch (InterruptedIOException e) {
                  throw new UncheckedIOException(e);
                }
              })
          .toList();
    } catch (UncheckedIOException e) {
      if (e.getCause() instanceof InterruptedIOException interrupted) {
        throw interrupted;
      }
      throw e;
    }
  }
}
