package dev.lowtide.policies.rust.builds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.HostEnvironment;
import dev.lowtide.testing.TestMachine;
import java.nio.file.FileSystems;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Which toolchain runs where cargo is asked in directories that may be anybody's. */
class ToolchainsTest {
  private static final HostEnvironment HOST = TestMachine.host(FileSystems.getDefault());

  private static Optional<String> chosen(HostEnvironment host) {
    return Toolchains.withOwnCargo(host).variable("RUSTUP_TOOLCHAIN");
  }

  @Test
  void itIsTheDefaultOfTheUser() {
    assertThat(
            chosen(
                HOST.withTools(
                    (directory, argv) ->
                        Optional.of("stable (default)\nnightly (active, override)\n"))))
        .contains("stable");
  }

  @Test
  void itIsTheOneThatAVariableNames() {
    assertThat(chosen(HOST.withVariables(before -> Map.of("RUSTUP_TOOLCHAIN", "nightly"))))
        .contains("nightly");
  }

  @Test
  void itIsNoneWhereRustupDoesNotTell() {
    assertThat(chosen(HOST)).contains("lowtide-has-chosen-none");
  }
}
