package dev.lowtide.guard;

import dev.lowtide.CleanupTarget;
import dev.lowtide.Printable;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Marker;
import dev.lowtide.probe.Entry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/**
 * Keeps repositories, files that a version control system tracks, and everything in a working copy
 * with an unfinished operation, such as a rebase (docs/adr/0009).
 */
final class GitGuard implements Guard {
  private final Surroundings.Cache surroundings;
  private final GitRepository.IndexCache indexes = new GitRepository.IndexCache();
  private final MercurialDirstate.DirstateCache dirstates = new MercurialDirstate.DirstateCache();

  GitGuard(Surroundings.Cache surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public String id() {
    return "git";
  }

  @Override
  public Optional<String> objection(
      String policy, CleanupTarget target, Candidate candidate, Entry subtree) throws IOException {
    if (Marker.OWNED.isRequiredBy(candidate)) {
      return DisposableClones.objection(subtree);
    }
    if (Marker.CARGO_CHECKOUT.isRequiredBy(candidate)) {
      return objectionToCargoCheckout(candidate.path(), subtree);
    }
    if (candidate.deletes()) {
      boolean includesBare = target.kind() != CleanupTarget.Kind.CACHE;
      Optional<Path> repository = GitRepository.find(subtree, includesBare);
      if (repository.isPresent()) {
        return repository.map(
            path ->
                "it contains the repository "
                    + Printable.of(path)
                    + "; if you do not need it, remove it by hand");
      }
    }
    return GitRepository.objection(
        candidate.path(), indexes, dirstates, surroundings.of(subtree).signsAt(subtree));
  }

  /**
   * The objection to a checkout that cargo made. It is itself a repository, and may be removed
   * unless it was changed.
   */
  private Optional<String> objectionToCargoCheckout(Path path, Entry checkout) throws IOException {
    Optional<Path> changed = firstChangeSince(Marker.CARGO_CHECKOUT, checkout);
    if (changed.isPresent()) {
      return changed.map(
          file ->
              "it is a clone that cargo made, and "
                  + Printable.of(file)
                  + " has changed since; if you do not need it, remove it by hand");
    }
    // The checkout tracks its own files; only a working copy that contains it may object
    Path parent = path.getParent();
    return GitRepository.objection(
        parent == null ? path : parent,
        indexes,
        dirstates,
        surroundings.of(checkout).signsAround(checkout));
  }

  /**
   * The first entry that is newer than the marker, which the tool writes last; empty if there is
   * none. Every edit, commit and stash leaves such an entry.
   */
  private static Optional<Path> firstChangeSince(Marker marker, Entry clone) {
    Instant markerTime =
        clone.child(marker.fileName()).map(Entry::lastModified).orElse(Instant.MIN);
    return clone
        .entries()
        .filter(entry -> entry.lastModified().isAfter(markerTime))
        .map(Entry::path)
        .findFirst();
  }
}
