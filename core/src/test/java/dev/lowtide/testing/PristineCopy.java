package dev.lowtide.testing;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** A tree as it was, from which it is restored after something was planted in it or removed. */
final class PristineCopy {
  private final Path root;
  private final Path copy;
  private final Predicate<Path> records;

  /** When each path below the root was read last: copying it is no use. */
  private final Map<Path, FileTime> accessed;

  private Instant renewed = Instant.now();

  private PristineCopy(
      Path root, Path copy, Predicate<Path> records, Map<Path, FileTime> accessed) {
    this.root = root;
    this.copy = copy;
    this.records = records;
    this.accessed = accessed;
  }

  static PristineCopy of(Path root, Predicate<Path> records) throws IOException {
    Map<Path, FileTime> accessed = new HashMap<>();
    try (Stream<Path> below = Files.walk(root)) {
      for (Path path : below.toList()) {
        accessed.put(
            path,
            Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .lastAccessTime());
      }
    }
    Path copy = root.resolveSibling(root.getFileName() + ".as-made");
    ChildProcess.run(root, "cp", "-a", root.toString(), copy.toString());
    return new PristineCopy(root, copy, records, accessed);
  }

  /** Where a person keeps what has nothing to do with the tree. */
  Path outside() throws IOException {
    return Files.createDirectories(root.resolveSibling(root.getFileName() + ".mine"));
  }

  /** Restores all of the tree. */
  void restore() throws IOException {
    try (Stream<Path> children = Files.list(root)) {
      for (Path child : children.toList()) {
        deleteAll(child);
      }
    }
    deleteAll(outside());
    ChildProcess.run(root, "cp", "-a", copy + "/.", root.toString());
    renew(List.of(root));
  }

  /**
   * Restores some paths of the tree; what lies outside of it is deleted.
   *
   * @param isAnyRemoved whether anything else may be missing in the tree, and is restored too
   */
  void restore(boolean isAnyRemoved, List<Path> touched) throws IOException {
    List<Path> missing = isAnyRemoved ? missing() : List.of();
    List<Path> changed = new ArrayList<>(missing);
    for (Path path : touched) {
      if (missing.stream().noneMatch(path::startsWith)) {
        changed.add(path);
      }
    }
    for (Path path : changed) {
      if (path.startsWith(root) && hasLostANameOfAFile(path)) {
        restore();
        return;
      }
    }
    for (Path path : changed) {
      if (path.startsWith(root)) {
        restoreOne(path, copy.resolve(root.relativize(path)));
      } else {
        deleteAll(path);
      }
    }
    for (Path path : changed) {
      if (path.startsWith(root)) {
        Path above = path.getParent();
        Path original = copy.resolve(root.relativize(above));
        if (exists(original)) {
          restoreAttributes(above, original);
        }
      }
    }
    renew(changed);
  }

  /** What was removed with all that was in it. */
  private List<Path> missing() throws IOException {
    List<Path> missing = new ArrayList<>();
    Files.walkFileTree(
        copy,
        new SimpleFileVisitor<>() {
          private FileVisitResult look(Path original) {
            Path path = root.resolve(copy.relativize(original));
            if (exists(path)) {
              return FileVisitResult.CONTINUE;
            }
            missing.add(path);
            return FileVisitResult.SKIP_SUBTREE;
          }

          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes found) {
            return look(directory);
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes found) {
            look(file);
            return FileVisitResult.CONTINUE;
          }
        });
    return missing;
  }

  /** A copy of one name alone would be another file than that of the other names. */
  private boolean hasLostANameOfAFile(Path path) throws IOException {
    Path original = copy.resolve(root.relativize(path));
    if (exists(path) || !exists(original)) {
      return false;
    }
    try (Stream<Path> below = Files.walk(original)) {
      for (Path each : below.filter(PristineCopy::isFile).toList()) {
        if ((int) Files.getAttribute(each, "unix:nlink") > 1) {
          return true;
        }
      }
    }
    return false;
  }

  private static void restoreOne(Path path, Path original) throws IOException {
    if (exists(path) && exists(original) && isSameKind(path, original)) {
      if (isFile(path)) {
        // Another name of the file is restored with it
        Files.write(path, Files.readAllBytes(original));
      }
      restoreAttributes(path, original);
      return;
    }
    deleteAll(path);
    if (exists(original)) {
      ChildProcess.run(path.getParent(), "cp", "-a", original.toString(), path.toString());
    }
  }

  private static boolean isSameKind(Path path, Path original) {
    return (isFile(path) && isFile(original))
        || (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)
            && Files.isDirectory(original, LinkOption.NOFOLLOW_LINKS));
  }

  private static void restoreAttributes(Path path, Path original) throws IOException {
    PosixFileAttributes attributes =
        Files.readAttributes(original, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    if (ChildProcess.isRoot()) {
      Object owner = Files.getAttribute(original, "unix:uid", LinkOption.NOFOLLOW_LINKS);
      Files.setAttribute(path, "unix:uid", owner, LinkOption.NOFOLLOW_LINKS);
    }
    Files.setPosixFilePermissions(path, attributes.permissions());
    setModified(path, attributes.lastModifiedTime());
  }

  static void setModified(Path path, FileTime time) throws IOException {
    Files.getFileAttributeView(path, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .setTimes(time, null, null);
  }

  /**
   * Gives everything beside what was changed a new time of its last change of status, which cannot
   * be set back: otherwise what was restored would look edited. Records come last, as tools write
   * them. What was read since looks as if it had not been.
   */
  private void renew(List<Path> changed) throws IOException {
    Set<Path> parts = new TreeSet<>();
    for (Path path : changed) {
      if (path.startsWith(root)) {
        parts.add(root.resolve(root.relativize(path).getName(0)));
      }
    }
    parts.removeIf(part -> !exists(part));
    if (!parts.isEmpty()) {
      List<String> chmod = new ArrayList<>(List.of("chmod", "-R", "u+r", "--"));
      parts.forEach(part -> chmod.add(part.toString()));
      ChildProcess.run(root, chmod.toArray(String[]::new));
    }
    List<Path> last = new ArrayList<>();
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes found)
              throws IOException {
            return visitFile(directory, found);
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes found)
              throws IOException {
            FileTime read = accessed.get(file);
            if (read != null && !found.lastAccessTime().equals(read) && !found.isSymbolicLink()) {
              Files.getFileAttributeView(file, BasicFileAttributeView.class)
                  .setTimes(null, read, null);
            }
            if (records.test(file)) {
              last.add(file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    for (Path record : last) {
      Files.setPosixFilePermissions(record, Files.getPosixFilePermissions(record));
    }
    renewed = Instant.now();
    waitUntilPast(Duration.ofMillis(10)); // the clock of a file system ticks so often, or more
  }

  /** Waits until a change can be told from the work of the tools, which took so long. */
  void waitUntilPast(Duration time) {
    try {
      Duration left = Duration.between(Instant.now(), renewed.plus(time));
      Thread.sleep(Math.max(0, left.toMillis()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  void delete() throws IOException {
    deleteAll(copy);
    deleteAll(outside());
  }

  static void deleteAll(Path tree) throws IOException {
    if (exists(tree)) {
      try (Stream<Path> below = Files.walk(tree)) {
        for (Path path : below.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }

  static boolean isFile(Path path) {
    return Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS);
  }

  static boolean exists(Path path) {
    return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
  }
}
