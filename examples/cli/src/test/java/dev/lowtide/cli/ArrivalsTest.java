package dev.lowtide.cli;

import static dev.lowtide.testing.TestTree.kib;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.cli.Arrivals.Arrival;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ArrivalsTest {
  private final FileSystem fileSystem = TestTree.unix();
  private final Path tmp = fileSystem.getPath("/tmp");
  private final HostEnvironment host =
      HostEnvironment.of(OperatingSystem.LINUX, fileSystem, Map.of(), "/home", "/scratch");

  @BeforeEach
  void makeDirectories() throws IOException {
    Files.createDirectories(tmp);
    Files.createDirectories(fileSystem.getPath("/var/tmp"));
    Files.writeString(tmp.resolve("theirs"), "was there before");
  }

  private Arrivals remember(String... watched) {
    return Arrivals.inTemporaryDirectories(
        host, List.of(watched).stream().map(fileSystem::getPath).toList());
  }

  private static List<String> paths(Arrivals arrivals) {
    return arrivals.since(SizeProbe.portable()).stream()
        .map(arrival -> arrival.path().toString())
        .toList();
  }

  @Test
  void namesWhatIsNewWithItsSize() throws IOException {
    Arrivals arrivals = remember("/scratch");
    Files.createDirectories(tmp.resolve("build/lib"));
    Files.write(tmp.resolve("build/lib/a.o"), new byte[(int) kib(64)]);
    Files.writeString(fileSystem.getPath("/var/tmp/log"), "");

    List<Arrival> found = arrivals.since(SizeProbe.portable());

    assertThat(found)
        .extracting(Arrival::path)
        .extracting(Path::toString)
        .containsExactly("/tmp/build", "/var/tmp/log");
    assertThat(found.get(0).size().bytes()).isBetween(kib(64), kib(80));
    assertThat(found.get(0).explain()).startsWith("/tmp/build appeared during the run (~");
  }

  @Test
  void doesNotNameWhatWasThereEvenIfItChanged() throws IOException {
    Arrivals arrivals = remember("/scratch");
    Files.writeString(tmp.resolve("theirs"), "appended");

    assertThat(paths(arrivals)).isEmpty();
  }

  @Test
  void namesAnotherFileInThePlaceOfAnOldOne() throws IOException {
    Arrivals arrivals = remember("/scratch");
    Files.writeString(tmp.resolve("new"), "keeps the inode of the old one in use until later");
    Files.delete(tmp.resolve("theirs"));
    Files.move(tmp.resolve("new"), tmp.resolve("theirs"));

    assertThat(paths(arrivals)).containsExactly("/tmp/theirs");
  }

  @Test
  void doesNotNameWhatIsInALocation() throws IOException {
    Arrivals arrivals = remember("/tmp");
    Files.writeString(tmp.resolve("new"), "");

    assertThat(paths(arrivals)).isEmpty();
  }

  @Test
  void doesNotNameADirectoryThatContainsALocation() throws IOException {
    Arrivals arrivals = remember("/tmp/mine/workspace");
    Files.createDirectories(tmp.resolve("mine/workspace"));

    assertThat(paths(arrivals)).isEmpty();
  }

  @Test
  void doesNotNameWhatBelongsToAnotherUser() throws IOException {
    assumeTrue(
        System.getProperty("user.name").equals("root"),
        "skipped: only root can make files of another user");
    Arrivals arrivals =
        Arrivals.inTemporaryDirectories(HostEnvironment.current(), List.of(Path.of("/nowhere")));
    Path own = Files.createTempFile(Path.of("/tmp"), "own", "");
    Path other = Files.createTempFile(Path.of("/tmp"), "other", "");
    try {
      Files.setAttribute(other, "unix:uid", 54_321);

      assertThat(paths(arrivals)).contains(own.toString()).doesNotContain(other.toString());
    } finally {
      Files.delete(own);
      Files.delete(other);
    }
  }
}
