package dev.lowtide.planner;

import dev.lowtide.CleanupTarget;
import dev.lowtide.policy.Candidate;
import dev.lowtide.probe.Entry;
import java.nio.file.Path;

/**
 * A candidate with its policy, its target and its entry, as used while planning.
 *
 * @param kept whether the retention rules keep it
 */
record Proposal(
    String policy, CleanupTarget target, Candidate candidate, Entry subtree, boolean kept) {

  Path path() {
    return candidate.path();
  }
}
