package consumer;

import static dev.lowtide.assertions.DiskAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lowtide.junit.DiskNeutral;
import dev.lowtide.junit.DiskNeutral.Watched;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.verify.DiskBaseline;
import dev.lowtide.verify.DiskLocation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The assertions, and {@code @DiskNeutral} beside AssertJ. */
class DiskAssertionsTest {

  @Test
  @DiskNeutral
  void aTestThatLeavesNothingPasses(@Watched @TempDir Path workspace) throws IOException {
    Files.delete(Files.writeString(workspace.resolve("a.o"), "object"));
  }

  @Test
  void aFileThatIsLeftIsNamed(@TempDir Path workspace) throws IOException {
    DiskBaseline before = baseline(workspace);
    Files.writeString(workspace.resolve("leak.o"), "object");
    DiskBaseline after = baseline(workspace);

    assertThat(after).comparedTo(before).leftNothingNewExcept("*.o");
    assertThatThrownBy(() -> assertThat(after).comparedTo(before).leftNothingNewExcept("*.log"))
        .hasMessageContaining("leak.o");
  }

  private static DiskBaseline baseline(Path directory) throws IOException {
    return DiskBaseline.capture(
        List.of(DiskLocation.unchanged("workspace", directory)), SizeProbe.best(), Instant.now());
  }
}
