package dev.lowtide.wheels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PythonVersionTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          3.12            | 3.12
          3.10,3.11       | 3.10 3.11
          3.10-3.13       | 3.10 3.11 3.12 3.13
          3.9-3.9         | 3.9
          3.13, 3.9-3.10  | 3.13 3.9 3.10
          3.10-3.12,3.11  | 3.10 3.11 3.12
          """)
  void listsAndRangesAreParsed(String text, String versions) {
    assertThat(PythonVersion.parseList(text))
        .extracting(PythonVersion::toString)
        .containsExactly(versions.split(" "));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          3.13-3.10     | the range starts after its end; write 3.10-3.13
          2.7-3.9       | a range stays within one major version
          3.9-3.10-3.11 | a range has two ends
          3             | write for example 3.12
          3.x           | write for example 3.12
          3.12,         | write for example 3.12
          -3.12         | write for example 3.12
          ''            | write for example 3.12
          """)
  void textsThatNameNoVersionsAreRefusedWithTheReason(String text, String why) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PythonVersion.parseList(text))
        .withMessageContaining(why)
        .withMessageContaining("'" + text + "'");
  }
}
