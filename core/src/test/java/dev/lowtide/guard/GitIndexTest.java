package dev.lowtide.guard;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.google.common.base.Strings;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.Mutations;
import dev.lowtide.testing.TestTree;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the index says against what {@code git ls-files} says. */
class GitIndexTest {
  @TempDir Path temporary;
  private TestTree tree;

  @BeforeEach
  void makeATree() throws IOException {
    ChildProcess.assumeTool("git");
    tree = TestTree.in(temporary.toRealPath());
    tree.file("a").file("a-b").file("a.d/c").file("sub/deep/d").file("sub/e f");
    tree.file("sub/new\nline").file("untracked/x");
  }

  private void git(String... arguments) {
    String[] argv = new String[arguments.length + 1];
    argv[0] = "git";
    System.arraycopy(arguments, 0, argv, 1, arguments.length);
    ChildProcess.run(tree.root(), argv);
  }

  private void addAllButUntracked() {
    git("add", "--", "a", "a-b", "a.d", "sub");
  }

  private GitIndex read() throws IOException {
    Path index = tree.path(".git/index");
    String format = ChildProcess.run(tree.root(), "git", "rev-parse", "--show-object-format");
    return GitIndex.parse(index, Files.readAllBytes(index), format.strip().equals("sha256"));
  }

  private int version() throws IOException {
    return Files.readAllBytes(tree.path(".git/index"))[7];
  }

  /** Asks about each file and directory of the tree. */
  private void assertAgreesWithGit() throws IOException {
    List<String> tracked =
        List.of(ChildProcess.run(tree.root(), "git", "ls-files", "-z").split("\0"));
    assertThat(tracked).isNotEmpty();
    GitIndex index = read();
    for (String name : tree.names()) {
      if (!name.startsWith(".git")) {
        boolean expected =
            tracked.stream().anyMatch(file -> file.equals(name) || file.startsWith(name + "/"));
        assertThat(index.trackedAtOrBelow(Path.of(name), false).isPresent())
            .as(name)
            .isEqualTo(expected);
      }
    }
  }

  @Test
  void readsVersion2() throws IOException {
    git("init", "-q");
    addAllButUntracked();

    assertThat(version()).isEqualTo(2);
    assertAgreesWithGit();
  }

  @Test
  void readsVersion3() throws IOException {
    git("init", "-q");
    addAllButUntracked();
    git("update-index", "--skip-worktree", "a-b");
    git("add", "--intent-to-add", "untracked/x");

    assertThat(version()).isEqualTo(3);
    assertAgreesWithGit();
  }

  @Test
  void readsVersion4() throws IOException {
    git("init", "-q");
    addAllButUntracked();
    git("update-index", "--index-version", "4");

    assertThat(version()).isEqualTo(4);
    assertAgreesWithGit();
  }

  @Test
  void readsRepositoriesWithSha256() throws IOException {
    git("init", "-q", "--object-format=sha256");
    addAllButUntracked();

    assertAgreesWithGit();
  }

  @Test
  void readsNamesThatAreLongerThanTheirLengthCanTell() throws IOException {
    git("init", "-q");
    String longName = ("l".repeat(200) + "/").repeat(25) + "file";
    String blob = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";
    ChildProcess.run(tree.root(), "git", "hash-object", "-w", "/dev/null");
    git("update-index", "--add", "--cacheinfo", "100644," + blob + "," + longName);
    addAllButUntracked();

    assertAgreesWithGit();
    assertThat(read().trackedAtOrBelow(Path.of("l".repeat(200)), false)).isPresent();
  }

  @Test
  void readsNamesThatAreNotAscii() throws IOException {
    git("init", "-q");
    ChildProcess.run(tree.root(), "bash", "-c", "echo > $'\\xc3\\xbc'; echo > $'bad\\xff'");
    git("add", "--all");
    GitIndex index = read();

    try (var names = Files.newDirectoryStream(tree.root())) {
      for (Path name : names) {
        assertThat(index.trackedAtOrBelow(name.getFileName(), false).isPresent())
            .as(name.toString())
            .isEqualTo(!name.endsWith(".git"));
      }
    }
  }

  @Test
  void aSparseDirectoryTracksAllBelowIt() throws IOException {
    git("init", "-q");
    addAllButUntracked();
    git("-c", "user.name=t", "-c", "user.email=t@example.invalid", "commit", "-q", "-m", "x");
    git("sparse-checkout", "init", "--cone", "--sparse-index");

    GitIndex index = read();

    assertThat(index.trackedAtOrBelow(Path.of("sub"), false)).isPresent();
    assertThat(index.trackedAtOrBelow(Path.of("sub/deep/d"), false)).isPresent();
    assertThat(index.trackedAtOrBelow(Path.of("untracked"), false)).isEmpty();
  }

  @Test
  void aSplitIndexIsNotUnderstood() {
    git("init", "-q");
    addAllButUntracked();
    git("update-index", "--split-index");

    assertThatThrownBy(this::read).isInstanceOf(IOException.class);
  }

  @Test
  void aTruncatedIndexIsNotUnderstood() throws IOException {
    git("init", "-q");
    addAllButUntracked();
    Path index = tree.path(".git/index");
    byte[] whole = Files.readAllBytes(index);

    for (int length = 0; length < whole.length / 2; length++) {
      byte[] part = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> GitIndex.parse(index, part, false))
          .as("an index of %d bytes", length)
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void anExtensionOfANegativeSizeIsNotReadForEver() throws IOException {
    git("init", "-q");
    addAllButUntracked();
    Path index = tree.path(".git/index");
    byte[] whole = Files.readAllBytes(index);
    ByteBuffer extended = ByteBuffer.allocate(whole.length + 8);
    extended.put(whole, 0, whole.length - 20).putInt(0x41414141).putInt(-8);
    // The checksum stays as it is: nobody looks at it
    Files.write(index, extended.put(whole, whole.length - 20, 20).array());

    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> assertThatThrownBy(this::read).isInstanceOf(IOException.class));
  }

  @Test
  void findsTrackedFilesUnderAnotherCaseOnlyWhereCasesAreIgnored() throws IOException {
    git("init", "-q");
    addAllButUntracked();

    assertThat(read().trackedAtOrBelow(Path.of("SUB"), false)).isEmpty();
    assertThat(read().trackedAtOrBelow(Path.of("SUB"), true)).isPresent();
  }

  @TempDir Path directory;

  @Test
  void aDamagedIndexThrowsNothingUnforeseen() throws Exception {
    ChildProcess.run(directory, "git", "init", "-q");
    for (String name : List.of("a", "b/c", "b/d", "größe")) {
      Path file = directory.resolve(name);
      Files.createDirectories(file.getParent());
      Files.writeString(file, name);
    }
    ChildProcess.run(directory, "git", "add", ".");
    for (String version : List.of("2", "4")) {
      ChildProcess.run(directory, "git", "update-index", "--index-version", version);
      Mutations.of(
          Files.readAllBytes(directory.resolve(".git/index")),
          file -> {
            try {
              GitIndex.parse(Path.of("index"), file, false).trackedAtOrBelow(Path.of("b"), true);
            } catch (IOException expected) {
              // what might be tracked is kept
            }
          });
    }
  }

  /** Version 4 of the index says of each name how much it shares with the one before. */
  @Test
  void anIndexWhoseNamesAddUpToGigabytesIsNotUnderstood() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.write("DIRC".getBytes(ISO_8859_1));
    out.writeInt(4);
    int names = 50_000;
    out.writeInt(names);
    for (int i = 0; i < names; i++) {
      out.write(new byte[40 + 20]);
      out.writeShort(0);
      out.write(0); // keeps all of the name before
      out.write((i == 0 ? Strings.repeat("a", 4000) : "").getBytes(UTF_8));
      out.write(0);
    }
    out.write(new byte[20]);

    assertThatThrownBy(() -> GitIndex.parse(Path.of("index"), bytes.toByteArray(), false))
        .isInstanceOf(IOException.class)
        .hasMessage("the Git index index cannot be parsed")
        .hasRootCauseMessage("One name is too long, or all names together are");
  }
}
