package dev.lowtide.policy;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Stores the analyses that the policies of one plan share, each made once, see {@link
 * PolicyContext#derived}. Safe for use by many threads.
 */
final class Analyses {
  private final Map<Class<?>, Object> results = new HashMap<>();

  /** One lock for all analyses, since an analysis may request another one. */
  synchronized <T> T get(Class<T> type, Supplier<T> analysis) {
    Object cached = results.get(type);
    if (cached != null) {
      return type.cast(cached);
    }
    T result = analysis.get();
    results.put(type, result);
    return result;
  }
}
