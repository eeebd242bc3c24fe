package dev.lowtide.execute;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.lowtide.execute.CleanupReport.SpaceChange;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a report says where items and file systems disagree about the space. */
class CleanupReportTest {
  private static final long MIB = 1024 * 1024;

  private static CleanupReport withoutItems(long moreFree, boolean settled) {
    long before = 100 * MIB;
    SpaceChange change = new SpaceChange(Path.of("/work"), before, before + moreFree, settled);
    return new CleanupReport(false, List.of(), List.of(), List.of(change), List.of());
  }

  @Test
  void namesWhatElseChangesTheFreeSpace() {
    assertThat(withoutItems(10 * MIB, true).differenceOfSpace())
        .hasValue(
            "The items add up to 0 B, but the free space on the disk grew by 10 MiB: other"
                + " programs write there, a removed file is still open, or a snapshot keeps its"
                + " blocks");
  }

  @Test
  void saysThatTheFileSystemMayStillBeFreeingBlocks() {
    assertThat(withoutItems(-10 * MIB, false).differenceOfSpace())
        .hasValueSatisfying(
            text ->
                assertThat(text)
                    .contains("the free space on the disk shrank by 10 MiB")
                    .endsWith("the file system may still be freeing blocks"));
  }

  @Test
  void saysNothingOfWhatAnyRunningSystemWrites() {
    assertThat(withoutItems(3 * MIB, true).differenceOfSpace()).isEmpty();
  }

  @Test
  void isSettledIfTheLastOfTwoRunsIs() {
    CleanupReport both = withoutItems(MIB, false).followedBy(withoutItems(2 * MIB, true));

    assertThat(both.space())
        .containsExactly(new SpaceChange(Path.of("/work"), 100 * MIB, 102 * MIB, true));
  }

  @Test
  void isWrittenAsOneDocumentWithPathsForPeopleAndPrograms() {
    JsonObject document =
        JsonParser.parseString(withoutItems(MIB, true).toJson()).getAsJsonObject();

    assertThat(document.keySet())
        .containsExactly(
            "schema",
            "dryRun",
            "results",
            "refused",
            "freedBytes",
            "freedExact",
            "keptBytes",
            "space");
    assertThat(document.getAsJsonArray("space").get(0))
        .hasToString(
            "{\"path\":\"/work\",\"uri\":\"file:///work\",\"freeBytesBefore\":104857600,"
                + "\"freeBytesAfter\":105906176,\"settled\":true}");
  }
}
