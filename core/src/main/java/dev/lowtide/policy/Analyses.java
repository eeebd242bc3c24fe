package dev.lowtide.policy;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What the policies of one plan find out once and share, see {@link PolicyContext#derived}. Safe
 * for use by many threads.
 */
final class Analyses {
  private final Map<Class<?>, Object> results = new HashMap<>();

  /** One lock for all, since one analysis may ask for another. */
  synchronized <T> T get(Class<T> type, Supplier<T> analysis) {
    Object known = results.get(type);
    if (known != null) {
      return type.cast(known);
    }
    T result = analysis.get();
    results.put(type, result);
    return result;
  }
}
