package dev.lowtide.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class CommandShapeTest {
  private static final Path ITEM = Path.of("/tree/cache");

  private static boolean admits(CommandShape shape, String... argv) {
    return shape.matches(List.of(argv), ITEM);
  }

  @Test
  void fixedWordsAreComparedOneByOne() {
    CommandShape list = CommandShape.of("rustup", "toolchain", "list");

    assertThat(admits(list, "rustup", "toolchain", "list")).isTrue();
    assertThat(admits(list, "rustup", "toolchain")).isFalse();
    assertThat(admits(list, "rustup", "toolchain", "list", "-v")).isFalse();
    assertThat(admits(list, "rustup", "run", "stable", "rm", "-rf", "/")).isFalse();
    assertThat(admits(list, "/tree/rustup", "toolchain", "list")).isFalse();
  }

  @Test
  void aPathIsThatOfTheItemAndNoOther() {
    CommandShape prune = CommandShape.of("uv", "cache", "prune", "--cache-dir").path();

    assertThat(admits(prune, "uv", "cache", "prune", "--cache-dir", "/tree/cache")).isTrue();
    assertThat(admits(prune, "uv", "cache", "prune", "--cache-dir", "/tree/cache/..")).isFalse();
    assertThat(admits(prune, "uv", "cache", "prune", "--cache-dir", "/home/me")).isFalse();
  }

  @Test
  void aNameIsThatOfTheItemAndNoOption() {
    CommandShape uninstall = CommandShape.of("uv", "python", "uninstall").name();

    assertThat(admits(uninstall, "uv", "python", "uninstall", "cache")).isTrue();
    assertThat(admits(uninstall, "uv", "python", "uninstall", "other")).isFalse();
    assertThat(
            uninstall.matches(
                List.of("uv", "python", "uninstall", "--all"), Path.of("/tree/--all")))
        .isFalse();
  }

  @Test
  void severalArgumentsMustEachMatch() {
    CommandShape clean =
        CommandShape.of("uv", "cache", "clean").eachMatching("[a-z]+").then("--cache-dir").path();

    assertThat(admits(clean, "uv", "cache", "clean", "a", "b", "--cache-dir", "/tree/cache"))
        .isTrue();
    assertThat(admits(clean, "uv", "cache", "clean", "--cache-dir", "/tree/cache")).isFalse();
    assertThat(admits(clean, "uv", "cache", "clean", "a", "-x", "--cache-dir", "/tree/cache"))
        .isFalse();
  }

  @Test
  void theProgramIsABareName() {
    assertThatIllegalArgumentException().isThrownBy(() -> CommandShape.of("/tmp/evil", "prune"));
  }
}
