package dev.lowtide.planner;

import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.util.List;

/** Asks a question about each of many things, on all processors where that is worth it. */
final class Parallel {
  /** To ask about one takes some microseconds, to wake other threads some dozen. */
  private static final int MANY = 1000;

  private Parallel() {}

  interface Question<T, R> {
    R ask(T about) throws InterruptedIOException;
  }

  /** The answers, in the order of the questions. */
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
