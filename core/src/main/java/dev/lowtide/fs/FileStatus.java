package dev.lowtide.fs;

import dev.lowtide.FileIdentity;
import dev.lowtide.FileKind;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * The status of an entry of a directory, or of the directory itself.
 *
 * @param bornNanos when it was created, in nanoseconds since 1970; 0 if unknown
 * @param isMountPoint whether something is mounted here; false if unknown
 */
record FileStatus(FileKind kind, FileKey key, long bornNanos, boolean isMountPoint) {
  static FileStatus of(BasicFileAttributes attributes) {
    // Before JDK 22, the JDK reports the modification time as the creation time
    return new FileStatus(Stat.kind(attributes), FileKey.of(attributes), 0, false);
  }

  boolean isSameFile(FileIdentity expected) {
    return expected.isSameFile(
        new FileIdentity(kind, key.device(), key.inode(), expected.changedNanos(), bornNanos));
  }
}
