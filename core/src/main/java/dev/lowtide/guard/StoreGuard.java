package dev.lowtide.guard;

import dev.lowtide.CleanupTarget;
import dev.lowtide.policy.Candidate;
import dev.lowtide.probe.Entry;
import java.util.Optional;

/** Keeps what Lowtide itself, and not the tool, would delete from a tool's store. */
final class StoreGuard implements Guard {
  @Override
  public String id() {
    return "store";
  }

  @Override
  public boolean readsTree() {
    return false;
  }

  @Override
  public Optional<String> objection(
      String policy, CleanupTarget target, Candidate candidate, Entry subtree) {
    return target.kind() == CleanupTarget.Kind.STORE && candidate.deletes()
        ? Optional.of("only the tool itself may remove something from its store")
        : Optional.empty();
  }
}
