package dev.lowtide.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.Repository;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Output that cannot be written, and standard streams that are closed. */
class OutputE2ETest {
  @TempDir Path directory;

  private TestTree tree;

  @BeforeEach
  void writeLauncher() throws IOException {
    tree = TestTree.in(directory.toRealPath());
    Launcher.write(tree, "start");
    Launcher.script(
        tree,
        "lowtide",
        ". '"
            + Repository.path("examples/bin")
            + "/launch.sh'; open_closed_streams; exec '"
            + tree.path("start")
            + "' \"$@\"");
  }

  private String shell(String script) {
    return ChildProcess.run(tree.root(), "sh", "-c", script);
  }

  @Test
  void outputThatIsLostIsAnError() {
    assumeTrue(Files.exists(Path.of("/dev/full")), "skipped: there is no /dev/full");

    String said = shell("./start --version 2>&1 >/dev/full; echo exit $?");

    assertThat(said)
        .contains("standard output could not be written; is its disk full?")
        .contains("exit 1");
  }

  @Test
  void aReaderThatHasReadEnoughIsNone() {
    String said =
        shell("{ ./start policies 2>&1 1>&3; echo exit $?; } 3>&1 | head -c 1 >/dev/null; true");

    assertThat(said).doesNotContain("could not be written");
  }

  @Test
  void aClosedInputIsEmptyForACommand() {
    tree.directory("place");

    String said = shell("./lowtide verify --location p=place -- cat <&-; echo exit $?");

    assertThat(said).contains("exit 0");
    assertThat(said.length()).as("nothing of the JVM's modules").isLessThan(500);
  }
}
