package dev.lowtide.planner;

import dev.lowtide.CleanupTarget;
import dev.lowtide.probe.Entry;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Subtrees that are removed or kept as a whole; proposals inside them are skipped. */
final class DecidedSubtrees {
  private final boolean byPath;
  private final Set<Entry> entries = new HashSet<>();
  private final Set<Path> paths = new HashSet<>();

  /**
   * @param targets the targets of the proposals. Subtrees are compared by path if one target is
   *     inside another or is a store, since the same file then has entries in several snapshots;
   *     otherwise by entry.
   */
  DecidedSubtrees(List<CleanupTarget> targets) {
    byPath =
        targets.stream()
            .anyMatch(
                target ->
                    target.kind() == CleanupTarget.Kind.STORE
                        || targets.stream()
                            .anyMatch(
                                other ->
                                    !other.equals(target)
                                        && other.root().startsWith(target.root())));
  }

  void add(Proposal proposal) {
    if (byPath) {
      paths.add(proposal.path());
    } else {
      entries.add(proposal.subtree());
    }
  }

  /** Whether this same subtree has been added. */
  boolean containsExactly(Proposal proposal) {
    return byPath ? paths.contains(proposal.path()) : entries.contains(proposal.subtree());
  }

  /** Whether this subtree, or one that contains it, has been added. */
  boolean contains(Proposal proposal) {
    if (byPath) {
      for (Path ancestor = proposal.path(); ancestor != null; ancestor = ancestor.getParent()) {
        if (paths.contains(ancestor)) {
          return true;
        }
      }
      return false;
    }
    for (Optional<Entry> ancestor = Optional.of(proposal.subtree());
        ancestor.isPresent();
        ancestor = ancestor.get().parent()) {
      if (entries.contains(ancestor.get())) {
        return true;
      }
    }
    return false;
  }
}
