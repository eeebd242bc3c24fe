package dev.lowtide.guard;

import dev.lowtide.CleanupTarget;
import dev.lowtide.Printable;
import dev.lowtide.policy.Candidate;
import dev.lowtide.probe.Entry;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Keeps what matches a keep pattern of a target, what is inside a match, and what contains a match.
 * The patterns of all targets are checked, since targets may be nested.
 */
final class KeepGuard implements Guard {
  private record Kept(Path root, List<PathMatcher> matchers) {
    boolean matches(Path path) {
      Path relative = root.relativize(path);
      return matchers.stream().anyMatch(matcher -> matcher.matches(relative));
    }
  }

  private final List<Kept> all;

  KeepGuard(Collection<CleanupTarget> targets) {
    all =
        targets.stream()
            .filter(target -> !target.keep().isEmpty())
            .map(target -> new Kept(target.root(), target.keepMatchers()))
            .toList();
  }

  @Override
  public String id() {
    return "keep";
  }

  @Override
  public boolean readsTree() {
    return false;
  }

  @Override
  public Optional<String> objection(
      String policy, CleanupTarget target, Candidate candidate, Entry subtree) {
    for (Kept kept : all) {
      if (!candidate.path().startsWith(kept.root())) {
        continue;
      }
      for (Path path = candidate.path();
          path != null && !path.equals(kept.root());
          path = path.getParent()) {
        if (kept.matches(path)) {
          return Optional.of(Printable.of(path) + " matches a keep pattern");
        }
      }
      Optional<Path> below =
          subtree.entries().skip(1).map(Entry::path).filter(kept::matches).findFirst();
      if (below.isPresent()) {
        return below.map(path -> Printable.of(path) + " in it matches a keep pattern");
      }
    }
    return Optional.empty();
  }
}
