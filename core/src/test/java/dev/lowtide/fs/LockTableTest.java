package dev.lowtide.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LockTableTest {
  private static final long DEVICE = FileKey.device(0xfe, 0);

  private static Stat file(long device, long inode) {
    Stat stat = new Stat();
    stat.device = device;
    stat.inode = inode;
    return stat;
  }

  @Test
  void readsEveryKindOfLockAndLeavesOutThoseWhoWait() {
    assertThat(
            LockTable.parse(
                """
                1: FLOCK  ADVISORY  WRITE 11 fe:00:2531447 0 EOF
                1: -> FLOCK  ADVISORY  WRITE 12 fe:00:2531447 0 EOF
                2: POSIX  ADVISORY  READ  13 fe:01:2531448 128 128
                3: OFDLCK ADVISORY  WRITE -1 00:1f:2531449 0 EOF
                4: LEASE  ACTIVE    READ  14 fe:00:2531450 0 EOF
                """))
        .extracting(LockTable.Lock::kind, LockTable.Lock::pid, lock -> lock.file().inode())
        .containsExactly(
            tuple("FLOCK", 11L, 2531447L),
            tuple("POSIX", 13L, 2531448L),
            tuple("OFDLCK", -1L, 2531449L),
            tuple("LEASE", 14L, 2531450L));
  }

  @Test
  void aLockIsOfTheFileOnThatDeviceOnly() {
    LockTable table = table(new LockTable.Lock("FLOCK", 11, new FileKey(DEVICE, 7)), true);

    assertThat(table.heldByOthers(file(DEVICE, 7))).isPresent();
    assertThat(table.heldByOthers(file(DEVICE, 8))).isEmpty();
    assertThat(table.heldByOthers(file(DEVICE + 1, 7))).isEmpty();
  }

  @Test
  void whereDevicesCannotBeComparedAnEqualInodeIsEnoughToBeBusyAndNoneIsNotEnoughToBeFree() {
    LockTable table = table(new LockTable.Lock("FLOCK", 11, new FileKey(DEVICE, 7)), true);
    long btrfs = FileKey.device(0, 99);

    assertThat(table.heldByOthers(file(btrfs, 7))).isPresent();
    assertThat(table.covers(file(btrfs, 8))).isFalse();
    assertThat(table.covers(file(DEVICE, 8))).isTrue();
  }

  @Test
  void inAContainerTheTableLeavesOutOthersLocks() {
    LockTable table = table(new LockTable.Lock("FLOCK", 11, new FileKey(DEVICE, 7)), false);

    assertThat(table.covers(file(DEVICE, 8))).isFalse();
  }

  @Test
  void whatThisProcessHoldsKeepsItOutOfNothing() {
    long self = ProcessHandle.current().pid();
    FileKey file = new FileKey(DEVICE, 7);

    assertThat(table(new LockTable.Lock("FLOCK", self, file), true).heldByOthers(file(DEVICE, 7)))
        .isEmpty();
    assertThat(table(new LockTable.Lock("POSIX", self, file), true).heldByOthers(file(DEVICE, 7)))
        .as("a lock that opening and closing the file would end")
        .isPresent();
  }

  private static LockTable table(LockTable.Lock lock, boolean complete) {
    return new LockTable(List.of(lock), Set.of(DEVICE, DEVICE + 1), complete);
  }
}
