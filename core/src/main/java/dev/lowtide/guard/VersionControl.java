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
 * The working copies of all version control systems but Git, told by the names of what they put
 * into each. Of these only Mercurial's record of tracked files is understood.
 */
final class VersionControl {
  /** By its name in lower case; CVS is told by more than that, see {@link #isOne(Entry)}. */
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
  static boolean isOne(Entry entry) {
    boolean mayBe =
        entry.nameStartsWith(".") || entry.nameStartsWith("_") || entry.nameStartsWith(CVS);
    if (!mayBe || !SYSTEMS.containsKey(Ascii.toLowerCase(entry.name()))) {
      return false;
    }
    // People and packages call directories CVS too; CVS 1.12 always writes these
    return !entry.name().equals(CVS) || entry.hasFile("Entries") || entry.hasFile("Root");
  }

  /** Whether what lies in a directory of that name belongs to a system other than Git. */
  static boolean isNamedLikeOne(String name) {
    return SYSTEMS.containsKey(Ascii.toLowerCase(name)) && !Ascii.equalsIgnoreCase(name, CVS);
  }

  /** What makes a directory a working copy of a system other than Git. */
  static Optional<Path> in(Entry directory) {
    return directory.children().stream().filter(VersionControl::isOne).map(Entry::path).findFirst();
  }

  /** The same for a directory that no snapshot holds. */
  static Optional<Path> in(Path directory) {
    for (String name : SYSTEMS.keySet()) {
      Path path =
          directory.resolve(name.equals("cvs") ? CVS : name.equals("_fossil_") ? "_FOSSIL_" : name);
      boolean isThere =
          name.equals("cvs")
              ? Files.exists(path.resolve("Entries"), LinkOption.NOFOLLOW_LINKS)
              : Files.exists(path, LinkOption.NOFOLLOW_LINKS);
      if (isThere) {
        return Optional.of(path);
      }
    }
    return Optional.empty();
  }

  /**
   * What a working copy has against the removal of something in it.
   *
   * @param sign what makes it one
   * @throws IOException if its record cannot be read or understood
   */
  static Optional<String> objection(Path path, Path sign, MercurialDirstate.Known dirstates)
      throws IOException {
    String name = Ascii.toLowerCase(String.valueOf(sign.getFileName()));
    if (name.equals(".hg")) {
      return dirstates.objection(path, sign);
    }
    return Optional.of(
        "it is in a working copy of "
            + SYSTEMS.get(name)
            + " ("
            + Printable.of(sign)
            + "), which may track it; if it does not, remove it by hand");
  }
}
