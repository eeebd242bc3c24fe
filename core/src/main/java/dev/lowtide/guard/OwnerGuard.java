package dev.lowtide.guard;

import dev.lowtide.CleanupTarget;
import dev.lowtide.Printable;
import dev.lowtide.fs.Stat;
import dev.lowtide.policy.Candidate;
import dev.lowtide.probe.Entry;
import java.nio.file.FileSystems;
import java.util.Optional;

/** Keeps what contains files of other users. */
final class OwnerGuard implements Guard {
  private final int user = Stat.currentUser();

  @Override
  public String id() {
    return "owner";
  }

  @Override
  public Optional<String> objection(
      String policy, CleanupTarget target, Candidate candidate, Entry subtree) {
    // User ids of another file system, such as one in memory, mean nothing on this machine
    if (user == Stat.UNKNOWN_OWNER
        || !candidate.path().getFileSystem().equals(FileSystems.getDefault())) {
      return Optional.empty();
    }
    return subtree
        .entries()
        .filter(entry -> entry.owner() != user && entry.owner() != Stat.UNKNOWN_OWNER)
        .findFirst()
        .map(
            entry ->
                Printable.of(entry.path())
                    + " belongs to user "
                    + Integer.toUnsignedString(entry.owner())
                    + "; run as that user, or add --allow-foreign-owner");
  }
}
