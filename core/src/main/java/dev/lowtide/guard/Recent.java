package dev.lowtide.guard;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import java.io.IOException;
import java.time.Duration;

/**
 * What was looked up for thousands of items that have it in common, such as the owner of the target
 * or the repositories above it. It is looked up again after {@link #MAX_AGE}. Nothing that belongs
 * to a single item is kept here.
 *
 * <p>Safe for use by many threads.
 */
public final class Recent<K, V> {
  /**
   * The maximum age, and the maximum duration of a batch of items that are removed together: for so
   * long a tree that is in use may be missing at its path before it is moved back.
   */
  public static final Duration MAX_AGE = Duration.ofSeconds(2);

  private static final int MAX_ENTRIES = 1_000;

  private final Lookup<K, V> lookup;
  private final Cache<K, V> found =
      CacheBuilder.newBuilder().expireAfterWrite(MAX_AGE).maximumSize(MAX_ENTRIES).build();

  public Recent(Lookup<K, V> lookup) {
    this.lookup = lookup;
  }

  /** Looks something up. */
  public interface Lookup<K, V> {
    V of(K key) throws IOException;
  }

  /** What is known about a key. A failure is not kept: the next call looks it up again. */
  public V get(K key) throws IOException {
    V known = found.getIfPresent(key);
    if (known == null) {
      known = lookup.of(key);
      found.put(key, known);
    }
    return known;
  }
}
