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
    // A tool may clean the target itself, and Lowtide never deletes it: see InsideTargetGuard
    return neverRemoved.stream()
        .filter(directory -> directory.startsWith(path) && !directory.equals(target.root()))
        .findFirst()
        .map(
            directory ->
                Printable.of(directory)
                    + " is never removed; if it is the working directory, change to another one")
        .or(() -> candidate.deletes() ? toolObjection(path) : Optional.empty());
  }

  private Optional<String> toolObjection(Path path) {
    return keptByTools.stream()
        .filter(directory -> path.startsWith(directory) || directory.startsWith(path))
        .findFirst()
        .map(
            directory ->
                "only the tool that manages "
                    + Printable.of(directory)
                    + " may remove something from it; use that tool");
  }
}
