package dev.lowtide.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lowtide.BoundedSize;
import dev.lowtide.CleanupListener;
import dev.lowtide.CleanupTarget;
import dev.lowtide.execute.Outcome.Removed;
import dev.lowtide.execute.Outcome.Skipped;
import dev.lowtide.fs.Stat;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.policy.Marker;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Trees on an overlayfs, as every container has one: its lower layer cannot be changed, and a
 * directory of it can be renamed only with {@code redirect_dir}.
 */
class OverlayTest {
  @TempDir Path temporary;

  @BeforeEach
  void needsMounts() {
    assumeTrue(ChildProcess.isRoot(), "skipped: only root can mount an overlay");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "upper redirect_dir=off,xino=off",
        "upper redirect_dir=on,xino=auto",
        "upper redirect_dir=on,metacopy=on",
        "elsewhere redirect_dir=on,xino=off",
        "elsewhere redirect_dir=off,xino=off",
        "elsewhere redirect_dir=on,xino=on"
      })
  void aTreeGoesWholeOrStaysWhole(String options) throws IOException {
    String[] upperAndOptions = options.split(" ");

    ChildProcess.runWithMounts(
        """
        cd "$1"; mkdir layers elsewhere merged
        mount -t tmpfs tmpfs layers; mount -t tmpfs tmpfs elsewhere
        upper=layers; [ "$2" = upper ] || upper=elsewhere
        mkdir -p layers/lower/w/keep $upper/upper $upper/work
        for tree in a b c d; do
          mkdir -p layers/lower/w/$tree/sub/deep layers/lower/w/$tree/removed
          echo mark > layers/lower/w/$tree/pyvenv.cfg
          echo file > layers/lower/w/$tree/sub/deep/file
          ln -s deep layers/lower/w/$tree/sub/link
          ln layers/lower/w/$tree/sub/deep/file layers/lower/w/$tree/sub/hard
          chmod 555 layers/lower/w/$tree/sub/deep
        done
        echo canary > layers/lower/w/keep/canary
        options="lowerdir=layers/lower,upperdir=$upper/upper,workdir=$upper/work,$3"
        if mount -t overlay overlay merged -o "$options"; then
          for tree in a b; do
            rm -r merged/w/$tree/removed; mkdir merged/w/$tree/removed # an opaque directory
            rm merged/w/$tree/sub/link; echo new > merged/w/$tree/sub/new # a whiteout, a new file
          done
        else
          touch unsupported
        fi
        """,
        Cleans.class,
        temporary.toRealPath(),
        upperAndOptions[0],
        upperAndOptions[1]);
  }

  /**
   * Runs where the overlay is mounted: removes {@code a} and {@code c}, and the others undoably.
   * The first of each two has been copied to the upper layer in part.
   */
  static final class Cleans {
    public static void main(String[] args) throws IOException {
      if (Files.exists(Path.of(args[0], "unsupported"))) {
        System.out.println("skipped: this kernel has no overlay with " + args[2]);
        return;
      }
      Map<String, String> lower = TestTree.in(Path.of(args[0], "layers", "lower")).fingerprint();
      TestTree merged = TestTree.in(Path.of(args[0], "merged", "w"));
      String canary = merged.fingerprint().get("keep/canary");
      CleanupTarget target = CleanupTarget.of("w", merged.root());

      Lowtide forGood = lowtide("a", "c").build();
      CleanupPlan plan = forGood.plan(target);
      assertThat(plan.reclaimable().bound())
          .isIn(BoundedSize.Bound.AT_MOST, BoundedSize.Bound.ESTIMATE);
      assertThat(plan.explain()).contains("files of a lower layer of the overlay frees nothing");
      CleanupReport report = forGood.apply(plan).orThrow();

      assertThat(report.outcomes()).hasSize(2).allMatch(Removed.class::isInstance);
      assertThat(merged.names()).noneMatch(name -> name.matches("[.ac].*"));

      Map<String, String> before = merged.fingerprint();
      Lowtide undoable = lowtide("b", "d").undoFor(Duration.ofDays(1)).build();
      List<Outcome> outcomes = undoable.apply(undoable.plan(target)).outcomes();
      if (args[2].contains("redirect_dir=on")) {
        assertThat(outcomes).hasSize(2).allMatch(Removed.class::isInstance);
        assertThat(merged.names()).noneMatch(name -> name.matches("[bd].*"));
        mountAgain(Path.of(args[0]));
        for (Trash.Item item : undoable.trash().list(List.of(merged.root())).items()) {
          assertThat(undoable.trash().restore(item, Optional.empty()).reason()).isEmpty();
        }
      } else {
        assertThat(outcomes).hasSize(2).allMatch(Skipped.class::isInstance);
        assertThat(outcomes).extracting(Outcome::reason).allMatch(each -> each.contains("layer"));
      }
      assertThat(merged.fingerprint()).isEqualTo(before).containsEntry("keep/canary", canary);
      assertThat(TestTree.in(Path.of(args[0], "layers", "lower")).fingerprint()).isEqualTo(lower);
    }

    private static LowtideBuilder lowtide(String... paths) {
      TestPolicy policy =
          TestPolicy.deleting(paths).with(each -> each.withMarker(new Marker("pyvenv.cfg", "")));
      return Lowtide.builder().policy(policy).listener(CleanupListener.NONE);
    }

    /** What has no lasting inode number gets another one: others are looked at first now. */
    private static void mountAgain(Path root) {
      ChildProcess.run(
          root,
          "sh",
          "-ec",
          "options=$(grep \"$PWD/merged \" /proc/self/mounts | cut -d' ' -f4); umount merged;"
              + " mount -t overlay overlay merged -o \"$options\"; ls -lR merged/w/keep");
    }
  }

  @Test
  void whatIdentifiesATreeIsTheLastOfItToGoWhereItIs() throws IOException {
    TestTree tree = TestTree.in(temporary.toRealPath());
    tree.file("a/pyvenv.cfg").file("a/other").file("a/sub/stuck").file("a/z/gone");
    ChildProcess.assumeTool("chattr");
    assumeTrue(
        ChildProcess.run(tree.root(), "sh", "-c", "chattr +i a/sub/stuck 2>&1 || :").isEmpty(),
        "skipped: no file can be made immutable here");
    try {
      Deleter.Deletion deletion = deleteInPlace(tree.path("a"));

      assertThat(deletion.failures()).isPositive();
      assertThat(tree.names()).contains("a/pyvenv.cfg", "a/sub/stuck").doesNotContain("a/z/gone");
    } finally {
      ChildProcess.run(tree.root(), "chattr", "-i", "a/sub/stuck");
    }
    assertThat(deleteInPlace(tree.path("a")).failures()).isZero();
    assertThat(tree.names()).isEmpty();
  }

  private static Deleter.Deletion deleteInPlace(Path path) throws IOException {
    return Deleter.secure().deleteInPlace(path, Stat.of(path).identity(), Set.of("pyvenv.cfg"));
  }
}
