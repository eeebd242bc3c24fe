package dev.lowtide.policies.rust.cargohome;

import static org.assertj.core.api.Assertions.assertThatIOException;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class GitIndexFileTest {

  @Test
  void aNameThatSharesMoreThanThePreviousNameHasMeansThatTheIndexIsDamaged() {
    byte[] index =
        ByteBuffer.allocate(100)
            .putInt(0x44495243) // DIRC
            .putInt(4) // the version in which names share their beginnings
            .putInt(1)
            .position(12 + 62) // the status, the hash and the flags of the file
            .put((byte) 5) // so many bytes fewer than the previous name, which is empty
            .array();

    assertThatIOException()
        .isThrownBy(() -> GitIndexFile.parse(index))
        .withMessage("it is truncated or damaged");
  }
}
