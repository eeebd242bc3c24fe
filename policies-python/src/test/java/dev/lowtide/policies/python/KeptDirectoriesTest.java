package dev.lowtide.policies.python;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.policies.python.fixtures.CacheFiles;
import dev.lowtide.policy.Marker;
import dev.lowtide.testing.Planned;
import dev.lowtide.testing.TestTree;
import org.junit.jupiter.api.Test;

/** Caches and stores of tools that lie in a workspace, with what the workspace's policies take. */
class KeptDirectoriesTest {
  private final TestTree tree =
      TestTree.inMemory().file("app/a.py").file("app/__pycache__/a.cpython-312.pyc");

  private void assertNothingOfItGoes(String directory) {
    tree.file(directory + "/x/a.py").file(directory + "/x/__pycache__/a.cpython-312.pyc");

    Planned planned = Planned.workspace(tree);

    assertThat(planned.proposed()).containsExactly("app/__pycache__");
    assertThat(planned.refused()).containsKey(directory);
  }

  @Test
  void ofUv() {
    tree.file(".uv-cache/CACHEDIR.TAG", Marker.CACHE_DIRECTORY.beginning())
        .file(".uv-cache/.lock")
        .file(".uv-cache/archive-v0/x/a.py")
        .file(".uv-cache/archive-v0/x/__pycache__/a.cpython-312.pyc")
        .file(".uv-cache/environments-v2/e/pyvenv.cfg", "home = /usr/bin")
        .file(".uv-cache/environments-v2/e/bin/python");

    Planned planned = Planned.workspace(tree);

    assertThat(planned.proposed()).containsExactly("app/__pycache__");
    assertThat(planned.refused()).containsOnlyKeys(".uv-cache");
  }

  @Test
  void ofPip() {
    tree.file("pip/" + CacheFiles.response("http-v2", "a"));
    assertNothingOfItGoes("pip");
  }

  @Test
  void ofPoetry() {
    tree.file("poetry/" + CacheFiles.artifacts("a") + "/a.whl");
    assertNothingOfItGoes("poetry");
  }

  @Test
  void ofPreCommit() {
    tree.file("hooks/db.db").file("hooks/repoabcd1234/README");
    assertNothingOfItGoes("hooks");
  }

  @Test
  void ofConda() {
    tree.file("pkgs/urls.txt").file("pkgs/zlib-1.3-0/info/index.json");
    assertNothingOfItGoes("pkgs");
  }
}
