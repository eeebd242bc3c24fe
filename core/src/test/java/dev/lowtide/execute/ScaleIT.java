package dev.lowtide.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lowtide.CleanupTarget;
import dev.lowtide.Problem;
import dev.lowtide.fs.Stat;
import dev.lowtide.fs.TreeRemover;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Trees that are deeper, wider or more stubborn than memory and descriptors allow for at once.
 * {@code lowtide.scale.entries} says how wide; the profile {@code scale} has a million.
 */
class ScaleIT {
  private static final int ENTRIES = Integer.getInteger("lowtide.scale.entries", 20_000);
  private static final int HEAP = 64;

  @TempDir Path directory;

  private TestTree tree() throws IOException {
    return TestTree.in(directory.toRealPath());
  }

  @ParameterizedTest
  @ValueSource(strings = {"secure", "portable"})
  void removesTwentyThousandLevelsWith256Descriptors(String layer) throws IOException {
    int levels = 20_000;
    tree().chain("v", levels).file("sibling");

    ChildProcess.runWithOpenFiles(256, Removed.class, layer, tree().path("v"), levels);

    assertThat(tree().names()).containsExactly("sibling");
    System.out.printf("%s: removed %d levels with ulimit -n 256%n", layer, levels);
  }

  @ParameterizedTest
  @ValueSource(strings = {"secure", "portable"})
  void measuresAndRemovesAMillionNamesOfOneDirectoryInALittleHeap(String layer) throws IOException {
    int directories = ENTRIES / 10;
    create(tree().path("v"), ENTRIES - directories, directories);

    ChildProcess.runWithHeap(HEAP / 2, Measured.class, layer, tree().path("v"), ENTRIES + 1);

    ChildProcess.runWithHeap(HEAP, Removed.class, layer, tree().path("v"), ENTRIES + 1);

    assertThat(tree().names()).isEmpty();
    System.out.printf(
        "%s: measured %d names of one directory with -Xmx%dm and removed them with -Xmx%dm%n",
        layer, ENTRIES, HEAP / 2, HEAP);
  }

  @ParameterizedTest
  @ValueSource(strings = {"secure", "portable"})
  void aRunWith256DescriptorsRemovesADeepTreeOrFailsAndSaysWhy(String layer) throws IOException {
    tree().chain("v", Math.min(20_000, ENTRIES / 16)).file("sibling");
    Path deep = tree().path("v");
    try {
      ChildProcess.runWithOpenFiles(256, CleansOrSaysWhy.class, layer, tree().root());
    } finally {
      if (Files.exists(deep)) {
        Deleter.secure().delete(deep, Stat.of(deep).identity());
      }
    }
    assertThat(tree().names()).containsExactly("sibling");
  }

  /** Expects that a whole run says of what stays that it stays. */
  static final class CleansOrSaysWhy {
    public static void main(String[] args) throws IOException {
      TestTree tree = TestTree.in(Path.of(args[1]));
      boolean portable = args[0].equals("portable");
      Lowtide lowtide =
          TestMachine.lowtide(tree, TestPolicy.deleting("v"))
              .probe(portable ? SizeProbe.portable() : SizeProbe.best())
              .deleter(SecureDeleterOnRealFilesTest.deleter(args[0]))
              .clock(Clock.systemUTC())
              .build();

      CleanupReport report = lowtide.apply(lowtide.plan(CleanupTarget.of("tree", tree.root())));

      assertThat(report.isDone()).isEqualTo(!tree.has("v"));
      if (tree.has("v")) {
        assertThatThrownBy(report::orThrow).hasMessageContaining(tree.path("v") + ": its paths");
      }
      System.out.printf("%s: %s%n", args[0], tree.has("v") ? "stayed and failed" : "removed");
    }
  }

  /** Expects so many names. */
  static final class Measured {
    public static void main(String[] args) throws IOException {
      SizeProbe probe = args[0].equals("portable") ? SizeProbe.portable() : SizeProbe.best();

      assertThat(probe.measure(Path.of(args[1])).entries()).isEqualTo(Integer.parseInt(args[2]));
    }
  }

  /** Expects that everything goes, and how many names that are. */
  static final class Removed {
    public static void main(String[] args) throws IOException {
      Deleter.Deletion deletion = delete(args);

      assertThat(deletion.problems()).isEmpty();
      assertThat(deletion.removed()).isEqualTo(Integer.parseInt(args[2]));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"secure", "portable"})
  void countsAMillionFailuresInALittleHeap(String layer) throws IOException {
    assumeTrue(ChildProcess.isRoot(), "skipped: only root can give a directory away");
    Path stuck = tree().path("v");
    create(stuck, ENTRIES, 0);
    Files.setAttribute(stuck, "unix:uid", 12345);
    Files.setPosixFilePermissions(stuck, PosixFilePermissions.fromString("r-xr-xr-x"));
    try {
      ChildProcess.runBoundByPermissionsWithHeap(HEAP, Stuck.class, layer, stuck, ENTRIES);
    } finally {
      Files.setPosixFilePermissions(stuck, PosixFilePermissions.fromString("rwx------"));
    }
    System.out.printf("%s: counted %d failures with -Xmx%dm%n", layer, ENTRIES, HEAP);
    Removed.main(new String[] {layer, stuck.toString(), Integer.toString(ENTRIES + 1)});
  }

  /** Expects that nothing goes. */
  static final class Stuck {
    public static void main(String[] args) throws IOException {
      Deleter.Deletion deletion = delete(args);

      assertThat(deletion.removed()).isZero();
      assertThat(deletion.failures()).isEqualTo(Integer.parseInt(args[2]));
      assertThat(deletion.problems())
          .hasSize(TreeRemover.MAX_PROBLEMS)
          .extracting(Problem::path)
          .allMatch(path -> path.getParent().equals(Path.of(args[1])));
    }
  }

  private static Deleter.Deletion delete(String[] args) throws IOException {
    Path victim = Path.of(args[1]);
    return SecureDeleterOnRealFilesTest.deleter(args[0]).delete(victim, Stat.of(victim).identity());
  }

  private static void create(Path parent, int files, int directories) throws IOException {
    Files.createDirectory(parent);
    for (int i = 0; i < files; i++) {
      Files.createFile(parent.resolve("file-" + i));
    }
    for (int i = 0; i < directories; i++) {
      Files.createDirectory(parent.resolve("directory-" + i));
    }
  }
}
