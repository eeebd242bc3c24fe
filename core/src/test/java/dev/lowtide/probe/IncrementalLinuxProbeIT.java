package dev.lowtide.probe;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Runs on the packaged jar and a JDK that has the foreign-function API, and nowhere else. */
class IncrementalLinuxProbeIT extends IncrementalProbeContract {
  @Override
  SizeProbe full() {
    SizeProbe best = SizeProbe.best();
    assumeTrue(best.name().equals("linux"), "there is no native layer here");
    return best;
  }
}
