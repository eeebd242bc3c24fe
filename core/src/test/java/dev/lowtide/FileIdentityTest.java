package dev.lowtide;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FileIdentityTest {
  private static FileIdentity born(long nanos) {
    return new FileIdentity(FileKind.DIRECTORY, 1, 2, 3, nanos);
  }

  @Test
  void anInodeThatIsUsedAgainIsAnotherFile() {
    assertThat(born(10).isSameFile(born(11))).isFalse();
    assertThat(born(10).isSameFile(born(10))).isTrue();
  }

  @Test
  void aTimeOfBirthThatIsNotToldDecidesNothing() {
    assertThat(born(0).isSameFile(born(10))).isTrue();
    assertThat(born(10).isSameFile(born(0))).isTrue();
  }

  @Test
  void aChangeOfStatusLeavesItTheSameFile() {
    assertThat(born(10).isSameFile(new FileIdentity(FileKind.DIRECTORY, 1, 2, 4, 10))).isTrue();
  }

  @Test
  void anotherInodeDeviceOrKindIsAnotherFile() {
    assertThat(born(10).isSameFile(new FileIdentity(FileKind.DIRECTORY, 9, 2, 3, 10))).isFalse();
    assertThat(born(10).isSameFile(new FileIdentity(FileKind.DIRECTORY, 1, 9, 3, 10))).isFalse();
    assertThat(born(10).isSameFile(new FileIdentity(FileKind.REGULAR, 1, 2, 3, 10))).isFalse();
  }
}
