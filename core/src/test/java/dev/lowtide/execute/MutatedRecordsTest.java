package dev.lowtide.execute;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lowtide.testing.Mutations;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class MutatedRecordsTest {
  @Test
  void recordsInQuarantines() {
    Intent intent = new Intent(Path.of("/a/größe"), "policy", "reason", Instant.EPOCH);

    Mutations.of(intent.toLine("00c0ffee00c00001").getBytes(UTF_8), Intent::parse);
  }
}
