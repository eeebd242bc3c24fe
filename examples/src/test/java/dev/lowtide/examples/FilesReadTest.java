package dev.lowtide.examples;

import dev.lowtide.testing.ReadingRules;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** How this module reads files that others may have written. */
class FilesReadTest {
  @Test
  void areReadThroughOneClass() {
    ReadingRules.check(
        Main.class,
        Map.of(
            "dev.lowtide.examples.wheels.Source",
            "copies a project that is about to be built, which runs its code",
            "dev.lowtide.examples.wheels.WheelBuild",
            "delivers what such a build made in a directory of its own",
            "dev.lowtide.examples.cli.LockFile",
            "locks a file of which it reads nothing, and opens no pipe in its place"));
  }
}
