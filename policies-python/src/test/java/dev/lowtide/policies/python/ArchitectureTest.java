package dev.lowtide.policies.python;

import dev.lowtide.testing.PackageRules;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which package of this module may use which. */
class ArchitectureTest {
  @Test
  void arrowsBetweenPackagesOnlyGoDown() {
    PackageRules.check(
        PythonPolicies.class,
        Map.of(
            "places", List.of(),
            "files", List.of(),
            "environments", List.of("places", "files"),
            "sources", List.of("environments", "places", "files"),
            "temporary", List.of("environments", "places", "files"),
            "buildtrees", List.of("temporary", "sources", "environments", "files"),
            "caches", List.of("places")));
  }
}
