package dev.lowtide.maven;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.lowtide.probe.SizeProbe;
import dev.lowtide.verify.DiskBaseline;
import dev.lowtide.verify.DiskLocation;
import dev.lowtide.verify.Verification;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.apache.maven.model.Build;
import org.apache.maven.model.Model;
import org.apache.maven.project.MavenProject;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which directories a build of several projects is compared in, and which it may fill. */
class ReactorTest {
  @TempDir Path temporary;
  private Path root;

  @BeforeEach
  void makeDirectories() throws IOException {
    root = Files.createDirectories(temporary.toRealPath().resolve("root"));
    Files.createDirectories(root.resolve("module"));
    Files.createDirectories(root.resolveSibling("beside"));
  }

  @Test
  void aModuleInsideAnotherProjectIsPartOfIt() throws IOException {
    assertThat(locations(root.resolve("module"), root))
        .extracting(DiskLocation::name, DiskLocation::root)
        .containsExactly(tuple("workspace", root));
  }

  @Test
  void aModuleBesideTheRootIsALocationOfItsOwn() throws IOException {
    assertThat(locations(root, root.resolveSibling("beside")))
        .extracting(DiskLocation::root)
        .containsExactlyInAnyOrder(root, root.resolveSibling("beside"));
  }

  @Test
  void aDirectoryWhoseNameOnlyBeginsAlikeIsNotInside() throws IOException {
    Path alike = Files.createDirectory(root.resolveSibling("root-2"));

    assertThat(locations(root, alike, root.resolve("module"))).hasSize(2);
  }

  @Test
  void everyBuildDirectoryMayGrowAndNothingElse() throws IOException {
    List<DiskLocation> locations = locations(root, root.resolve("module"));
    DiskBaseline before = baseline(locations);

    write(root.resolve("target/a.o"));
    write(root.resolve("module/target/deep/b.o"));
    assertThat(Verification.compare(before, baseline(locations)).passed()).isTrue();

    write(root.resolve("module/target-2/c.o"));
    assertThat(Verification.compare(before, baseline(locations)).passed()).isFalse();
  }

  @Test
  void aProjectBehindALinkIsComparedItself() throws IOException {
    Path link = Files.createSymbolicLink(temporary.resolve("link"), root);
    List<DiskLocation> locations = locations(link);
    DiskBaseline before = baseline(locations);

    write(link.resolve("target/a.o"));
    assertThat(Verification.compare(before, baseline(locations)).passed()).isTrue();

    write(link.resolve("left.o"));
    assertThat(Verification.compare(before, baseline(locations)).passed()).isFalse();
  }

  private static List<DiskLocation> locations(Path... projects) throws IOException {
    return Reactor.of(Stream.of(projects).map(ReactorTest::project).toList()).locations();
  }

  private static MavenProject project(Path directory) {
    Build build = new Build();
    build.setDirectory(directory.resolve("target").toString());
    Model model = new Model();
    model.setBuild(build);
    MavenProject project = new MavenProject(model);
    project.setFile(directory.resolve("pom.xml").toFile());
    return project;
  }

  private static DiskBaseline baseline(List<DiskLocation> locations) throws IOException {
    return DiskBaseline.capture(locations, SizeProbe.best(), Instant.now());
  }

  private static void write(Path file) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, "object");
  }
}
