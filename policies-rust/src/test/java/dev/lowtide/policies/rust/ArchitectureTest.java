package dev.lowtide.policies.rust;

import dev.lowtide.testing.PackageRules;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which package of this module may use which. */
class ArchitectureTest {
  @Test
  void arrowsBetweenPackagesOnlyGoDown() {
    PackageRules.check(RustPolicies.class, Map.of("builds", List.of(), "cargohome", List.of()));
  }
}
