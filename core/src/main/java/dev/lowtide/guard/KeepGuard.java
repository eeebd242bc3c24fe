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
  private record TargetPatterns(Path root, List<PathMatcher> matchers) {
    boolean matches(Path path) {
      Path relative = root.relativize(path);
      return matchers.stream().anyMatch(matcher -> matcher.matches(relative));
    }
  }

  private final List<TargetPatterns> patterns;

  KeepGuard(Collection<CleanupTarget> targets) {
    patterns =
        targets.stream()
            .filter(target -> !target.keep().isEmpty())
            .map(target -> new TargetPatterns(target.root(), target.keepMatchers()))
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
    for (TargetPatterns each : patterns) {
      if (!candidate.path().startsWith(each.root())) {
        continue;
      }
      for (Path path = candidate.path();
          path != null && !path.equals(each.root());
          path = path.getParent()) {
        if (each.matches(path)) {
          return Optional.of(Printable.of(path) + " matches a keep pattern");
        }
      }
      Optional<Path> match =
          subtree.entries().skip(1).map(Entry::path).filter(each::matches).findFirst();
      if (match.isPresent()) {
        return match.map(path -> Printable.of(path) + " in it matches a keep pattern");
      }
    }
    return Optional.empty();
  }
}
