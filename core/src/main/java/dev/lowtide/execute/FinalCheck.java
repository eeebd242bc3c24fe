package dev.lowtide.execute;

import dev.lowtide.CleanupTarget;
import dev.lowtide.fs.OpenFiles;
import dev.lowtide.guard.Evidence;
import dev.lowtide.guard.InUseGuard;
import dev.lowtide.plan.PlanItem;
import dev.lowtide.probe.Entry;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The check of a tree right before it is removed, after it was moved: whether it has changed since
 * it was judged, or is in use.
 */
final class FinalCheck {
  private final InUseGuard inUse;

  FinalCheck(InUseGuard inUse) {
    this.inUse = inUse;
  }

  /** Scans what processes use now; empty for a file system that only this process sees. */
  static Optional<OpenFiles> scan(Path path) {
    return path.getFileSystem().equals(FileSystems.getDefault())
        ? Optional.of(OpenFiles.scan())
        : Optional.empty();
  }

  /**
   * Why a tree must not be removed now: it has changed since it was judged, or is in use. Empty if
   * neither is the case.
   */
  Optional<String> objection(
      PlanItem item,
      CleanupTarget target,
      Entry subtree,
      String difference,
      Optional<OpenFiles> open)
      throws IOException {
    if (!difference.isEmpty()) {
      return Optional.of("it changed while it was checked: " + difference);
    }
    Optional<String> evidence = evidence(item, subtree.path());
    if (evidence.isPresent()) {
      return evidence;
    }
    return open.isEmpty()
        ? Optional.empty()
        : inUse
            .objection(open.get(), target, item.candidate(), subtree)
            .map(why -> inUse.id() + ": " + why);
  }

  /**
   * Why the item's requirements on other files are no longer met; empty if they are.
   *
   * @param path where the item is now
   */
  static Optional<String> evidence(PlanItem item, Path path) throws IOException {
    return Evidence.objection(item.candidate(), path).map(why -> "order: " + why);
  }
}
