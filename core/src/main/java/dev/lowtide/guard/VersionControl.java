package dev.lowtide.guard;

import com.google.common.base.Ascii;
import com.google.common.collect.ImmutableMap;
import dev.lowtide.Printable;
import dev.lowtide.probe.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Recognises the working copies of all version control systems but Git, by the names of the files
 * that they put into each. Of these systems, it can only read the list of tracked files of
 * Mercurial.
 */
final class VersionControl {
  /**
   * The systems, by the name of their directory in lower case; for CVS the name is not enough, see
   * {@link #isMetadata(Entry)}.
   */
  private static final Map<String, String> SYSTEMS =
      ImmutableMap.<String, String>builder()
          .put(".hg", "Mercurial")
          .put(".svn", "Subversion")
          .put(".sl", "Sapling")
          .put(".jj", "Jujutsu")
          .put(".pijul", "Pijul")
          .put(".bzr", "Bazaar or Breezy")
          .put("_darcs", "Darcs")
          .put("_fossil_", "Fossil")
          .put(".fslckout", "Fossil")
          .put(".fossil", "Fossil")
          .put(".repo", "repo")
          .put("cvs", "CVS")
          .buildOrThrow();

  private static final String CVS = "CVS";

  private VersionControl() {}

  /** Whether an entry belongs to a system other than Git. */
  static boolean isMetadata(Entry entry) {
    boolean mayBe =
        entry.nameStartsWith(".") || entry.nameStartsWith("_") || entry.nameStartsWith(CVS);
    if (!mayBe || !mayBeMetadata(entry.name())) {
      return false;
    }
    // Other directories are named CVS too; CVS 1.12 always writes these files
    return !entry.name().equals(CVS) || entry.hasFile("Entries") || entry.hasFile("Root");
  }

  /** Whether an entry with this name may belong to a system other than Git. */
  static boolean mayBeMetadata(String name) {
    return SYSTEMS.containsKey(Ascii.toLowerCase(name));
  }

  /** Whether the contents of a directory with this name belong to a system other than Git. */
  static boolean isMetadataName(String name) {
    return mayBeMetadata(name) && !Ascii.equalsIgnoreCase(name, CVS);
  }

  /**
   * The entry that makes a directory a working copy of a system other than Git; empty if it is
   * none.
   */
  static Optional<Path> metadataIn(Entry directory) {
    return directory.children().stream()
        .filter(VersionControl::isMetadata)
        .map(Entry::path)
        .findFirst();
  }

  /** The same for a directory that is in no snapshot. */
  static Optional<Path> metadataIn(Path directory) {
    for (String name : SYSTEMS.keySet()) {
      Path path =
          directory.resolve(name.equals("cvs") ? CVS : name.equals("_fossil_") ? "_FOSSIL_" : name);
      boolean exists =
          name.equals("cvs")
              ? Files.exists(path.resolve("Entries"), LinkOption.NOFOLLOW_LINKS)
              : Files.exists(path, LinkOption.NOFOLLOW_LINKS);
      if (exists) {
        return Optional.of(path);
      }
    }
    return Optional.empty();
  }

  /**
   * The objection to the removal of something in a working copy.
   *
   * @param metadata the path that makes it a working copy
   * @throws IOException if its list of tracked files cannot be read or parsed
   */
  static Optional<String> objection(
      Path path, Path metadata, MercurialDirstate.DirstateCache dirstates) throws IOException {
    String name = Ascii.toLowerCase(String.valueOf(metadata.getFileName()));
    if (name.equals(".hg")) {
      return dirstates.objection(path, metadata);
    }
    return Optional.of(
        "it is in a working copy of "
            + SYSTEMS.get(name)
            + " ("
            + Printable.of(metadata)
            + "), which may track it; if it does not, remove it by hand");
  }
}
