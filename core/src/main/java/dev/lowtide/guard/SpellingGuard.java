package dev.lowtide.guard;

import dev.lowtide.CleanupTarget;
import dev.lowtide.FileKind;
import dev.lowtide.Printable;
import dev.lowtide.policy.Candidate;
import dev.lowtide.probe.Entry;
import java.io.IOException;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.Optional;

/**
 * Keeps candidates whose path is spelled differently on the disk. Keep patterns match names
 * exactly, so on a file system that ignores case a candidate spelled {@code DIST} would not match
 * the pattern {@code dist}.
 */
final class SpellingGuard implements Guard {
  private final Surroundings.Cache surroundings;

  SpellingGuard(Surroundings.Cache surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public String id() {
    return "spelling";
  }

  @Override
  public Optional<String> objection(
      String policy, CleanupTarget target, Candidate candidate, Entry subtree) throws IOException {
    Path path = candidate.path();
    if (subtree.kind() == FileKind.SYMLINK || path.equals(target.root())) {
      return Optional.empty(); // the real path of a link is that of its target
    } else if (subtree.snapshot().rootPath().equals(target.root())) {
      return Optional.empty(); // its names were read from the disk
    } else if (isSpelledSo(path, target.root())) {
      return Optional.empty();
    }
    Path real = path.toRealPath();
    return relativeName(target.root().toRealPath(), real).equals(relativeName(target.root(), path))
        ? Optional.empty()
        : Optional.of("on the disk it is spelled " + Printable.of(real) + "; use that spelling");
  }

  private boolean isSpelledSo(Path path, Path root) {
    for (Path each = path; each != null && !each.equals(root); each = each.getParent()) {
      if (!surroundings.isSpelledSo(each)) {
        return false;
      }
    }
    return true;
  }

  /**
   * The relative path in composed form (NFC): macOS returns the same name composed or decomposed.
   */
  private static String relativeName(Path root, Path path) {
    return Normalizer.normalize(root.relativize(path).toString(), Normalizer.Form.NFC);
  }
}
