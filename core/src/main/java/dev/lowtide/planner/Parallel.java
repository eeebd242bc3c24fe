package dev.lowtide.planner;

import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.util.List;

/** Applies a function to each element of a list, on all processors if that is faster. */
final class Parallel {
  /**
   * The number of elements from which several threads are used: one element takes a few
   * microseconds, waking other threads a few dozen.
   */
  private static final int MANY = 1000;

  private Parallel() {}

  interface Question<T, R> {
    R ask(T about) throws InterruptedIOException;
  }

  /** The results, in the order of the elements. */
  static <T, R> List<R> map(List<T> all, Question<T, R> question) throws InterruptedIOException {
    try {
      return (all.size() < MANY ? all.stream() : all.parallelStream())
          .map(
              each -> {
                try {
                  return question.ask(each);
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
