package dev.lowtide.execute;

import dev.lowtide.testing.Mutations;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class MutatedRecordsTest {
  @Test
  void recordsInQuarantines() {
    Intent intent = new Intent(Path.of("/a/größe"), "policy", "reason", Instant.EPOCH);

    Mutations.of(intent.toJson(), Intent::parse);
  }
}
