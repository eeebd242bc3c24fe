package dev.lowtide.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestTree;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Policy files of others, which can only make a run remove less. */
class ForeignPolicyFileTest {
  private static final String WIDENING =
      "[[targets]]\npath = \"%s\"\nkind = \"cache\"\nid = \"pip-cache\"\n";

  @TempDir Path directory;
  private TestTree tree;

  @BeforeEach
  void plant() throws IOException {
    tree =
        TestTree.in(directory.toRealPath())
            .file("home/research/wheels/results.csv")
            .file("clone/.git/HEAD")
            .file("clone/sub/a.py")
            .file("clone/sub/__pycache__/a.cpython-312.pyc");
    ChildProcess.run(tree.root(), "chmod", "-R", "go-w", ".");
  }

  private String plan(String file, String text, String... more) throws IOException {
    tree.file(file, text);
    ChildProcess.run(tree.root(), "chmod", "644", file);
    return planned(file, more);
  }

  private String planned(String file, String... more) {
    HostEnvironment host =
        HostEnvironment.of(
            OperatingSystem.LINUX,
            tree.root().getFileSystem(),
            Map.of("HOME", tree.path("home").toString()),
            "/nowhere",
            "/tmp");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream print = new PrintStream(out, true, StandardCharsets.UTF_8);
    List<String> args =
        new ArrayList<>(List.of("plan", "--assume-idle", "--config", tree.path(file).toString()));
    args.addAll(List.of(more));
    Main.run(args.toArray(String[]::new), host, InputStream.nullInputStream(), print, print);
    return out.toString(StandardCharsets.UTF_8);
  }

  private String widening() {
    return WIDENING.formatted(tree.path("home/research"));
  }

  @Test
  void oneOfACloneNamesNothingOutsideOfIt() throws IOException {
    assertThat(plan("clone/lowtide.toml", widening()))
        .contains("which is not allowed because it belongs to the project " + tree.path("clone"))
        .doesNotContain("Reclaimable");
  }

  @Test
  void oneInAWorkspaceThatIsCleanedNamesNothingOutsideOfIt() throws IOException {
    String workspace = tree.path("plain").toString();

    assertThat(plan("plain/lowtide.toml", widening(), "--root", workspace))
        .contains("it is in " + workspace + ", which is being cleaned");
    assertThat(plan("plain/lowtide.toml", "[[targets]]\npath = \".\"\n" + widening()))
        .contains("it is in " + workspace + ", which is being cleaned");
  }

  @Test
  void oneThatOthersMayWriteNamesNothingOutsideOfIt() throws IOException {
    tree.file("shared/lowtide.toml", widening());
    ChildProcess.run(tree.root(), "chmod", "666", "shared/lowtide.toml");
    assertThat(planned("shared/lowtide.toml"))
        .contains("all users may write to " + tree.path("shared/lowtide.toml"));

    ChildProcess.run(tree.root(), "chmod", "644", "shared/lowtide.toml");
    ChildProcess.run(tree.root(), "chmod", "777", "shared");
    assertThat(planned("shared/lowtide.toml"))
        .contains("all users may write to " + tree.path("shared"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[settings.rust]\ncargo-downloads = \"remove\"\n",
        "[limits]\ngrace-period = \"1s\"\n"
      })
  void oneOfACloneTakesNoMoreThanWithoutIt(String text) throws IOException {
    assertThat(plan("clone/lowtide.toml", text, "--caches"))
        .contains("which is not allowed because");
  }

  @Test
  void oneOfACloneMayKeepMoreOfIt() throws IOException {
    String target = "[[targets]]\npath = \".\"\n";
    assertThat(plan("clone/lowtide.toml", target)).contains("sub/__pycache__", "in 1 item");

    assertThat(plan("clone/lowtide.toml", target + "keep = [\"sub\"]\n")).contains("in 0 items");
  }

  @Test
  void oneOfTheUsersOwnIsHeeded() throws IOException {
    assertThat(plan("home/.config/lowtide.toml", widening()))
        .contains("pip-cache: " + tree.path("home/research"), "it is not from pip");
  }

  @Test
  void aCacheOfNoKnownPlaceIsSaidToBeNone() throws IOException {
    assertThat(plan("home/.config/lowtide.toml", widening().replace("id = \"pip-cache\"\n", "")))
        .contains("[WARN] No policy looks at " + tree.path("home/research"), "'cache-1'");
  }
}
