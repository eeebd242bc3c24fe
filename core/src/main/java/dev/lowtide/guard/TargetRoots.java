package dev.lowtide.guard;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.Printable;
import dev.lowtide.fs.MountTable;
import dev.lowtide.fs.QuarantinePlace;
import dev.lowtide.plan.RefusedTargetException;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Decides which directories may be cleaned at all, before anything in them is read. */
public final class TargetRoots {
  /**
   * The directories of the operating system, its packages and its containers, as in hier(7):
   * bytecode in them belongs to installed packages, and image layers are shared.
   */
  private static final ImmutableListMultimap<OperatingSystem, String> SYSTEM_DIRECTORIES =
      ImmutableListMultimap.<OperatingSystem, String>builder()
          .putAll(OperatingSystem.LINUX, "/bin", "/boot", "/dev", "/etc", "/lib", "/lib32")
          .putAll(OperatingSystem.LINUX, "/lib64", "/libx32", "/proc", "/sbin", "/sys", "/usr")
          .putAll(OperatingSystem.LINUX, "/var/lib/containerd", "/var/lib/containers")
          .putAll(OperatingSystem.LINUX, "/var/lib/docker", "/var/lib/dpkg", "/var/lib/rpm")
          .putAll(OperatingSystem.LINUX, "/gnu", "/nix", "/snap", "/var/lib/flatpak")
          .putAll(OperatingSystem.LINUX, "/var/lib/snapd")
          .putAll(OperatingSystem.MACOS, "/Applications", "/Library", "/System", "/bin", "/dev")
          .putAll(OperatingSystem.MACOS, "/etc", "/nix", "/private/etc", "/sbin", "/usr")
          .putAll(OperatingSystem.WINDOWS, "C:\\Windows", "C:\\Program Files")
          .putAll(OperatingSystem.WINDOWS, "C:\\Program Files (x86)", "C:\\ProgramData")
          .build();

  /** Directories inside those of the system that belong to the users of the machine. */
  private static final ImmutableList<String> USER_DIRECTORIES =
      ImmutableList.of("/dev/shm", "/usr/local", "/usr/src");

  private static final String REMEDY = "name a directory inside it instead";

  private TargetRoots() {}

  /**
   * Checks whether a directory may be cleaned. The working directory may be a target: its contents
   * may be removed, but never the directory itself.
   *
   * @throws RefusedTargetException if not
   */
  public static void check(CleanupTarget target, HostEnvironment host) throws IOException {
    Path root = target.root();
    if (target.kind() == CleanupTarget.Kind.STORE) {
      return; // the root is a name that a tool gave, and Lowtide changes nothing in it
    }
    if (QuarantinePlace.isInQuarantine(root)) {
      throw new RefusedTargetException(
          target, "quarantine", "it is a quarantine of removed items; use 'lowtide trash' instead");
    }
    if (root.getNameCount() == 0) {
      throw new RefusedTargetException(
          target, "protected", "it is the root of the file system; " + REMEDY);
    }
    Path real = realPath(root);
    Set<Path> paths = new HashSet<>(otherPaths(real));
    paths.add(root);
    paths.add(real);
    checkHome(target, paths, host);
    checkSystemDirectories(target, paths, host);
    if (Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
      if (!real.equals(root)) {
        throw new RefusedTargetException(
            target,
            "symlink",
            "its path contains a symbolic link; write the real path: " + Printable.of(real));
      }
      if (!Files.isDirectory(root, LinkOption.NOFOLLOW_LINKS)) {
        throw new RefusedTargetException(
            target, "directory", "it is not a directory; name the directory that contains it");
      }
    }
  }

  private static void checkHome(CleanupTarget target, Set<Path> paths, HostEnvironment host)
      throws RefusedTargetException {
    for (Path home : allPaths(host.home())) {
      if (paths.stream().anyMatch(home::startsWith)) {
        throw new RefusedTargetException(
            target,
            "protected",
            "the home directory " + Printable.of(host.home()) + " is inside it; " + REMEDY);
      }
    }
  }

  private static void checkSystemDirectories(
      CleanupTarget target, Set<Path> paths, HostEnvironment host) throws RefusedTargetException {
    List<Path> directories =
        SYSTEM_DIRECTORIES.get(host.operatingSystem()).stream().map(host::path).toList();
    for (Path directory : directories) {
      boolean isInside =
          paths.stream()
              .anyMatch(path -> path.startsWith(directory) && !isInUserDirectory(path, host));
      if (isInside || (paths.stream().anyMatch(directory::startsWith) && Files.exists(directory))) {
        throw new RefusedTargetException(
            target,
            "protected",
            Printable.of(directory)
                + (isInside ? " belongs to the system and its packages; " : " is inside it; ")
                + "name the directory of a project or a cache instead");
      }
    }
  }

  private static boolean isInUserDirectory(Path path, HostEnvironment host) {
    return host.operatingSystem() != OperatingSystem.WINDOWS
        && USER_DIRECTORIES.stream().map(host::path).anyMatch(path::startsWith);
  }

  /** The path with its symbolic links resolved; the same path if it does not exist. */
  private static Path realPath(Path path) throws IOException {
    try {
      return Files.exists(path) ? path.toRealPath() : path;
    } catch (NoSuchFileException e) {
      return path;
    }
  }

  /**
   * The given path, the path with its symbolic links resolved, and all other paths at which a mount
   * shows the same directory.
   */
  static Set<Path> allPaths(Path path) {
    Set<Path> all = new HashSet<>(Set.of(path));
    try {
      Path real = path.toRealPath();
      all.add(real);
      all.addAll(otherPaths(real));
    } catch (IOException e) {
      // it does not exist or cannot be resolved: only the given path is known
    }
    return all;
  }

  private static Set<Path> otherPaths(Path real) throws IOException {
    return real.getFileSystem().equals(FileSystems.getDefault())
        ? MountTable.read().otherPaths(real)
        : Set.of();
  }
}
