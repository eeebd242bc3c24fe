package dev.lowtide.cli;

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
            "dev.lowtide.cli.PolicyJars",
            "opens jars that the user named, and that no other user can change",
            "dev.lowtide.cli.LockFile",
            "locks a file of which it reads nothing, and opens no pipe in its place"));
  }
}
