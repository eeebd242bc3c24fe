package dev.lowtide.guard;

import dev.lowtide.CleanupTarget;
import dev.lowtide.Problem;
import dev.lowtide.fs.Names;
import dev.lowtide.policy.Action.RunCommand;
import dev.lowtide.policy.Candidate;
import dev.lowtide.probe.Entry;
import java.util.Optional;

/**
 * Keeps what could not be read completely: the unread part may contain what other guards would
 * keep.
 */
public final class UnreadableGuard implements Guard {
  /** The id of this guard. */
  public static final String ID = "unreadable";

  /** The limit of a path's length on Linux, PATH_MAX; trees may be deeper. */
  private static final int MAX_PATH_BYTES = 4096;

  UnreadableGuard() {}

  @Override
  public String id() {
    return ID;
  }

  @Override
  public Optional<String> objection(
      String policy, CleanupTarget target, Candidate candidate, Entry subtree) {
    if (candidate.action() instanceof RunCommand || subtree.unreadable() == 0) {
      return Optional.empty();
    }
    return subtree.snapshot().problems().stream()
        .filter(problem -> problem.path().startsWith(candidate.path()))
        .findFirst()
        .map(UnreadableGuard::reason)
        .or(() -> Optional.of("a part of it cannot be read; run as a user who may read it"));
  }

  private static String reason(Problem problem) {
    return Names.allBytes(problem.path()).length >= MAX_PATH_BYTES - 1
        ? "its paths are too long to be read without the native layer; use JDK 22 or newer, or"
            + " remove it by hand"
        : problem + "; make it readable, or run as a user who may read it";
  }
}
