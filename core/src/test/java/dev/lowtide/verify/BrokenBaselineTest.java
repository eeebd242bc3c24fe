package dev.lowtide.verify;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BrokenBaselineTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{}",
        "{\"schema\": 1",
        "{\"schema\": 1, \"locations\": {}}",
        "{\"schema\": 1, \"locations\": [1]}",
        "{\"schema\": 1, \"locations\": [], \"takenAt\": \"yesterday\"}",
        "{\"schema\": 1, \"locations\": [{\"name\": \"a\", \"entries\": {}, \"uri\": \"no:x\"}]}",
        "{\"schema\": 7, \"locations\": []}",
      })
  void isRejectedWithASentence(String json) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DiskBaseline.fromJson(json))
        .withMessageStartingWith("It is ");
  }
}
