package dev.lowtide.fs;

import com.google.common.base.Splitter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The mounts of one mount namespace, from {@code /proc/PID/mountinfo}: which directory of which
 * file system is mounted where. They show which paths are the same directory, without an access to
 * any file.
 */
final class MountInfo {
  /**
   * The types whose files may block a reader forever, because a server or another process has to
   * answer.
   */
  private static final Set<String> MAY_HANG =
      Set.of(
          "afs",
          "autofs",
          "beegfs",
          "ceph",
          "cifs",
          "coda",
          "gpfs",
          "lustre",
          "ncpfs",
          "nfs",
          "nfs4",
          "orangefs",
          "smb3",
          "smbfs");

  private static final Path ROOT = Path.of("/");

  private static final int MAX_CACHED_DIRECTORIES = 4096;

  /**
   * One mount.
   *
   * @param device major and minor number, as text
   * @param root the directory of the file system that is mounted
   * @param point where it is mounted
   * @param source what was mounted, such as a device
   * @param superOptions of the file system, separated by commas and escaped
   */
  record Mount(
      String device, Path root, Path point, String type, String source, String superOptions) {

    boolean mayHang() {
      return MAY_HANG.contains(type) || type.startsWith("fuse");
    }
  }

  private final List<Mount> mounts;

  /** The mount that is on top at each mount point. */
  private final Map<Path, Mount> byPoint = new HashMap<>();

  private final Map<String, List<Mount>> byDevice = new HashMap<>();

  /**
   * A cache of the mount of each directory: the files that processes use are in few directories.
   */
  private final Map<Path, Optional<Mount>> cachedByDirectory = new ConcurrentHashMap<>();

  private MountInfo(List<Mount> mounts) {
    this.mounts = List.copyOf(mounts);
    for (Mount mount : mounts) {
      byPoint.put(mount.point(), mount);
      byDevice.computeIfAbsent(mount.device(), device -> new ArrayList<>()).add(mount);
    }
  }

  /** The mounts that a process sees. */
  static MountInfo of(Path process) throws IOException {
    return parse(ProcFs.read(process.resolve("mountinfo")));
  }

  /**
   * Parses lines of these fields: id, parent, device, root, mount point, options, tags, a hyphen,
   * type, source, options of the file system.
   */
  static MountInfo parse(String text) {
    List<Mount> mounts = new ArrayList<>();
    for (String line : ProcFs.lines(text)) {
      List<String> fields = Splitter.on(' ').splitToList(line);
      int hyphen = fields.indexOf("-");
      // The root of a mounted namespace, or of a removed directory, is no path
      if (hyphen >= 6 && fields.size() > hyphen + 2 && fields.get(3).startsWith("/")) {
        mounts.add(
            new Mount(
                fields.get(2),
                path(fields.get(3)),
                path(fields.get(4)),
                fields.get(hyphen + 1),
                fields.get(hyphen + 2),
                fields.size() > hyphen + 3 ? fields.get(hyphen + 3) : ""));
      }
    }
    return new MountInfo(mounts);
  }

  private static Path path(String escaped) {
    return Names.absolutePath(MountTable.unescapeOctal(escaped));
  }

  List<Mount> mounts() {
    return mounts;
  }

  /** The mount that contains a path. */
  Optional<Mount> at(Path path) {
    Mount mount = byPoint.get(path);
    Path parent = path.getParent();
    if (mount != null || parent == null) {
      return Optional.ofNullable(mount);
    }
    Optional<Mount> cached = cachedByDirectory.get(parent);
    if (cached == null) {
      cached = at(parent);
      if (cachedByDirectory.size() >= MAX_CACHED_DIRECTORIES) {
        // Processes may name any number of directories
        cachedByDirectory.clear();
      }
      cachedByDirectory.put(parent, cached);
    }
    return cached;
  }

  /** Whether accessing a path may block forever. */
  boolean mayHang(Path path) {
    return at(path).filter(Mount::mayHang).isPresent();
  }

  /**
   * Whether accessing a path of this process may block forever; {@code /} is excluded, since this
   * process would hang too.
   */
  boolean mayHangHere(Path path) {
    return at(path).filter(mount -> !mount.point().equals(ROOT)).filter(Mount::mayHang).isPresent();
  }

  /**
   * Whether the file system of a path is mounted only once, so that its files have no other paths.
   */
  boolean isMountedOnce(Path path) {
    return at(path)
        .filter(mount -> byDevice.getOrDefault(mount.device(), List.of()).size() == 1)
        .isPresent();
  }

  /**
   * The paths at which these mounts show a directory of a file system. A mount point is not among
   * them, even if the directory itself is mounted there.
   */
  List<Path> pathsOf(String device, Path directory) {
    List<Path> paths = new ArrayList<>();
    for (Mount mount : byDevice.getOrDefault(device, List.of())) {
      if (directory.startsWith(mount.root()) && !directory.equals(mount.root())) {
        paths.add(mount.point().resolve(mount.root().relativize(directory)));
      }
    }
    return paths;
  }

  /** The paths in this namespace of the file that has the given path in another namespace. */
  List<Path> translate(Path path, MountInfo other) {
    return other
        .at(path)
        .map(mount -> pathsOf(mount.device(), mount.root().resolve(mount.point().relativize(path))))
        .orElse(List.of());
  }
}
