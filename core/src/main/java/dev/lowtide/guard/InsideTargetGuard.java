package dev.lowtide.guard;

import com.google.common.collect.Streams;
import dev.lowtide.CleanupTarget;
import dev.lowtide.Printable;
import dev.lowtide.policy.Action.RunCommand;
import dev.lowtide.policy.Candidate;
import dev.lowtide.probe.Entry;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** Keeps what is not inside its target, the target itself, and what contains another target. */
final class InsideTargetGuard implements Guard {
  private final List<CleanupTarget> targets;

  InsideTargetGuard(Collection<CleanupTarget> targets) {
    this.targets = List.copyOf(targets);
  }

  @Override
  public String id() {
    return "inside-target";
  }

  @Override
  public boolean readsTree() {
    return false;
  }

  @Override
  public Optional<String> objection(
      String policy, CleanupTarget target, Candidate candidate, Entry subtree) {
    Path path = candidate.path();
    Optional<String> dotName = dotName(path);
    if (dotName.isPresent()) {
      // Judged by its text alone, target/../.. would be inside the target
      return Optional.of(
          Printable.of(path)
              + " contains '"
              + dotName.get()
              + "', which may lead elsewhere; write the path without it");
    }
    boolean mayBeRoot = candidate.action() instanceof RunCommand;
    if (!path.startsWith(target.root()) || (path.equals(target.root()) && !mayBeRoot)) {
      return Optional.of(
          Printable.of(path)
              + " is not inside the target "
              + Printable.of(target.root())
              + "; name it as a target to clean it");
    }
    return targets.stream()
        .map(CleanupTarget::root)
        .filter(root -> !root.equals(target.root()) && root.startsWith(path))
        .findFirst()
        .map(root -> "the target " + Printable.of(root) + " is inside it; clean that one first");
  }

  private static Optional<String> dotName(Path path) {
    return path.toString().contains(path.getFileSystem().getSeparator() + ".")
        ? Streams.stream(path)
            .map(Path::toString)
            .filter(name -> name.equals(".") || name.equals(".."))
            .findFirst()
        : Optional.empty();
  }
}
