package dev.lowtide.wheels;

import dev.lowtide.testing.ReadingRules;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** How this module reads files that others may have written. */
class FilesReadTest {
  @Test
  void areReadThroughOneClass() {
    ReadingRules.check(
        BuildWheels.class,
        Map.of(
            "dev.lowtide.wheels.Source",
            "copies a project that is about to be built, which runs its code",
            "dev.lowtide.wheels.BuildProcesses",
            "reads what the kernel shows of processes",
            "dev.lowtide.wheels.WheelBuild",
            "delivers what such a build made in a directory of its own"));
  }
}
