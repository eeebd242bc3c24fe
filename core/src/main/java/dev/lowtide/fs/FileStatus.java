package dev.lowtide.fs;

import dev.lowtide.FileIdentity;
import dev.lowtide.FileKind;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * What a name stands for, or the directory itself.
 *
 * @param bornNanos when it was made, in nanoseconds since 1970; 0 where that is not told
 * @param mount whether something is mounted here; false where that is not told
 */
record FileStatus(FileKind kind, FileKey key, long bornNanos, boolean mount) {
  static FileStatus of(BasicFileAttributes attributes) {
    // What the JDK calls the time of creation is that of the modification before JDK 22
    return new FileStatus(Stat.kind(attributes), FileKey.of(attributes), 0, false);
  }

  boolean isSameFile(FileIdentity expected) {
    return expected.isSameFile(
        new FileIdentity(kind, key.device(), key.inode(), expected.changedNanos(), bornNanos));
  }
}
