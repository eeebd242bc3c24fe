package dev.lowtide.shared;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsValueTest {
  @Test
  void isFoundInATable() {
    assertThat(
            TomlBounds.value("[build]\ntarget-dir = \"out\"\n", "build.target-dir", String.class))
        .contains("out");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "build = 1", "[build]\ntarget-dir = 1", "[build]\nother = \"out\"", "[build"})
  void isEmptyWhereThereIsNoneOfThatType(String text) {
    assertThat(TomlBounds.value(text, "build.target-dir", String.class)).isEmpty();
  }

  @Test
  void isEmptyWhereTheTextIsNestedTooDeeplyToBeRead() {
    String deep = "build.target-dir = \"out\"\na = " + "[".repeat(100_000);

    assertThat(TomlBounds.value(deep, "build.target-dir", String.class)).isEmpty();
  }
}
