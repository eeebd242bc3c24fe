package dev.lowtide.policies.python;

import static dev.lowtide.testing.TestTree.daysAgo;
import static dev.lowtide.testing.TestTree.kib;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.lowtide.ByteSize;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.policy.Action.RunCommand;
import dev.lowtide.policy.Ownership;
import dev.lowtide.testing.Planned;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is proposed in the places that all builds of a user share. */
class CachePoliciesTest {
  private final TestTree tree = TestTree.inMemory();

  @Nested
  class OfPip {
    private Planned plan() {
      return Planned.of(tree, target(), Planned.host(tree));
    }

    private CleanupTarget target() {
      return CleanupTarget.cache("pip-cache", tree.root());
    }

    @Test
    void goesByWholeDirectories() {
      tree.file("http-v2/a/b/ab12", kib(4))
          .file("http/c")
          .file("wheels/a/b/c/x.whl")
          .file("selfcheck/1f.json")
          .file("CACHEDIR.TAG")
          .allModified(daysAgo(1));

      assertThat(plan().proposed()).containsExactly("http", "http-v2", "selfcheck", "wheels");
      assertThat(plan().refused()).isEmpty();
    }

    @Test
    void keepsWhatIsNotPips() {
      tree.file("http-v2/a").file("photos/cat.jpg").allModified(daysAgo(1));

      assertThat(plan().proposed()).containsExactly("http-v2");
      assertThat(plan().refused()).containsExactly(entry("photos", "it is not pip's"));
    }

    @Test
    void keepsWhatWasUsedWithinTheHour() {
      tree.file("http-v2/a", kib(1));

      assertThat(plan().proposed()).isEmpty();
      assertThat(plan().refused().get("http-v2")).contains("grace period");
    }

    @Test
    void goesByEntriesWhereYoungOnesAreKept() {
      tree.file("http-v2/a/old", 1, daysAgo(40))
          .file("http-v2/a/old.body", 1, daysAgo(40))
          .file("http-v2/a/mixed", 1, daysAgo(40))
          .file("http-v2/a/mixed.body", 1, daysAgo(2))
          .file("wheels/a/old/x-1.whl", 1, daysAgo(40))
          .file("wheels/a/old/origin.json", 1, daysAgo(40))
          .file("wheels/a/young/x-2.whl", 1, daysAgo(2));
      age("wheels/a/old", 40);

      Planned planned =
          Planned.of(
              tree,
              target(),
              Planned.using(Planned.host(tree)).olderThan(Duration.ofDays(30)).build());

      assertThat(planned.proposed())
          .containsExactly("http-v2/a/old", "http-v2/a/old.body", "wheels/a/old");
    }

    @Test
    void losesTheLeastRecentlyUsedWhereItIsTooLarge() {
      tree.file("http-v2/oldest", kib(64), daysAgo(3))
          .file("http-v2/older", kib(64), daysAgo(2))
          .file("http-v2/newest", kib(64), daysAgo(1));

      Planned planned =
          Planned.of(
              tree,
              target(),
              Planned.using(Planned.host(tree)).maxSize(new ByteSize(kib(140))).build());

      assertThat(planned.proposed()).containsExactly("http-v2/oldest");
    }

    @Test
    void isNotLookedForInAWorkspace() {
      tree.file("http-v2/a").file("wheels/b").allModified(daysAgo(1));

      assertThat(Planned.workspace(tree).proposed()).isEmpty();
      assertThat(Planned.workspace(tree).refused()).isEmpty();
    }

    private void age(String directory, long days) {
      try {
        Files.setLastModifiedTime(tree.path(directory), FileTime.from(daysAgo(days)));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Nested
  class OfUv {
    @TempDir Path directory;

    private CleanupTarget target(TestTree cache) {
      return CleanupTarget.cache("uv-cache", cache.root());
    }

    private TestTree cache(Path root) {
      return TestTree.in(root)
          .file(".lock")
          .file("CACHEDIR.TAG")
          .file(".gitignore")
          .file("wheels-v6/a")
          .file("archive-v0/b", kib(8))
          .file(".tmpX1/c");
    }

    /** A machine with a stand-in for uv, which empties the archive of the cache it is told. */
    private HostEnvironment withUv() throws IOException {
      Path uv = Files.createDirectories(directory.resolve("bin")).resolve("uv");
      Files.writeString(
          uv,
          "#!/bin/sh\n[ \"$1 $2 $3\" = 'cache prune --cache-dir' ] && rm \"$4/archive-v0/b\"\n");
      assertThat(uv.toFile().setExecutable(true)).isTrue();
      return HostEnvironment.of(
          OperatingSystem.LINUX,
          directory.getFileSystem(),
          Map.of("PATH", uv.getParent() + ":/usr/bin:/bin"),
          "/home/me",
          "/tmp");
    }

    @Test
    void isCleanedByUv() throws IOException {
      TestTree cache = cache(Files.createDirectory(directory.resolve("cache")));

      Planned planned = Planned.of(cache, target(cache), withUv()).apply();

      assertThat(planned.plan().items())
          .singleElement()
          .extracting(item -> item.candidate().action())
          .isEqualTo(
              new RunCommand(
                  cache.root(),
                  List.of("uv", "cache", "prune", "--cache-dir", cache.root().toString())));
      assertThat(cache.has("archive-v0/b")).isFalse();
      assertThat(cache.has("wheels-v6/a")).isTrue();
    }

    @Test
    void staysWhereUvIsNot() {
      cache(tree.root());

      Planned planned = Planned.of(tree, target(tree), Planned.host(tree));

      assertThat(planned.proposed()).isEmpty();
      assertThat(planned.refused().get("")).contains("not on PATH", "UV_CACHE_DIR");
    }

    @Test
    void staysIfUvWouldRemoveWhatIsNotItsOwn() throws IOException {
      TestTree cache =
          cache(Files.createDirectory(directory.resolve("cache"))).file("photos/cat.jpg");

      Planned planned = Planned.of(cache, target(cache), withUv());

      assertThat(planned.proposed()).isEmpty();
      assertThat(planned.refused().get("")).contains(cache.root() + "/photos");
    }
  }

  @Nested
  class OfTemporaryFiles {

    @Test
    void losesNothingButWhatLowtideMade() {
      Ownership gone = new Ownership(1, "another start", Ownership.current().processes());
      tree.file("lowtide-1/.lowtide-owned", gone.markerText())
          .file("lowtide-1/tmpa1b2c3d4/a.o")
          .file("tmpbuild/a.o")
          .file("tmpx7y8z9ab/__pycache__/a.pyc")
          .file("pip-wheel-1234/a.whl")
          .file("env/pyvenv.cfg", "home = /usr/bin")
          .file("env/bin/python")
          .allModified(daysAgo(30));

      Planned planned =
          Planned.of(tree, CleanupTarget.temporary("temp", tree.root()), Planned.host(tree));

      assertThat(planned.proposed()).containsExactly("lowtide-1");
      assertThat(planned.refused()).isEmpty();
    }
  }
}
