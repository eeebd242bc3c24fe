package dev.lowtide.wheels;

import dev.lowtide.testing.Exports;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What the wheel builder may use. The command does not see it: it is compiled before. */
class ArchitectureTest {
  @Test
  void usesFewTypesThatAreNotExported() {
    Exports.check(
        BuildWheels.class,
        Set.of(
            "dev.lowtide.fs.OutputFile", // delivers wheels and logs
            "dev.lowtide.fs.JsonParts", // the parts of the library's own documents
            "dev.lowtide.shared.Ownership", // whether the run that made a directory has ended
            "dev.lowtide.shared.TomlBounds"), // whether a text may be parsed
        "dev.lowtide.wheels..",
        "dev.lowtide.cli..");
  }
}
