package dev.lowtide.guard;

import dev.lowtide.CleanupTarget;
import dev.lowtide.policy.Candidate;
import dev.lowtide.probe.Entry;
import java.io.IOException;
import java.util.Optional;

/** Keeps candidates with an unmet requirement on another file, such as that a copy is kept. */
final class OrderGuard implements Guard {
  @Override
  public String id() {
    return "order";
  }

  @Override
  public Optional<String> objection(
      String policy, CleanupTarget target, Candidate candidate, Entry subtree) throws IOException {
    return Evidence.objection(candidate, candidate.path());
  }
}
