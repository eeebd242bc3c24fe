package dev.lowtide.policies.rust.cargohome;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.testing.Mutations;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MutatedDatabaseTest {
  @TempDir Path directory;

  @Test
  void cargosDatabase() {
    byte[] whole =
        Sqlite.cargo(
            directory,
            Map.of("registry/src/a-1/b-1.0.0", Instant.EPOCH, "git/db/c-1", Instant.EPOCH));

    Mutations.of(whole, CargoUse::parse);
  }

  /** Each page leads to the next one: a stack of thirty thousand calls. */
  @Test
  void aChainOfPagesIsNoDatabase() {
    int pages = 30_000;
    ByteBuffer file = ByteBuffer.allocate(pages * 512);
    file.put("SQLite format 3\0".getBytes(StandardCharsets.US_ASCII));
    file.putShort(16, (short) 512).putInt(56, 1);
    for (int page = 1; page < pages; page++) {
      int start = (page - 1) * 512 + (page == 1 ? 100 : 0);
      file.put(start, (byte) 5).putInt(start + 8, page + 1);
    }

    assertThat(CargoUse.parse(file.array())).isEmpty();
  }
}
