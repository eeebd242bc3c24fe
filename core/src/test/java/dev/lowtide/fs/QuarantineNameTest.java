package dev.lowtide.fs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.FileKind;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuarantineNameTest {
  private static final String ID = "00c0ffee00c0ffee";

  @ParameterizedTest
  @CsvSource({"1, 0, 0", "-1, 1, 253402300799", "4711, 1795349956123456789, 1795349956"})
  void isReadAsItIsWritten(long inode, long born, long until) {
    QuarantineName name = new QuarantineName(ID, inode, born, until);

    assertThat(QuarantineName.parse(Path.of("/somewhere", name.toString()))).contains(name);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 999, 65535})
  void anIdTellsItsRecordAndItsNumber(int number) {
    String id = QuarantineName.id("c0ffee00c0ff", number);

    assertThat(id).matches("[0-9a-f]{16}");
    assertThat(new QuarantineName(id, 1, 0, 0).record()).isEqualTo("c0ffee00c0ff");
    assertThat(QuarantineName.number(id)).isEqualTo(number);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "lock",
        "00c0ffee00c0.jsonl",
        "00c0ffee00c0ffee.1-0",
        "00c0ffee00c0ffee.1-0.0.0",
        "00C0FFEE00C0FFEE.1-0.0",
        "c0ffee.1-0.0",
        "00c0ffee00c0ffee.-1-0.0",
        "00c0ffee00c0ffee.99999999999999999999-0.0",
        "00c0ffee00c0ffee.1-9999999999999999999.0",
        "00c0ffee00c0ffee.1-0.0 "
      })
  void otherNamesAreNotTakenForOne(String name) {
    assertThat(QuarantineName.parse(Path.of(name))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"7, 5, true", "7, 0, true", "7, 6, false", "8, 5, false"})
  void namesWhatHasItsInodeAndItsTimeOfBirthAsFarAsThatIsTold(
      long inode, long born, boolean expected) {
    QuarantineName name = new QuarantineName(ID, 7, 5, 0);

    assertThat(
            name.isNameOf(
                new FileStatus(FileKind.DIRECTORY, new FileKey(3, inode), born, false), 0))
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"7, 1000, true", "8, 1000, true", "7, 1001, false"})
  void whereInodesAreNumberedAnewTheTimeOfModificationDecides(
      long inode, long modified, boolean expected) {
    QuarantineName name = QuarantineName.of(ID, found(7), 1000, 1);

    assertThat(QuarantineName.parse(Path.of(name.toString()))).contains(name);
    assertThat(name.isNameOf(found(inode), modified)).isEqualTo(expected);
  }

  @Test
  void whatWasKnownWhenItsRemovalBeganIsKnownToTheEnd() {
    QuarantineName going = QuarantineName.of(ID, found(7), 1000, 1).removalBegun();

    assertThat(QuarantineName.parse(Path.of(going.toString()))).contains(going);
    assertThat(going.isComplete()).isFalse();
    assertThat(going.isNameOf(found(8), 2000)).isTrue();
    assertThat(new QuarantineName(ID, 7, 5, 1).removalBegun().isNameOf(found(8), 0)).isFalse();
  }

  private static FileStatus found(long inode) {
    return new FileStatus(FileKind.DIRECTORY, new FileKey(3, inode), 0, false);
  }

  @Test
  void whatMayHaveBegunToGoIsNotWhole() {
    assertThat(new QuarantineName(ID, 7, 0, 0).isComplete()).isFalse();
    assertThat(new QuarantineName(ID, 7, 0, 1).isComplete()).isTrue();
  }
}
