package dev.lowtide.cli;

import dev.lowtide.testing.Exports;
import dev.lowtide.testing.PackageRules;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What may use what in the command. */
class ArchitectureTest {
  @Test
  void arrowsBetweenPackagesOnlyGoDown() {
    PackageRules.check(Main.class, Map.of("report", List.of()));
  }

  /** The command runs on the class path and is released together with the library. */
  @Test
  void usesFewTypesThatAreNotExported() {
    Exports.check(
        Main.class,
        Set.of(
            "dev.lowtide.fs.ForeignFile", // reads what another user may have written
            "dev.lowtide.fs.JsonBounds", // whether such a text may be parsed
            "dev.lowtide.fs.OutputFile", // writes what a user asked for
            "dev.lowtide.fs.PrivateFile", // writes a file of this user's alone
            "dev.lowtide.fs.JsonParts"), // the parts of the library's own documents
        "dev.lowtide.cli..");
  }
}
