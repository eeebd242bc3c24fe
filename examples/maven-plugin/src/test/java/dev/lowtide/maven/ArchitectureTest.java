package dev.lowtide.maven;

import dev.lowtide.testing.Exports;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The plugin uses the library as every other build tool can. */
class ArchitectureTest {
  @Test
  void usesOnlyWhatIsExported() {
    Exports.check(PlanMojo.class, Set.of(), "dev.lowtide.maven..");
  }
}
