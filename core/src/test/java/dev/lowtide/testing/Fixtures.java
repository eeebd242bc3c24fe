package dev.lowtide.testing;

import dev.lowtide.ByteSize;

/** A placeholder that shows that other modules' tests reach this package. */
public final class Fixtures {
  private Fixtures() {}

  public static ByteSize kib(long count) {
    return new ByteSize(count * 1024);
  }
}
