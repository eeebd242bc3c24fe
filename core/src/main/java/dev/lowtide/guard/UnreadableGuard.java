package dev.lowtide.guard;

import dev.lowtide.CleanupTarget;
import dev.lowtide.Problem;
import dev.lowtide.policy.Action.RunCommand;
import dev.lowtide.policy.Candidate;
import dev.lowtide.probe.Entry;
import java.util.Optional;

/** Keeps what could not be read in full: the unread part may hold what other guards would keep. */
final class UnreadableGuard implements Guard {
  @Override
  public String id() {
    return "unreadable";
  }

  @Override
  public Optional<String> objection(
      String policy, CleanupTarget target, Candidate candidate, Entry subtree) {
    if (candidate.action() instanceof RunCommand || subtree.unreadable() == 0) {
      return Optional.empty();
    }
    String what =
        subtree.snapshot().problems().stream()
            .filter(problem -> problem.path().startsWith(candidate.path()))
            .findFirst()
            .map(Problem::toString)
            .orElse("a part of it cannot be read");
    return Optional.of(what + "; make it readable, or run as a user who may read it");
  }
}
