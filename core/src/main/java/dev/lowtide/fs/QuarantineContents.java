package dev.lowtide.fs;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a quarantine contains: its trees, the ids of its records, and what Lowtide did not create.
 */
public record QuarantineContents(
    List<QuarantineName> trees, Set<String> records, List<Path> unknown) {
  public QuarantineContents {
    trees = List.copyOf(trees);
    records = Set.copyOf(records);
    unknown = List.copyOf(unknown);
  }

  /**
   * Reads the contents of a quarantine, sorted by name.
   *
   * @param directory the open quarantine
   * @throws ReplacedException if another directory is at the path now
   */
  static QuarantineContents read(Path quarantine, OpenDirectory directory, boolean insecureAllowed)
      throws IOException {
    List<QuarantineName> trees = new ArrayList<>();
    Set<String> records = new TreeSet<>();
    List<Path> unknown = new ArrayList<>();
    for (Path name : names(quarantine, directory, insecureAllowed)) {
      Optional<QuarantineName> tree = QuarantineName.parse(name);
      String text = name.toString();
      Optional<String> record = QuarantineFiles.idOfRecord(text);
      if (tree.isPresent()) {
        trees.add(tree.get());
      } else if (record.isPresent()) {
        records.add(record.get());
      } else if (!QuarantineFiles.isLockOrMarker(text)) {
        unknown.add(quarantine.resolve(name));
      }
    }
    return new QuarantineContents(trees, records, unknown);
  }

  private static Set<Path> names(Path path, OpenDirectory directory, boolean insecureAllowed)
      throws IOException {
    Set<Path> names = new TreeSet<>();
    // The names of an open directory can be read only once, so this opens it again
    try (OpenDirectory reopened = QuarantinePlace.open(path, insecureAllowed)) {
      if (!reopened.statSelf().equals(directory.statSelf())) {
        throw new ReplacedException(path);
      }
      for (Iterator<Path> each = reopened.names(); each.hasNext(); ) {
        names.add(each.next().getFileName());
      }
      return names;
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }
}
