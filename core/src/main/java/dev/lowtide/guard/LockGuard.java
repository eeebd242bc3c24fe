package dev.lowtide.guard;

import dev.lowtide.CleanupTarget;
import dev.lowtide.fs.LockSet;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Requirement.Unlocked;
import dev.lowtide.probe.Entry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Keeps what its tool has locked. The guard takes no lock itself: the removal takes the locks, or
 * the tool that removes the files does. Either way, each lock is looked up once more right then.
 */
final class LockGuard implements Guard {
  /** Thousands of items may have the same lock, such as the units of one target directory. */
  private final Recent<Path, Optional<String>> holders = new Recent<>(LockSet::findHolder);

  @Override
  public String id() {
    return "lock";
  }

  @Override
  public Optional<String> objection(
      String policy, CleanupTarget target, Candidate candidate, Entry subtree) throws IOException {
    Stream<Path> required =
        candidate.requires().stream()
            .flatMap(it -> it instanceof Unlocked lock ? Stream.of(lock.file()) : Stream.empty());
    for (Path file :
        (Iterable<Path>) Stream.concat(candidate.locks().stream(), required)::iterator) {
      Optional<String> holder = holders.get(file);
      if (holder.isPresent()) {
        return holder;
      }
    }
    return Optional.empty();
  }
}
