package dev.lowtide.fs;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableSet;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Where something is mounted, as of now.
 *
 * <p>A device number does not show a bind mount of the same file system, and a btrfs subvolume has
 * another device number without being a mount; so both are looked at. Elsewhere than on Linux the
 * table is empty, and device numbers are all there is.
 */
public final class MountTable {
  /**
   * proc(5): the fifth field is the mount point, with blanks and backslashes as octal escapes; the
   * sixth are the options of the mount.
   */
  private static final Path MOUNTINFO = Path.of("/proc/self/mountinfo");

  private static final int MOUNT_POINT_FIELD = 4;
  private static final int OPTIONS_FIELD = 5;

  /** By mount point, the options of the mount that is on top there. */
  private final Map<Path, Set<String>> options;

  private MountTable(Map<Path, Set<String>> options) {
    this.options = options;
  }

  /** The table as it is now. */
  public static MountTable read() throws IOException {
    return Files.exists(MOUNTINFO)
        ? parse(Files.readAllBytes(MOUNTINFO))
        : new MountTable(Map.of());
  }

  static MountTable parse(byte[] mountinfo) {
    Map<Path, Set<String>> options = new HashMap<>();
    // Latin-1 keeps every byte, so that the names can be put together again
    for (String line :
        Splitter.on('\n')
            .omitEmptyStrings()
            .split(new String(mountinfo, StandardCharsets.ISO_8859_1))) {
      List<String> fields = Splitter.on(' ').splitToList(line);
      if (fields.size() > OPTIONS_FIELD) {
        options.put(
            Names.absolute(unescapeOctal(fields.get(MOUNT_POINT_FIELD))),
            ImmutableSet.copyOf(Splitter.on(',').split(fields.get(OPTIONS_FIELD))));
      }
    }
    return new MountTable(options);
  }

  /**
   * The mount points at or below a directory, spelled as paths below it, whatever symbolic links
   * lead to it.
   *
   * @throws IOException if the directory cannot be resolved
   */
  public Set<Path> atOrBelow(Path directory) throws IOException {
    if (!directory.getFileSystem().equals(FileSystems.getDefault()) || options.isEmpty()) {
      return Set.of();
    }
    Path real = directory.toRealPath();
    Set<Path> below = new HashSet<>();
    for (Path point : options.keySet()) {
      if (point.startsWith(real)) {
        below.add(point.equals(real) ? directory : directory.resolve(real.relativize(point)));
      }
    }
    return below;
  }

  /**
   * The options, such as {@code ro} and {@code noatime}, of the mount in which a path lies; empty
   * where there is no table.
   *
   * @throws IOException if the path cannot be resolved
   */
  public Set<String> optionsAt(Path path) throws IOException {
    if (!path.getFileSystem().equals(FileSystems.getDefault())) {
      return Set.of();
    }
    for (Path above = path.toRealPath(); above != null; above = above.getParent()) {
      Set<String> found = options.get(above);
      if (found != null) {
        return found;
      }
    }
    return Set.of();
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
