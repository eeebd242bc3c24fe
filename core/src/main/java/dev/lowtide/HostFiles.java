package dev.lowtide;

import static java.nio.file.attribute.PosixFilePermission.GROUP_READ;
import static java.nio.file.attribute.PosixFilePermission.OTHERS_EXECUTE;

import com.google.common.collect.Sets;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;

/**
 * The file queries of {@link HostEnvironment}. A failed query gives an empty or negative result,
 * not an exception.
 */
final class HostFiles {
  /** The names that mark a project: Git, Mercurial, Subversion and Jujutsu. */
  private static final Set<String> VERSION_CONTROL = Set.of(".git", ".hg", ".svn", ".jj");

  private static final int MAX_LISTED = 100_000;
  private static final int MAX_CONFIGURATION_BYTES = 1 << 20;

  /** Lowtide's own implementation, found on the class path or in the module. */
  private static final HostEnvironment.Reading READER =
      ServiceLoader.load(HostEnvironment.Reading.class, HostFiles.class.getClassLoader())
          .findFirst()
          .orElseThrow();

  private static final Set<PosixFilePermission> PERMISSIONS_OF_OTHERS =
      Sets.immutableEnumSet(EnumSet.range(GROUP_READ, OTHERS_EXECUTE));

  private HostFiles() {}

  static Optional<String> configuration(Path file) {
    try {
      return Optional.of(READER.text(file, MAX_CONFIGURATION_BYTES));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  static Optional<List<Path>> list(Path directory) {
    Optional<Set<String>> names = READER.names(directory);
    if (names.isPresent() && names.get().size() <= MAX_LISTED) {
      return Optional.of(names.get().stream().map(directory::resolve).sorted().toList());
    }
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> children = Files.newDirectoryStream(directory)) {
      for (Path child : children) {
        if (found.size() == MAX_LISTED) {
          return Optional.empty();
        }
        found.add(child);
      }
    } catch (NoSuchFileException | NotDirectoryException | AccessDeniedException e) {
      return Optional.of(List.of());
    } catch (IOException | DirectoryIteratorException e) {
      return Optional.empty();
    }
    Collections.sort(found);
    return Optional.of(List.copyOf(found));
  }

  static Optional<Path> real(Path path) {
    try {
      return Optional.of(path.toRealPath());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  static boolean isOpenToOthers(Path path) {
    try {
      return !Collections.disjoint(
          Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS), PERMISSIONS_OF_OTHERS);
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }

  /**
   * The topmost directory at or above a path that is under version control and does not hold the
   * home directory.
   */
  static Optional<Path> projectAround(Path path, Path home) {
    Optional<Path> project = Optional.empty();
    for (Path ancestor = path;
        ancestor != null && ancestor.getNameCount() > 0 && !home.startsWith(ancestor);
        ancestor = ancestor.getParent()) {
      Path directory = ancestor;
      if (VERSION_CONTROL.stream().anyMatch(each -> Files.exists(directory.resolve(each)))) {
        project = Optional.of(directory);
      }
    }
    return project;
  }
}
