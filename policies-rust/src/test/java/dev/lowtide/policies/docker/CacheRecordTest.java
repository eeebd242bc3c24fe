package dev.lowtide.policies.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CacheRecordTest {
  private static CacheRecord record(String id, int day, int usageCount, String... parents) {
    Instant lastUsed = Instant.parse("2026-01-01T00:00:00Z").plusSeconds(day * 86_400L);
    return new CacheRecord(id, Set.of(parents), "a step", lastUsed, usageCount, 1, false, true);
  }

  private static List<String> order(CacheRecord... records) {
    return CacheRecord.inOrderOfRemoval(Arrays.asList(records), Arrays.asList(records)).stream()
        .map(CacheRecord::id)
        .toList();
  }

  @Test
  void whatWasUsedLeastRecentlyGoesFirst() {
    assertThat(order(record("b", 2, 1), record("c", 3, 1), record("a", 1, 1)))
        .containsExactly("a", "b", "c");
  }

  @Test
  void whatWasUsedOftenGoesLater() {
    assertThat(
            order(record("often", 1, 9), record("b", 2, 1), record("c", 3, 1), record("d", 4, 1)))
        .containsExactly("b", "c", "d", "often");
  }

  @Test
  void aRecordGoesAfterWhatIsBuiltOnIt() {
    assertThat(order(record("base", 1, 1), record("step", 9, 1, "base"), record("other", 5, 1)))
        .containsExactly("other", "step", "base");
  }

  @Test
  void aRecordStaysWithWhatIsBuiltOnIt() {
    CacheRecord base = record("base", 1, 1);
    List<CacheRecord> all = List.of(base, record("young", 9, 1, "base"));

    assertThat(CacheRecord.inOrderOfRemoval(all, List.of(base))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "false, false, regular, true",
    "true, false, regular, false",
    "false, true, regular, false",
    "false, false, internal, false",
    "false, false, frontend, false"
  })
  void whatAnImageABuildOrTheEngineNeedsIsNotRemovable(
      boolean inUse, boolean shared, String type, boolean removable) {
    String json =
        "{'ID':'a','InUse':'%s','Shared':'%s','CacheType':'%s','Size':'1GB','UsageCount':'1',"
            + "'LastUsedAt':'2026-01-01 08:30:00 +0000 UTC'}";

    CacheRecord record =
        CacheRecord.of(
            JsonParser.parseString(json.formatted(inUse, shared, type).replace('\'', '"'))
                .getAsJsonObject());

    assertThat(record.isRemovable()).isEqualTo(removable);
    assertThat(record.size()).isEqualTo(shared ? 0 : 1_000_000_000);
  }
}
