package dev.lowtide.fs;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableSet;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The mount points at the time of reading.
 *
 * <p>A device number does not show a bind mount of the same file system, and a btrfs subvolume has
 * another device number without being a mount; so callers check both. On systems other than Linux
 * the table is empty, and only device numbers are available.
 */
public final class MountTable {
  /**
   * proc(5): the third field is the device, the fourth the directory of its file system that is
   * mounted, the fifth the mount point, with blanks and backslashes as octal escapes; the sixth has
   * the options of the mount.
   */
  private static final Path MOUNTINFO = Path.of("/proc/self/mountinfo");

  private static final int DEVICE_FIELD = 2;
  private static final int ROOT_FIELD = 3;
  private static final int MOUNT_POINT_FIELD = 4;
  private static final int OPTIONS_FIELD = 5;

  /**
   * The types of file systems that the kernel serves itself, by their names in {@code
   * /proc/filesystems} of Linux 6.1: they respond as long as the disk does. For all others, such as
   * NFS, FUSE and autofs, another process or machine has to respond, and may never do so.
   */
  private static final Set<String> KERNEL_TYPES =
      Set.of(
          "bcachefs",
          "btrfs",
          "cgroup",
          "cgroup2",
          "debugfs",
          "devpts",
          "devtmpfs",
          "erofs",
          "exfat",
          "ext2",
          "ext3",
          "ext4",
          "f2fs",
          "hugetlbfs",
          "iso9660",
          "jfs",
          "mqueue",
          "ntfs3",
          "overlay",
          "proc",
          "ramfs",
          "securityfs",
          "squashfs",
          "sysfs",
          "tmpfs",
          "tracefs",
          "udf",
          "vfat",
          "xfs",
          "zfs");

  /** The options of the topmost mount, by mount point. */
  private final Map<Path, Set<String>> options;

  private final Set<Path> servedByOthers;
  private final List<Mount> mounts;

  private MountTable(Map<Path, Set<String>> options, Set<Path> servedByOthers, List<Mount> mounts) {
    this.options = options;
    this.servedByOthers = servedByOthers;
    this.mounts = mounts;
  }

  /**
   * A mount.
   *
   * @param root the directory of the file system that appears at the mount point
   */
  private record Mount(Path point, String device, Path root) {}

  /** The table as it was read last, with the text from which it was parsed. */
  private record Latest(String mountinfo, MountTable table) {}

  private static @Nullable Latest latest;

  /**
   * The table as it is now. With the native layer, the kernel tells whether it has changed;
   * otherwise it is read each time, and parsed only if its bytes differ.
   */
  public static synchronized MountTable read() throws IOException {
    boolean mayHaveChanged = NativeLayer.mountsChanged(); // before reading, or a change is missed
    Latest cached = latest;
    if (cached != null && !mayHaveChanged) {
      return cached.table();
    }
    latest = null; // a change is reported once, so the old table must not survive an error
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(MOUNTINFO);
    } catch (NoSuchFileException e) {
      bytes = new byte[0]; // the system is not Linux, or has no /proc
    }
    String mountinfo = new String(bytes, StandardCharsets.ISO_8859_1); // keeps every byte
    Latest current =
        cached != null && cached.mountinfo().equals(mountinfo)
            ? cached
            : new Latest(mountinfo, parse(bytes));
    latest = current;
    return current.table();
  }

  /**
   * @throws IOException if it cannot be parsed, since then a mount could be missed
   */
  static MountTable parse(byte[] mountinfo) throws IOException {
    try {
      return parseLines(mountinfo);
    } catch (IllegalArgumentException e) { // from parsing numbers and paths
      throw new IOException("the mount table cannot be parsed: " + e.getMessage(), e);
    }
  }

  private static MountTable parseLines(byte[] mountinfo) {
    Map<Path, Set<String>> options = new HashMap<>();
    Set<Path> servedByOthers = new HashSet<>();
    List<Mount> mounts = new ArrayList<>();
    // Latin-1 keeps every byte, so that the names can be restored
    for (String line : ProcFs.lines(new String(mountinfo, StandardCharsets.ISO_8859_1))) {
      List<String> fields = Splitter.on(' ').splitToList(line);
      if (fields.size() > OPTIONS_FIELD) {
        Path point = Names.absolutePath(unescapeOctal(fields.get(MOUNT_POINT_FIELD)));
        options.put(point, ImmutableSet.copyOf(Splitter.on(',').split(fields.get(OPTIONS_FIELD))));
        if (fields.get(ROOT_FIELD).startsWith("/")) { // not a mounted namespace
          Path root = Names.absolutePath(unescapeOctal(fields.get(ROOT_FIELD)));
          mounts.add(new Mount(point, fields.get(DEVICE_FIELD), root));
        }
        if (isServedByOthers(fields)) {
          servedByOthers.add(point);
        }
      }
    }
    return new MountTable(options, servedByOthers, mounts);
  }

  /**
   * Whether something other than the kernel serves a mount, by the type of its file system, which
   * follows the hyphen that ends the optional fields.
   */
  private static boolean isServedByOthers(List<String> fields) {
    int separator = fields.indexOf("-");
    return separator < 0
        || separator + 1 == fields.size()
        || !KERNEL_TYPES.contains(fields.get(separator + 1));
  }

  /**
   * The mount points of file systems for which another process or machine has to respond, and may
   * never do so: accessing one may hang.
   */
  Set<Path> servedByOthers() {
    return servedByOthers;
  }

  /** The mount points of {@link #atOrBelow} that are {@link #servedByOthers}. */
  Set<Path> servedByOthersAtOrBelow(Path directory) throws IOException {
    return servedByOthers.isEmpty() ? Set.of() : atOrBelow(directory, servedByOthers);
  }

  /**
   * The mount points at or below a directory, as paths that begin with the given path, even if it
   * leads through symbolic links.
   *
   * @throws IOException if the directory cannot be resolved
   */
  public Set<Path> atOrBelow(Path directory) throws IOException {
    return atOrBelow(directory, options.keySet());
  }

  /** Like {@link #atOrBelow}, for a path that contains no symbolic link. */
  public Set<Path> atOrBelowReal(Path real) {
    return real.getFileSystem().equals(FileSystems.getDefault())
        ? below(real, real, options.keySet())
        : Set.of();
  }

  private static Set<Path> atOrBelow(Path directory, Set<Path> points) throws IOException {
    if (!directory.getFileSystem().equals(FileSystems.getDefault()) || points.isEmpty()) {
      return Set.of();
    }
    Path real;
    try {
      real = directory.toRealPath();
    } catch (NoSuchFileException e) {
      if (Files.isSymbolicLink(directory)) {
        return Set.of(); // its target does not exist, so nothing is mounted there
      }
      throw e;
    }
    return below(directory, real, points);
  }

  private static Set<Path> below(Path directory, Path real, Set<Path> points) {
    Set<Path> pointsBelow = new HashSet<>();
    for (Path point : points) {
      if (point.startsWith(real)) {
        pointsBelow.add(point.equals(real) ? directory : directory.resolve(real.relativize(point)));
      }
    }
    return pointsBelow;
  }

  /**
   * The other paths of the same file or directory: a directory that is mounted twice has two paths.
   *
   * @param real absolute, without symbolic links
   */
  public Set<Path> otherPaths(Path real) {
    Set<Path> others = new HashSet<>();
    Mount covering = null;
    for (Mount mount : mounts) {
      if (real.startsWith(mount.point)
          && (covering == null || mount.point.startsWith(covering.point))) {
        covering = mount;
      }
    }
    if (covering == null) {
      return others;
    }
    Path inFileSystem = covering.root.resolve(covering.point.relativize(real));
    for (Mount mount : mounts) {
      if (mount.device.equals(covering.device) && inFileSystem.startsWith(mount.root)) {
        others.add(mount.point.resolve(mount.root.relativize(inFileSystem)));
      }
    }
    others.remove(real);
    return others;
  }

  /**
   * The options, such as {@code ro} and {@code noatime}, of the mount that contains a path; empty
   * if there is no table.
   *
   * @throws IOException if the path cannot be resolved
   */
  public Set<String> optionsAt(Path path) throws IOException {
    if (!path.getFileSystem().equals(FileSystems.getDefault())) {
      return Set.of();
    }
    for (Path ancestor = path.toRealPath(); ancestor != null; ancestor = ancestor.getParent()) {
      Set<String> mountOptions = options.get(ancestor);
      if (mountOptions != null) {
        return mountOptions;
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
