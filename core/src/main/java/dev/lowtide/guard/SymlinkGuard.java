package dev.lowtide.guard;

import dev.lowtide.CleanupTarget;
import dev.lowtide.Printable;
import dev.lowtide.policy.Candidate;
import dev.lowtide.probe.Entry;
import java.io.IOException;
import java.util.Optional;

/** Keeps candidates whose path leads through a symbolic link. */
final class SymlinkGuard implements Guard {
  private final Surroundings.Cache surroundings;

  SymlinkGuard(Surroundings.Cache surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public String id() {
    return "symlink";
  }

  @Override
  public Optional<String> objection(
      String policy, CleanupTarget target, Candidate candidate, Entry subtree) throws IOException {
    return surroundings
        .of(subtree)
        .linkInRootPath()
        .map(
            link ->
                "its path contains the symbolic link "
                    + Printable.of(link)
                    + "; write the real path");
  }
}
