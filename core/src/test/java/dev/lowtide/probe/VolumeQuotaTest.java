package dev.lowtide.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lowtide.testing.ChildProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Quotas of real file systems, on kernels that have them. */
class VolumeQuotaTest {
  @TempDir Path directory;

  @Test
  void noneIsSeenWhereThereIsNone() throws IOException {
    assertThat(Volume.of(directory.toRealPath()).quota()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          mkfs.ext4 -q -O quota,project -E quotatype=prjquota | setquota -P 7 0 4096 0 0 "$1"
          mkfs.xfs -q | xfs_quota -x -c "limit -p bhard=4m 7" "$1"
          """)
  void theProjectOfADirectoryLeavesLessThanTheFileSystem(String make, String limit)
      throws IOException {
    ChildProcess.assumeTool(limit.substring(0, limit.indexOf(' ')));
    Path image = directory.resolve("image");
    Path mounted = Files.createDirectory(directory.toRealPath().resolve("mounted"));
    String mount =
        "truncate -s 400M \"$2\"; %s \"$2\"; mount -o loop,prjquota \"$2\" \"$1\"".formatted(make);
    assumeTrue(mounts(mount, mounted, image), "skipped: this kernel has no project quotas");

    ChildProcess.runWithMounts(
        "rm \"$2\"; " + mount + "; mkdir \"$1/project\"; chattr -p 7 +P \"$1/project\"; " + limit,
        InProject.class,
        mounted,
        image);
  }

  private static boolean mounts(String script, Path mounted, Path image) {
    try {
      ChildProcess.runWithMounts(script, Nothing.class, mounted, image);
      return true;
    } catch (AssertionError e) {
      return false;
    }
  }

  /** Does nothing where a file system could be mounted. */
  static final class Nothing {
    private Nothing() {}

    public static void main(String[] args) {}
  }

  /** Runs where a directory has a limit of 4 MiB. */
  static final class InProject {
    private InProject() {}

    public static void main(String[] args) throws IOException {
      Volume whole = Volume.of(Path.of(args[0]));
      Volume project = Volume.of(Path.of(args[0], "project"));
      assertThat(whole.quota()).isEmpty();
      assertThat(project.quota()).contains("the quota of this directory's project");
      assertThat(project.free().bytes()).isLessThanOrEqualTo(4 << 20);
    }
  }
}
