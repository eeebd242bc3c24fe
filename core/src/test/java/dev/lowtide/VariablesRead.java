package dev.lowtide;

import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;

/** Which variables are asked for meanwhile, so that a test can find out instead of knowing. */
public final class VariablesRead {
  private VariablesRead() {}

  /** What is asked for while something runs, whether it is set or not. */
  public static Set<String> during(Runnable something) {
    Set<String> read = new ConcurrentSkipListSet<>();
    HostEnvironment.observer = read::add;
    try {
      something.run();
    } finally {
      HostEnvironment.observer = variable -> {};
    }
    return read;
  }
}
