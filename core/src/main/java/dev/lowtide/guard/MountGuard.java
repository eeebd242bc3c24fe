package dev.lowtide.guard;

import dev.lowtide.CleanupTarget;
import dev.lowtide.FileKind;
import dev.lowtide.Printable;
import dev.lowtide.policy.Action.RunCommand;
import dev.lowtide.policy.Candidate;
import dev.lowtide.probe.Entry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Keeps mount points, and what contains one. */
final class MountGuard implements Guard {
  private final Surroundings.Cache surroundings;

  MountGuard(Surroundings.Cache surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public String id() {
    return "mount";
  }

  @Override
  public Optional<String> objection(
      String policy, CleanupTarget target, Candidate candidate, Entry subtree) throws IOException {
    Optional<Path> mount =
        subtree
            .entries()
            .filter(entry -> entry.kind() == FileKind.MOUNT)
            .map(Entry::path)
            .findFirst();
    // The path of a command may be the target, which may itself be a mount point. A symbolic link
    // that is visible has nothing mounted on it, and the file to which it leads is not removed.
    boolean mayContainMount =
        !(candidate.action() instanceof RunCommand) && subtree.kind() != FileKind.SYMLINK;
    if (mount.isEmpty() && mayContainMount) {
      mount =
          surroundings.of(subtree).mounts().stream()
              .filter(point -> point.startsWith(candidate.path()))
              .min(Path::compareTo);
    }
    return mount.map(
        path -> "something is mounted at " + Printable.of(path) + "; unmount it first");
  }
}
