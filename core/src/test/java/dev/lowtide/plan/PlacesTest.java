package dev.lowtide.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import dev.lowtide.CleanupListener;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.policy.Marker;
import dev.lowtide.policy.Retention;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.TestMachine;
import dev.lowtide.testing.TestPolicy;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which directories may be looked in at all, and what a mark in one of them proves. */
class PlacesTest {
  private final TestTree tree = TestTree.inMemory();

  private static CleanupPlan plan(TestTree tree, TestPolicy policy, CleanupTarget... targets)
      throws IOException {
    return TestMachine.lowtide(tree, policy).build().plan(targets);
  }

  private static void check(OperatingSystem system, FileSystem fileSystem, String home, String root)
      throws IOException {
    Path path = Files.createDirectories(fileSystem.getPath(root));
    Guards.checkRoot(
        CleanupTarget.of("place", path),
        HostEnvironment.of(system, fileSystem, Map.of(), home, root));
  }

  /** The JVM says ? for a user without an entry in passwd. */
  @Test
  void aUserWithoutAHomeIsNoReasonToRefuse() throws IOException {
    check(OperatingSystem.LINUX, tree.root().getFileSystem(), "?", "/tree/?/project");

    assertThat(
            HostEnvironment.of(
                    OperatingSystem.LINUX, tree.root().getFileSystem(), Map.of(), "?", "/tmp")
                .home())
        .hasToString("/nonexistent");
  }

  @ParameterizedTest
  @CsvSource({
    "/usr, /usr belongs to the system",
    "/usr/lib/python3/dist-packages, /usr belongs to the system",
    "/etc/x, /etc belongs to the system",
    "/proc/self, /proc belongs to the system",
    "/var/lib/docker/overlay2, /var/lib/docker belongs to the system",
    "/var, /var/lib/docker lies in it"
  })
  void theDirectoriesOfTheSystemAreRefused(String root, String words) throws IOException {
    Files.createDirectories(tree.root().resolve("/var/lib/docker"));

    assertThatThrownBy(
            () -> check(OperatingSystem.LINUX, tree.root().getFileSystem(), "/home/user", root))
        .isInstanceOf(RefusedTargetException.class)
        .hasMessageStartingWith("Refused to clean " + root + ": " + words)
        .hasMessageContaining("name the directory of a project");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/usr/src/app", "/usr/local/src/x", "/dev/shm/build", "/var/tmp", "/opt", "/usrx"})
  void whatPeopleBuildInIsAllowed(String root) throws IOException {
    check(OperatingSystem.LINUX, tree.root().getFileSystem(), "/home/user", root);
  }

  @Test
  void theDirectoriesOfWindowsAreRefusedInAnyCase() {
    FileSystem windows = Jimfs.newFileSystem(Configuration.windows());

    assertThatThrownBy(
            () -> check(OperatingSystem.WINDOWS, windows, "C:\\Users\\me", "c:\\windows\\Temp"))
        .isInstanceOf(RefusedTargetException.class)
        .hasMessageContaining("C:\\Windows belongs to the system");
  }

  @Test
  void aRootUnderTwoCasesIsOneTargetWhereCasesAreTheSame() throws IOException {
    TestTree windows = TestTree.in(Jimfs.newFileSystem(Configuration.windows())).file("a");

    FileSystem fileSystem = windows.root().getFileSystem();
    Planner planner =
        new Planner(
            SizeProbe.portable(),
            List.of(TestPolicy.deleting("a")),
            Guards.Rules.of(
                HostEnvironment.of(
                    OperatingSystem.WINDOWS, fileSystem, Map.of(), "C:\\Users\\me", "C:\\Temp"),
                TestMachine.clockAt(TestTree.NOW)),
            Retention.NONE,
            CleanupListener.NONE);

    CleanupPlan plan =
        planner.plan(
            List.of(
                CleanupTarget.of("one", windows.root()),
                CleanupTarget.of("two", fileSystem.getPath("c:\\TREE"))));

    assertThat(plan.targets()).hasSize(1);
    assertThat(plan.items()).hasSize(1);
  }

  @Test
  void aRootThatIsSpelledOtherwiseOnTheDiskIsRefused() {
    TestTree mac = TestTree.in(Jimfs.newFileSystem(Configuration.osX())).file("build/a");
    Path shouting = mac.root().getFileSystem().getPath("/TREE/BUILD");

    assertThatThrownBy(() -> plan(mac, TestPolicy.deleting("a"), CleanupTarget.of("mac", shouting)))
        .isInstanceOf(RefusedTargetException.class)
        .hasMessageContaining("name /tree/build");
  }

  @Test
  void whatOnlyBeginsLikeTheTargetDoesNotLieInIt() throws IOException {
    tree.directory("a/b").file("a/bc/precious");
    TestPolicy stray =
        new TestPolicy(
            "test.stray",
            snapshot -> {
              try {
                return List.of(
                    TestPolicy.delete(SizeProbe.portable().capture(tree.path("a/bc")).root()));
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            });

    CleanupPlan plan = plan(tree, stray, CleanupTarget.of("b", tree.path("a/b")));

    assertThat(plan.items()).isEmpty();
    assertThat(plan.refused()).extracting(Refusal::guard).containsExactly("inside-target");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Cargo.toml", "pyproject.toml", "package.json", "CMakeLists.txt"})
  void aMarkBesideTheFilesOfAProjectProvesNothing(String file) throws IOException {
    tree.file("cache/CACHEDIR.TAG", Marker.CACHE_DIRECTORY.beginning()).file("cache/sub/" + file);
    TestPolicy policy =
        TestPolicy.deleting("cache").with(each -> each.withMarker(Marker.CACHE_DIRECTORY));
    CleanupTarget workspace = CleanupTarget.of("workspace", tree.root());
    assertThat(plan(tree, policy, workspace).items()).hasSize(1);

    tree.file("cache/" + file);

    assertThat(plan(tree, policy, workspace).items()).isEmpty();
    assertThat(plan(tree, policy, workspace).refused())
        .singleElement()
        .satisfies(
            refusal -> {
              assertThat(refusal.guard()).isEqualTo("marker");
              assertThat(refusal.reason()).contains("/tree/cache/" + file, "so it is a project");
            });
  }
}
