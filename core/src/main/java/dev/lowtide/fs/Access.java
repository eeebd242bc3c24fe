package dev.lowtide.fs;

import java.io.IOException;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The owner and the permissions of a directory.
 *
 * @param owner the numeric user id, or {@link Stat#UNKNOWN_OWNER}
 * @param permissions the nine permission bits, as in chmod(1), or {@link #UNKNOWN_PERMISSIONS}
 */
record Access(int owner, int permissions) {
  static final int PERMISSION_MASK = 0777;
  static final int OWNER_ALL = 0700;
  static final int UNKNOWN_PERMISSIONS = -1;

  private static final List<PosixFilePermission> FROM_HIGHEST_BIT =
      List.of(
          PosixFilePermission.OWNER_READ,
          PosixFilePermission.OWNER_WRITE,
          PosixFilePermission.OWNER_EXECUTE,
          PosixFilePermission.GROUP_READ,
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.GROUP_EXECUTE,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE,
          PosixFilePermission.OTHERS_EXECUTE);

  static final Access UNKNOWN = new Access(Stat.UNKNOWN_OWNER, UNKNOWN_PERMISSIONS);

  static Access of(@Nullable PosixFileAttributeView view) throws IOException {
    if (view == null) {
      return UNKNOWN;
    }
    PosixFileAttributes attributes = view.readAttributes();
    return new Access(uid(attributes.owner()), bits(attributes.permissions()));
  }

  /**
   * The numeric user id. The {@code unix} view provides it only for paths; here the hash code of
   * the principal is that number: {@code sun.nio.fs.UnixUserPrincipals.User}, JDK 17 to 25.
   */
  private static int uid(UserPrincipal owner) {
    return owner.getClass().getName().equals("sun.nio.fs.UnixUserPrincipals$User")
        ? owner.hashCode()
        : Stat.UNKNOWN_OWNER;
  }

  static Set<PosixFilePermission> permissions(int bits) {
    Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
    int bit = 0400;
    for (PosixFilePermission permission : FROM_HIGHEST_BIT) {
      if ((bits & bit) != 0) {
        permissions.add(permission);
      }
      bit >>= 1;
    }
    return permissions;
  }

  private static int bits(Set<PosixFilePermission> permissions) {
    int bits = 0;
    for (PosixFilePermission permission : FROM_HIGHEST_BIT) {
      bits = bits << 1 | (permissions.contains(permission) ? 1 : 0);
    }
    return bits;
  }
}
