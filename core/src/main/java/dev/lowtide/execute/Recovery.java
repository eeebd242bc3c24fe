package dev.lowtide.execute;

import com.google.common.base.Suppliers;
import dev.lowtide.BoundedSize;
import dev.lowtide.CleanupListener;
import dev.lowtide.CleanupListener.Event;
import dev.lowtide.CleanupListener.Kind;
import dev.lowtide.Printable;
import dev.lowtide.Problem;
import dev.lowtide.fs.OpenFiles;
import dev.lowtide.fs.QuarantineContents;
import dev.lowtide.fs.QuarantineName;
import dev.lowtide.probe.Reclaimable;
import dev.lowtide.probe.SizeProbe;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Removes for good the trees that earlier runs have left in a quarantine and that nobody can
 * restore any more: trees whose removal a killed process had begun, and trees whose time for an
 * undo has ended. Trees that a process uses, and trees that do not match their names, are kept and
 * reported.
 *
 * @param listener receives an event for everything that is removed or kept
 */
record Recovery(SizeProbe probe, Clock clock, QuarantineIndex index, CleanupListener listener) {

  /**
   * Removes these trees if the quarantine exists and no other process uses it; a failure is
   * reported to the listener and does not end the run.
   */
  void finish(Quarantine quarantine) throws InterruptedIOException {
    try {
      if (quarantine.claimIfPresent()) {
        QuarantineContents contents = quarantine.contents();
        Supplier<OpenFiles> scan = Suppliers.memoize(OpenFiles::scan);
        Origins origins = quarantine.origins();
        for (QuarantineName tree : contents.trees()) {
          if (isDue(tree)) {
            finish(quarantine, tree, origins, scan);
          } else {
            // The process that kept the tree may have ended before it added the quarantine
            addToIndex(quarantine);
          }
        }
        for (Path unknown : contents.unknown()) {
          reportLeft(
              unknown, "Lowtide did not put it there; find out what it is, then move it away");
        }
      }
    } catch (InterruptedIOException e) {
      throw e;
    } catch (ListenerException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      reportLeft(quarantine.path(), LiveRun.reasonOf(e));
    }
  }

  /** Whether a tree may be removed for good. */
  boolean isDue(QuarantineName tree) {
    return tree.untilSecond() <= clock.instant().getEpochSecond();
  }

  private void finish(
      Quarantine quarantine, QuarantineName tree, Origins origins, Supplier<OpenFiles> scan)
      throws InterruptedIOException {
    Path path = quarantine.path(tree);
    try {
      if (quarantine.identity(tree).isEmpty()) {
        reportLeft(
            path, "it is not what Lowtide moved there; find out what it is, then move it away");
        return;
      }
      Optional<Intent> intent = origins.of(tree);
      Optional<String> use = use(path, intent.map(Intent::path), scan);
      if (use.isPresent()) {
        reportLeft(path, use.get() + "; a later run removes it when that has ended");
        return;
      }
      BoundedSize size = Reclaimable.queryingFileSystem().remove(probe.capture(path).root());
      List<Problem> problems = quarantine.delete(tree).problems();
      if (!problems.isEmpty()) {
        reportLeft(path, problems.get(0).toString());
        return;
      }
      listener.on(
          new Event(
              Kind.RECOVERED,
              intent.map(Intent::path).orElse(path),
              intent.map(Intent::policy).orElse(""),
              "",
              size));
    } catch (InterruptedIOException e) {
      throw e;
    } catch (ListenerException e) {
      throw e;
    } catch (NoSuchFileException e) {
      // another process has removed the tree at the same time
    } catch (IOException | RuntimeException e) {
      reportLeft(path, LiveRun.reasonOf(e));
    }
  }

  /**
   * Finds a process that uses a tree; empty if there is none.
   *
   * @param path where it is
   * @param origin where it was; uses of that path count if nothing else is there now
   */
  static Optional<String> use(Path path, Optional<Path> origin, Supplier<OpenFiles> scan) {
    if (!path.getFileSystem().equals(FileSystems.getDefault())) {
      return Optional.empty();
    }
    return scan.get()
        .useAtOrBelow(path)
        .or(
            () ->
                origin
                    .filter(former -> Files.notExists(former, LinkOption.NOFOLLOW_LINKS))
                    .flatMap(scan.get()::useAtOrBelow))
        .map(OpenFiles.Use::toString);
  }

  /** Adds a quarantine to the index, so that it is found without naming the target. */
  void addToIndex(Quarantine quarantine) {
    try {
      index.add(quarantine.path());
    } catch (IOException e) {
      reportLeft(
          quarantine.path(),
          "the place of the quarantine could not be recorded; find it again with --root and this"
              + " directory: "
              + e.getMessage());
    }
  }

  /**
   * Like {@link #addToIndex}, but ignores failures, for what the next run on the target removes in
   * any case.
   */
  void tryAddToIndex(Quarantine quarantine) {
    try {
      index.add(quarantine.path());
    } catch (IOException e) {
      // for example on a full disk: then it is found only by its target
    }
  }

  /**
   * Like {@link #releaseAndRemoveIfEmpty}, for a quarantine that was released before; if another
   * process uses it now, that process removes it.
   */
  void tryRemoveIfEmpty(Quarantine quarantine) {
    try {
      quarantine.claimIfPresent();
    } catch (IOException e) {
      return; // what is left in it is removed by the process that uses it, or was reported before
    }
    releaseAndRemoveIfEmpty(quarantine);
  }

  /** Removes the quarantine if it is empty, and releases it for other processes. */
  void releaseAndRemoveIfEmpty(Quarantine quarantine) {
    try {
      if (quarantine.releaseAndRemoveIfEmpty()) {
        index.remove(quarantine.path());
      }
    } catch (IOException e) {
      reportLeft(quarantine.path(), Printable.of(String.valueOf(e.getMessage())));
    }
  }

  private void reportLeft(Path path, String reason) {
    listener.on(new Event(Kind.LEFT, path, "", reason, BoundedSize.ZERO));
  }
}
