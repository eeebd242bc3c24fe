package dev.lowtide.fs;

import com.google.common.base.Splitter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Where something is mounted, as of now.
 *
 * <p>A device number does not show a bind mount of the same file system, and a btrfs subvolume has
 * another device number without being a mount; so both are looked at. Elsewhere than on Linux the
 * table is empty, and device numbers are all there is.
 */
public final class MountTable {
  /** proc(5): the fifth field is the mount point, with blanks and backslashes as octal escapes. */
  private static final Path MOUNTINFO = Path.of("/proc/self/mountinfo");

  private static final int MOUNT_POINT_FIELD = 4;

  private final Set<Path> mountPoints;

  private MountTable(Set<Path> mountPoints) {
    this.mountPoints = mountPoints;
  }

  /** The table as it is now. */
  public static MountTable read() throws IOException {
    return Files.exists(MOUNTINFO)
        ? parse(Files.readAllBytes(MOUNTINFO))
        : new MountTable(Set.of());
  }

  static MountTable parse(byte[] mountinfo) {
    Set<Path> points = new HashSet<>();
    // Latin-1 keeps every byte, so that the names can be put together again
    for (String line :
        Splitter.on('\n')
            .omitEmptyStrings()
            .split(new String(mountinfo, StandardCharsets.ISO_8859_1))) {
      List<String> fields = Splitter.on(' ').splitToList(line);
      if (fields.size() > MOUNT_POINT_FIELD) {
        points.add(Names.absolute(unescapeOctal(fields.get(MOUNT_POINT_FIELD))));
      }
    }
    return new MountTable(points);
  }

  /**
   * The mount points at or below a directory, spelled as paths below it, whatever symbolic links
   * lead to it.
   *
   * @throws IOException if the directory cannot be resolved
   */
  public Set<Path> atOrBelow(Path directory) throws IOException {
    if (!directory.getFileSystem().equals(FileSystems.getDefault()) || mountPoints.isEmpty()) {
      return Set.of();
    }
    Path real = directory.toRealPath();
    Set<Path> below = new HashSet<>();
    for (Path point : mountPoints) {
      if (point.startsWith(real)) {
        below.add(point.equals(real) ? directory : directory.resolve(real.relativize(point)));
      }
    }
    return below;
  }

  static byte[] unescapeOctal(String field) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(field.length());
    for (int i = 0; i < field.length(); i++) {
      char c = field.charAt(i);
      if (c == '\\' && i + 3 < field.length()) {
        bytes.write(Integer.parseInt(field.substring(i + 1, i + 4), 8));
        i += 3;
      } else {
        bytes.write(c);
      }
    }
    return bytes.toByteArray();
  }
}
