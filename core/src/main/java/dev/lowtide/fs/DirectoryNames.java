package dev.lowtide.fs;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Optional;
import java.util.Set;

/** Lists the names in one directory. */
public final class DirectoryNames {
  private DirectoryNames() {}

  /**
   * The names in a directory; empty if it cannot be listed, or if a part of its path is a symbolic
   * link.
   *
   * @param directory absolute
   */
  public static Optional<Set<String>> of(Path directory) {
    Set<String> names = new HashSet<>();
    try (OpenDirectory opened = OpenDirectory.openAt(directory, true)) {
      for (Iterator<Path> each = opened.names(); each.hasNext(); ) {
        names.add(String.valueOf(each.next().getFileName()));
      }
      return Optional.of(names);
    } catch (IOException | DirectoryIteratorException e) {
      return Optional.empty();
    }
  }
}
