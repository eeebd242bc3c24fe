package dev.lowtide.verify;

import static dev.lowtide.testing.TestTree.NOW;
import static dev.lowtide.testing.TestTree.kib;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lowtide.ByteSize;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.Mutations;
import dev.lowtide.testing.TestTree;
import dev.lowtide.verify.DiskLocation.Tolerance;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DiskBaselineTest {
  private static DiskBaseline capture(DiskLocation... places) throws IOException {
    return DiskBaseline.capture(List.of(places), SizeProbe.best(), NOW);
  }

  private static String json(DiskBaseline baseline) throws IOException {
    StringWriter json = new StringWriter();
    baseline.write(json);
    return json.toString();
  }

  @Test
  void takesWhatItsPlacesTake(@TempDir Path directory) throws IOException {
    TestTree.in(directory).file("a/x", kib(40)).hardLink("a/y", "a/x").link("z", "a");

    DiskBaseline.Location location =
        capture(DiskLocation.unchanged("place", directory)).locations().get(0);

    assertThat(location.bytes()).isEqualTo(SizeProbe.best().measure(directory).allocatedBytes());
    assertThat(location.entries()).isEqualTo(5);
    assertThat(location.freeBytes()).isPresent();
  }

  @Test
  void isTheSameAfterItWasSavedAndLoaded(@TempDir Path directory, @TempDir Path elsewhere)
      throws IOException {
    TestTree.in(directory).file("100%/ü€😀 \"\n").link("b", "nowhere").chain("deep", 300);
    DiskLocation rules =
        DiskLocation.bounded("place", directory)
            .tolerating(new Tolerance(ByteSize.kibibytes(3), 2.5))
            .excepting("dist/**");
    DiskBaseline saved = capture(rules);
    Path file = elsewhere.resolve("before.json");

    saved.save(file);
    DiskBaseline loaded = DiskBaseline.load(file);

    assertThat(loaded.takenAt()).isEqualTo(saved.takenAt());
    assertThat(loaded.locations().get(0).rules()).isEqualTo(rules);
    assertThat(json(loaded)).isEqualTo(json(saved));
    assertThat(nothingChangedSince(loaded)).isTrue();
  }

  @Test
  void readsADamagedOneOrSaysSo(@TempDir Path directory) throws IOException {
    TestTree.in(directory).file("100%/ü", kib(4)).link("b", "nowhere").file("c/d");
    String whole = json(capture(DiskLocation.unchanged("place", directory).excepting("dist/**")));

    Mutations.of(
        whole.getBytes(UTF_8),
        damaged -> {
          try {
            DiskBaseline.read(new StringReader(new String(damaged, UTF_8)));
          } catch (IllegalArgumentException expected) {
            // to which load() adds the name of the file
          }
        });
  }

  private static boolean nothingChangedSince(DiskBaseline before) throws IOException {
    return Verification.compare(
            before.expecting(rules -> rules.expecting(DiskLocation.Expectation.UNCHANGED)),
            before.again(SizeProbe.best(), NOW))
        .passed();
  }

  @Test
  void keepsNamesThatAreNoText(@TempDir Path directory) throws IOException {
    assumeTrue(ChildProcess.isRoot(), "skipped: made for the machine of the tests");
    ChildProcess.run(directory, "sh", "-c", "touch \"$(printf 'a\\377%%b')\"");

    DiskBaseline saved = capture(DiskLocation.unchanged("place", directory));
    DiskBaseline loaded = DiskBaseline.read(new StringReader(json(saved)));

    assertThat(json(saved)).contains("\"a%FF%25b\"");
    assertThat(nothingChangedSince(loaded)).isTrue();
  }

  @Test
  void isReadOnAFileSystemInMemory() throws IOException {
    TestTree tree = TestTree.inMemory().file("a/x", kib(4));
    DiskBaseline saved = capture(DiskLocation.unchanged("place", tree.path("a")));
    saved.save(tree.path("before.json"));

    assertThat(nothingChangedSince(DiskBaseline.load(tree.path("before.json")))).isTrue();
  }

  @Test
  void aBaselineOfAnOlderVersionMustBeRecordedAgain(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("before.json");
    Files.writeString(file, "{\"schema\":1,\"takenAt\":\"2026-11-21T12:00:00Z\",\"locations\":[]}");

    assertThatIllegalArgumentException()
        .isThrownBy(() -> DiskBaseline.load(file))
        .withMessage(
            "'%s' cannot be used as a baseline: It is a baseline of schema 1, and this version"
                + " reads schema 2; record it again",
            file);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{}",
        "{\"schema\": 2",
        "{\"schema\": 2, \"takenAt\": \"2026-11-21T12:00:00Z\"}",
        "{\"schema\": 2, \"locations\": {}}",
        "{\"schema\": 2, \"locations\": [1]}",
        "{\"locations\": [], \"takenAt\": \"2026-11-21T12:00:00Z\"}",
        "{\"schema\": 2, \"locations\": [], \"takenAt\": \"yesterday\"}",
        "{\"schema\": 2, \"locations\": [], \"takenAt\": \"2026-11-21T12:00:00Z\"} {}",
        "{\"schema\": 2, \"locations\": [{\"name\": \"a\", \"uri\": \"file:///a\"}]}",
        "{\"schema\": 2, \"locations\": [{\"name\": \"a\", \"uri\": \"no:x\", \"entries\": []}]}",
        "{\"schema\": 2, \"locations\": [{\"name\": \"a\", \"entries\":"
            + " [[2,\"\",\"d\",0,0,0,0,0]]}]}",
        "{\"schema\": 2, \"locations\": [{\"name\": \"a\", \"entries\":"
            + " [[0,\"\",\"x\",0,0,0,0,0]]}]}",
      })
  void thatIsBrokenIsRejectedWithASentence(String json) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DiskBaseline.read(new StringReader(json)))
        .withMessage("It is not a complete baseline");
  }

  @Test
  void thatIsCutShortIsRejected() throws IOException {
    String json = json(capture(DiskLocation.unchanged("a", TestTree.inMemory().file("x").root())));

    for (int length = 0; length < json.stripTrailing().length(); length += 7) {
      String part = json.substring(0, length);
      assertThatIllegalArgumentException()
          .as(part)
          .isThrownBy(() -> DiskBaseline.read(new StringReader(part)));
    }
  }
}
