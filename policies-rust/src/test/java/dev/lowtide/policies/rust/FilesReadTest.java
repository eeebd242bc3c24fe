package dev.lowtide.policies.rust;

import dev.lowtide.testing.ReadingRules;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** How this module reads files that others may have written. */
class FilesReadTest {
  @Test
  void areReadThroughOneClass() {
    ReadingRules.check(RustPolicies.class, Map.of());
  }
}
