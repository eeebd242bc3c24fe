package dev.lowtide.cli;

import static dev.lowtide.testing.TestTree.kib;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.HostEnvironment;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The options for space goals. */
class SpaceGoalOptionsTest {
  @TempDir Path directory;

  private TestTree tree;
  private HostEnvironment host;
  private String root;

  @BeforeEach
  void makeWorkspace() throws IOException {
    SampleWorkspace workspace = SampleWorkspace.in(directory);
    tree = workspace.tree();
    host = workspace.host();
    root = workspace.root();
  }

  private CommandLineRun lowtide(String... arguments) {
    return CommandLineRun.of(host, arguments);
  }

  @Test
  void nothingGoesWhereEnoughIsFree() {
    CommandLineRun run = lowtide("clean", "--yes", "--root", root, "--until-free", "1kB");

    assertThat(run.exit()).isZero();
    assertThat(run.out()).contains("Nothing to remove", "met without removing anything");
    assertThat(tree.has("work/a/out/a.o")).isTrue();
  }

  @Test
  void whereTheGoalCannotBeMetWhatMayGoGoesAndTheRestIsNamed() {
    CommandLineRun run =
        lowtide("clean", "--yes", "--root", root, "--keep", "b", "--until-free", "100%");

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.err()).contains("[ERROR] The goal is not met: ", " less than the goal");
    assertThat(run.out()).contains("stays: ", root + "/b/out (keep: ");
    assertThat(tree.has("work/a/out")).isFalse();
    assertThat(tree.has("work/b/out/b.o")).isTrue();
  }

  @Test
  void aLimitForTheTotalTakesNoMoreThanItNeeds() {
    String total = Long.toString(kib(4) * 5 + kib(8)); // five directories and one file

    CommandLineRun run = lowtide("clean", "--yes", "--root", root, "--max-total", total);

    assertThat(run.exit()).isZero();
    assertThat(tree.has("work/a/out")).isFalse();
    assertThat(tree.has("work/b/out/b.o")).isTrue();
  }

  @Test
  void undoAndFreeSpaceExcludeEachOther() {
    CommandLineRun run =
        lowtide("clean", "--yes", "--root", root, "--until-free", "1GB", "--undo-for", "1h");

    assertThat(run.exit()).isEqualTo(2);
    assertThat(run.err()).contains("omit one of them");
  }

  @Test
  void aReserveWithoutAGoalIsAnError() {
    CommandLineRun run = lowtide("plan", "--root", root, "--reserve", "workspace=1GB");

    assertThat(run.exit()).isEqualTo(2);
    assertThat(run.err()).contains("add --until-free or --max-total");
  }

  @Test
  void aGoalThatIsNeitherSizeNorPartIsAnError() {
    CommandLineRun run = lowtide("plan", "--root", root, "--until-free", "enough");

    assertThat(run.exit()).isEqualTo(2);
    assertThat(run.err().lines()).singleElement().asString().contains("write for example");
  }
}
