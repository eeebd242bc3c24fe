package consumer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.lowtide.junit.DiskNeutral;
import dev.lowtide.junit.DiskNeutral.Watched;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.testkit.engine.EngineTestKit;

/** {@code @DiskNeutral} where there is no AssertJ. */
class DiskNeutralTest {

  @Test
  void aTestThatLeavesNothingPassesAndOneThatLeavesAFileFails() {
    var tests =
        EngineTestKit.engine("junit-jupiter")
            .selectors(selectClass(Case.class))
            .execute()
            .testEvents();

    tests.failed().stream().forEach(event -> System.out.println(event.getPayload()));
    assertEquals(1, tests.succeeded().count());
    assertEquals(1, tests.failed().count());
  }

  @DiskNeutral(except = "*.log")
  static class Case {
    @Watched @TempDir Path workspace;

    @Test
    void leavesALog() throws IOException {
      Files.writeString(workspace.resolve("build.log"), "done");
    }

    @Test
    void leavesAnObject() throws IOException {
      Files.writeString(workspace.resolve("leak.o"), "object");
    }
  }
}
