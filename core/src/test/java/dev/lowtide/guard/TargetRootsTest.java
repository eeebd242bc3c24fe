package dev.lowtide.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import dev.lowtide.CleanupListener;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.RefusedTargetException;
import dev.lowtide.plan.SpaceGoal;
import dev.lowtide.planner.ManagedDirectories;
import dev.lowtide.planner.Planner;
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

/** Which directories may be cleaned at all. */
class TargetRootsTest extends GuardFixture {
  private static void check(OperatingSystem system, FileSystem fileSystem, String home, String root)
      throws IOException {
    Path path = Files.createDirectories(fileSystem.getPath(root));
    TargetRoots.check(
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
    "/nix/store, /nix belongs to the system",
    "/gnu/store/a, /gnu belongs to the system",
    "/snap/core, /snap belongs to the system",
    "/var/lib/flatpak/app, /var/lib/flatpak belongs to the system",
    "/var, /var/lib/docker is inside it"
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
            GuardRules.of(
                HostEnvironment.of(
                    OperatingSystem.WINDOWS, fileSystem, Map.of(), "C:\\Users\\me", "C:\\Temp"),
                TestMachine.clockAt(TestTree.NOW)),
            ManagedDirectories.STANDARD,
            Retention.NONE,
            SpaceGoal.NONE,
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

    assertThatThrownBy(
            () ->
                TestMachine.lowtide(mac, TestPolicy.deleting("a"))
                    .build()
                    .plan(CleanupTarget.of("mac", shouting)))
        .isInstanceOf(RefusedTargetException.class)
        .hasMessageContaining("write the real path: /tree/build");
  }

  private void assertRefused(CleanupTarget target, String guard, String words) {
    assertThatThrownBy(() -> plan(target, "a"))
        .isInstanceOf(RefusedTargetException.class)
        .hasMessageContaining("Refused to clean " + target.root())
        .hasMessageContaining(words)
        .extracting(e -> ((RefusedTargetException) e).guard())
        .isEqualTo(guard);
  }

  private CleanupTarget target(String root) {
    return CleanupTarget.of("target", tree.root().getFileSystem().getPath(root));
  }

  @Test
  void theRootOfTheFileSystemIsRefused() {
    assertRefused(target("/"), "protected", "the root of the file system");
  }

  @Test
  void homeAndWhatHoldsItAreRefused() throws IOException {
    Files.createDirectories(tree.root().getFileSystem().getPath("/home/user/project"));

    assertRefused(target("/home/user"), "protected", "/home/user is inside it");
    assertRefused(target("/home"), "protected", "/home/user is inside it");
  }

  @Test
  void homeIsRefusedUnderAnotherName() throws IOException {
    Files.createDirectories(tree.path("real"));
    Files.createDirectory(tree.root().getFileSystem().getPath("/home"));
    Files.createSymbolicLink(tree.root().getFileSystem().getPath("/home/user"), tree.path("real"));

    assertRefused(target(tree.path("real").toString()), "protected", "is inside it");
  }

  @Test
  void aDirectoryInHomeIsAllowed() throws IOException {
    Path project = tree.root().getFileSystem().getPath("/home/user/project");
    TestTree.in(project).file("a");

    assertGoes(plan(CleanupTarget.of("project", project), "a"), project.resolve("a"));
  }

  @Test
  void theWorkingDirectoryIsAllowedAsAPlaceToLookIn() throws IOException {
    assertThat(tree.root().getFileSystem().getPath("").toAbsolutePath()).isEqualTo(tree.root());
    tree.file("a");

    assertGoes(plan(workspace, "a"), tree.path("a"));
  }

  @Test
  void aRootBehindALinkIsRefusedAndTheRealOneNamed() {
    tree.file("real/a").link("link", "real");

    assertRefused(target("/tree/link"), "symlink", "write the real path: /tree/real");
  }

  @Test
  void aLinkAboveTheRootIsRefusedToo() {
    tree.file("real/sub/a").link("link", "real");

    assertRefused(target("/tree/link/sub"), "symlink", "write the real path: /tree/real/sub");
  }

  @Test
  void whatWasRemovedAlreadyIsRefused() {
    tree.file(".lowtide-trash-0/1234.tree/a");

    assertThatThrownBy(
            () ->
                TestMachine.lowtide(tree)
                    .build()
                    .plan(CleanupTarget.of("kept", tree.path(".lowtide-trash-0/1234.tree"))))
        .isInstanceOf(RefusedTargetException.class)
        .hasMessageContaining("lowtide trash");
  }

  @Test
  void aFileIsRefused() {
    tree.file("file");

    assertRefused(target("/tree/file"), "directory", "it is not a directory");
  }

  @Test
  void whereNothingIsThereIsNothingToClean() throws IOException {
    CleanupPlan plan = plan(target("/tree/missing"), "a");

    assertThat(plan.isEmpty()).isTrue();
    assertThat(plan.refused()).isEmpty();
  }

  @Test
  void theSameRootTwiceIsOneTargetThatKeepsWhatBothKeep() throws IOException {
    tree.file("a").file("b").file("c");

    CleanupPlan plan =
        TestMachine.lowtide(tree, TestPolicy.deleting("a", "b", "c"))
            .build()
            .plan(workspace.keeping("a"), workspace.keeping("b"));

    assertThat(plan.targets()).hasSize(1);
    assertGoes(plan, tree.path("c"));
  }
}
