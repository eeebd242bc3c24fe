package dev.lowtide.embedding;

import static dev.lowtide.ByteSize.mebibytes;
import static dev.lowtide.assertions.DiskAssertions.assertThat;

import dev.lowtide.junit.DiskNeutral;
import dev.lowtide.junit.DiskNeutral.Watched;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.TestTree;
import dev.lowtide.verify.DiskBaseline;
import dev.lowtide.verify.DiskLocation;
import dev.lowtide.verify.Verification;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example of docs/verifying.md, around a build that makes one file and removes one. */
// GUIDE: begin
@DiskNeutral(except = "dist/*.whl")
class WheelBuildTest {
  @Watched @TempDir Path workspace;

  @Test
  void leavesTheWheelAndNothingElse() throws IOException {
    buildWheel(workspace);
  }

  // GUIDE: end
  private static void buildWheel(Path workspace) throws IOException {
    TestTree.in(workspace).file("build/x.o").file("dist/x.whl", 20_000);
    Files.delete(workspace.resolve("build/x.o"));
    Files.delete(workspace.resolve("build"));
  }

  @Test
  void comparesWhatWasThereWithWhatIs() throws IOException {
    // GUIDE: begin
    Clock clock = Clock.systemUTC();
    List<DiskLocation> places = List.of(DiskLocation.unchanged("workspace", workspace));
    DiskBaseline before = DiskBaseline.capture(places, SizeProbe.best(), clock.instant());
    buildWheel(workspace);
    DiskBaseline after = before.again(SizeProbe.best(), clock.instant());

    assertThat(after)
        .comparedTo(before)
        .grewByAtMost(mebibytes(10))
        .leftNothingNewExcept("dist/*.whl");
    Verification.compare(before.excepting("dist/*.whl"), after).orThrow(); // without AssertJ
    // GUIDE: end
  }
}
