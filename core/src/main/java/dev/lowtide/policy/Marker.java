package dev.lowtide.policy;

import dev.lowtide.probe.Entry;

/**
 * A marker file that proves what a directory is.
 *
 * @param fileName the name of a regular file directly in the directory, never of a link
 * @param beginning the beginning of its text; may be empty
 */
public record Marker(String fileName, String beginning) {
  /**
   * The marker of the Cache Directory Tagging Specification 0.6. Virtual environments contain it
   * too, so it does not prove by itself that a directory may be removed.
   */
  public static final Marker CACHE_DIRECTORY =
      new Marker("CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55");

  /**
   * The marker that cargo (1.0 to 1.95) writes last into the checkout of a Git dependency and into
   * the unpacked sources of a crate.
   */
  public static final Marker CARGO_CHECKOUT = new Marker(".cargo-ok", "");

  /**
   * The marker that Lowtide writes into its own working directories. The rest of the file names the
   * process that made the directory.
   */
  public static final Marker OWNED =
      new Marker(".lowtide-owned", "Signature: lowtide-owned-directory-v1\n");

  /** Whether a directory contains this marker. */
  public boolean isIn(Entry directory) {
    return directory
        .child(fileName)
        .flatMap(file -> file.text(beginning.length()))
        .filter(text -> text.equals(beginning))
        .isPresent();
  }

  /** Whether a candidate may be removed only if it has this marker. */
  public boolean isRequiredBy(Candidate candidate) {
    return candidate.marker().filter(this::equals).isPresent();
  }
}
