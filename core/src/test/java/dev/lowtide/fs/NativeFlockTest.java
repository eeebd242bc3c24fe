package dev.lowtide.fs;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

class NativeFlockTest extends FlockContract {
  @Override
  protected Flock flock() {
    assumeTrue(NativeLayer.flock().isPresent(), "skipped: there is no native layer on this JDK");
    return NativeLayer.flock().get();
  }
}
