package dev.lowtide.policies.rust;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.ByteSize;
import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.testing.TestTree;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SccacheSetupTest {
  private final TestTree tree = TestTree.inMemory();
  private final Map<String, String> variables = new HashMap<>();

  private SccacheSetup setup() {
    return setup("0.4.0-pre.6");
  }

  private SccacheSetup setup(String version) {
    variables.putIfAbsent("XDG_CONFIG_HOME", tree.root().toString());
    return SccacheSetup.of(
        HostEnvironment.of(
                OperatingSystem.LINUX, tree.root().getFileSystem(), variables, "/home/me", "/tmp")
            .withTools(
                (directory, argv) ->
                    Optional.of("sccache " + version + "\n")
                        .filter(any -> argv.equals(List.of("sccache", "--version")))));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.10.0", "0.17.0", "1.0.0"})
  void fromVersion10OnUnderstandsBytes(String version) {
    variables.put("SCCACHE_CACHE_SIZE", "20000000000");

    assertThat(setup(version).cap()).isEqualTo(new ByteSize(20000000000L));
    assertThat(setup(version).ignored()).isEmpty();
  }

  @Test
  void isTheUsualOneWhereNothingIsConfigured() {
    assertThat(setup().directory()).hasToString("/home/me/.cache/sccache");
    assertThat(setup().cap()).isEqualTo(ByteSize.parse("10GiB"));
    assertThat(setup().ignored()).isEmpty();
  }

  /** As SccacheE2ETest has the real one tell. */
  @ParameterizedTest
  @CsvSource({"5G, 5GiB", "2T, 2048GiB", "300M, 300MiB", "7K, 7KiB"})
  void understandsWholeNumbersWithALetter(String size, String meant) {
    variables.put("SCCACHE_CACHE_SIZE", size);

    assertThat(setup().cap()).isEqualTo(ByteSize.parse(meant));
    assertThat(setup().ignored()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "10GB, 9G",
    "3.5G, 3584M",
    "10g, 10G",
    "7Gi, a size such as 10G",
    "20000000000, 18G",
    "lots, a size such as 10G",
    "1.5MB, 1464K"
  })
  void knowsWhatSccacheIgnoresAndWhatToWriteInstead(String size, String remedy) {
    variables.put("SCCACHE_CACHE_SIZE", size);

    assertThat(setup().cap()).isEqualTo(ByteSize.parse("10GiB"));
    assertThat(setup().ignored().orElseThrow().value()).isEqualTo(size);
    assertThat(setup().ignored().orElseThrow().remedy()).isEqualTo("Set it to " + remedy + ".");
  }

  @Test
  void stepsBackToTheFileWhereNoVariableCounts() {
    tree.file("sccache/config", "[cache.disk]\ndir = \"/big/cache\"\nsize = 1234567\n");
    variables.put("SCCACHE_CACHE_SIZE", "10GB");

    assertThat(setup().directory()).hasToString("/big/cache");
    assertThat(setup().cap()).isEqualTo(new ByteSize(1234567));
  }

  @Test
  void forgetsTheSizeInTheFileWhereADirectoryIsSet() {
    tree.file("sccache/config", "[cache.disk]\ndir = \"/big/cache\"\nsize = 1234567\n");
    variables.put("SCCACHE_DIR", "/other");

    assertThat(setup().directory()).hasToString("/other");
    assertThat(setup().cap()).isEqualTo(ByteSize.parse("10GiB"));
    assertThat(setup().ignored().orElseThrow().where()).isEqualTo("/tree/sccache/config");
  }

  @Test
  void forgetsTheDirectoryInTheFileWhereASizeIsSet() {
    tree.file("sccache/config", "[cache.disk]\ndir = \"/big/cache\"\n");
    variables.put("SCCACHE_CACHE_SIZE", "5G");

    assertThat(setup().directory()).hasToString("/home/me/.cache/sccache");
  }

  @Test
  void isReadFromAnotherFileWhereOneIsNamed() {
    tree.file("mine.toml", "[cache.disk]\nsize = 1234567\n");
    variables.put("SCCACHE_CONF", "/tree/mine.toml");

    assertThat(setup().cap()).isEqualTo(new ByteSize(1234567));
  }

  @ParameterizedTest
  @ValueSource(strings = {"cache = 5", "[cache]\ndisk = \"/big\"", "[cache.disk]\nsize = -1"})
  void survivesAFileThatMeansSomethingElse(String text) {
    tree.file("sccache/config", text);

    assertThat(setup().directory()).hasToString("/home/me/.cache/sccache");
    assertThat(setup().cap()).isEqualTo(ByteSize.parse("10GiB"));
  }

  @Test
  void takesWhatNoDiskHoldsForNoLimit() {
    variables.put("SCCACHE_CACHE_SIZE", "999999999999T");

    assertThat(setup().cap().bytes()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void survivesAFileThatIsNoToml() {
    tree.file("sccache/config", "[cache.disk\nsize = ten");

    assertThat(setup().cap()).isEqualTo(ByteSize.parse("10GiB"));
  }
}
