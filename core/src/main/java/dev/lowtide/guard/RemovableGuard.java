package dev.lowtide.guard;

import dev.lowtide.CleanupTarget;
import dev.lowtide.Printable;
import dev.lowtide.fs.Stat;
import dev.lowtide.policy.Candidate;
import dev.lowtide.probe.Entry;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.util.Optional;

/**
 * Keeps what cannot be removed as a whole. Missing permissions on the user's own directories do not
 * matter: the removal changes them.
 */
final class RemovableGuard implements Guard {
  private final int user = Stat.currentUser();

  @Override
  public String id() {
    return "removable";
  }

  @Override
  public Optional<String> objection(
      String policy, CleanupTarget target, Candidate candidate, Entry subtree) {
    if (!candidate.deletes()
        || !candidate.path().getFileSystem().equals(FileSystems.getDefault())) {
      return Optional.empty();
    }
    for (Entry entry : (Iterable<Entry>) subtree.entries()::iterator) {
      if (entry.isFixed()) {
        return Optional.of(
            Printable.of(entry.path())
                + " is immutable or append-only; run 'chattr -i -a' on it to allow its removal");
      } else if (entry.isDirectory()
          && entry.owner() != user
          && entry.owner() != Stat.UNKNOWN_OWNER
          && !entry.children().isEmpty()
          && !Files.isWritable(entry.path())) {
        return Optional.of(
            "this user may not remove anything from "
                + Printable.of(entry.path())
                + ", which belongs to user "
                + Integer.toUnsignedString(entry.owner())
                + "; run as that user");
      }
    }
    return Optional.empty();
  }
}
