package dev.lowtide.guard;

import dev.lowtide.CleanupTarget;
import dev.lowtide.Printable;
import dev.lowtide.policy.Candidate;
import dev.lowtide.probe.Entry;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Keeps home, the working directory and other protected directories, and what contains one of them.
 * Also keeps everything in a directory that only its own tool cleans.
 */
final class ProtectedGuard implements Guard {
  private final Set<Path> neverRemoved;
  private final Set<Path> keptByTools;

  ProtectedGuard(GuardRules rules) {
    neverRemoved =
        allPaths(
            Stream.concat(
                Stream.of(rules.host().home(), rules.host().workingDirectory()),
                rules.protectedPaths().stream()));
    keptByTools = allPaths(rules.keptByTools().stream());
  }

  private static Set<Path> allPaths(Stream<Path> paths) {
    return paths
        .map(TargetRoots::allPaths)
        .flatMap(Collection::stream)
        .collect(Collectors.toUnmodifiableSet());
  }

  @Override
  public String id() {
    return "protected";
  }

  @Override
  public Optional<String> objection(
      String policy, CleanupTarget target, Candidate candidate, Entry subtree) {
    Path path = candidate.path();
    return neverRemoved.stream()
        .filter(never -> never.startsWith(path) && !never.equals(target.root()))
        .findFirst()
        .map(never -> Printable.of(never) + " is never removed; change to another directory")
        .or(() -> candidate.deletes() ? keptByItsTool(path) : Optional.empty());
  }

  private Optional<String> keptByItsTool(Path path) {
    return keptByTools.stream()
        .filter(kept -> path.startsWith(kept) || kept.startsWith(path))
        .findFirst()
        .map(
            kept ->
                "only its own tool may remove something from " + Printable.of(kept) + "; use that");
  }
}
