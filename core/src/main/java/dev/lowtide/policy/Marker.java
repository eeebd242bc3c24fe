package dev.lowtide.policy;

import dev.lowtide.probe.Entry;

/**
 * A file that proves what a directory is.
 *
 * @param fileName directly in the directory; a regular file, never a link
 * @param beginning how its text begins; may be empty
 */
public record Marker(String fileName, String beginning) {
  /**
   * Cache Directory Tagging Specification 0.6. It stands in virtual environments too, so it is no
   * proof by itself.
   */
  public static final Marker CACHE_DIRECTORY =
      new Marker("CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55");

  /**
   * What cargo (1.0 to 1.95) puts into the clone of a Git dependency, and into the sources of an
   * unpacked crate, as the last thing.
   */
  public static final Marker CARGO_CHECKOUT = new Marker(".cargo-ok", "");

  /**
   * What Lowtide puts into the directories that it makes for itself. The rest of it says which
   * process made the directory.
   */
  public static final Marker OWNED =
      new Marker(".lowtide-owned", "Signature: lowtide-owned-directory-v1\n");

  /** Whether a directory bears it. */
  public boolean isIn(Entry directory) {
    return directory
        .child(fileName)
        .flatMap(file -> file.text(beginning.length()))
        .filter(text -> text.equals(beginning))
        .isPresent();
  }

  /** Whether a candidate may only be removed where this proves what it is. */
  public boolean isRequiredBy(Candidate candidate) {
    return candidate.marker().filter(this::equals).isPresent();
  }
}
