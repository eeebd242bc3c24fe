package dev.lowtide.execute;

import com.google.common.base.Suppliers;
import dev.lowtide.BoundedSize;
import dev.lowtide.CleanupListener;
import dev.lowtide.CleanupListener.Event;
import dev.lowtide.CleanupListener.Kind;
import dev.lowtide.Printable;
import dev.lowtide.Problem;
import dev.lowtide.fs.OpenFiles;
import dev.lowtide.fs.QuarantineDirectory;
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
 * Removes for good what earlier runs have left in a quarantine and nobody can restore any more:
 * what a dead process had begun to remove, and what has been kept long enough. Trees that a process
 * uses, and trees that do not match their names, are kept and reported.
 *
 * @param listener receives an event for everything that is removed or kept
 */
record Recovery(SizeProbe probe, Clock clock, QuarantineIndex index, CleanupListener listener) {

  /** Does this if the quarantine exists and is not in use; no failure here ends a run. */
  void finish(Quarantine quarantine) throws InterruptedIOException {
    try {
      if (quarantine.claimIfPresent()) {
        QuarantineDirectory.Contents contents = quarantine.contents();
        Supplier<OpenFiles> look = Suppliers.memoize(OpenFiles::scan);
        for (QuarantineName tree : contents.trees()) {
          if (isDue(tree)) {
            finish(quarantine, tree, look);
          } else {
            remember(quarantine); // the process that kept it may have ended before it could do so
          }
        }
        for (Path unknown : contents.unknown()) {
          left(unknown, "Lowtide did not put it there; find out what it is, then move it away");
        }
      }
    } catch (InterruptedIOException e) {
      throw e;
    } catch (ListenerException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      left(quarantine.path(), LiveRun.why(e));
    }
  }

  /** Whether a tree may be removed for good. */
  boolean isDue(QuarantineName tree) {
    return tree.untilSecond() <= clock.instant().getEpochSecond();
  }

  private void finish(Quarantine quarantine, QuarantineName tree, Supplier<OpenFiles> look)
      throws InterruptedIOException {
    Path path = quarantine.path(tree);
    try {
      if (quarantine.identity(tree).isEmpty()) {
        left(path, "it is not what Lowtide moved there; find out what it is, then move it away");
        return;
      }
      Optional<Intent> intent = quarantine.intent(tree);
      Optional<String> use = use(path, intent.map(Intent::path), look);
      if (use.isPresent()) {
        left(path, use.get() + "; a later run removes it when that has ended");
        return;
      }
      BoundedSize size = Reclaimable.asking().remove(probe.capture(path).root());
      List<Problem> problems = quarantine.delete(tree).problems();
      if (!problems.isEmpty()) {
        left(path, problems.get(0).toString());
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
      // another process, which removes what was moved away, was faster
    } catch (IOException | RuntimeException e) {
      left(path, LiveRun.why(e));
    }
  }

  /**
   * The process that uses a tree; empty if there is none.
   *
   * @param path where it is
   * @param origin where it was; uses of that path count if nothing new is there
   */
  static Optional<String> use(Path path, Optional<Path> origin, Supplier<OpenFiles> look) {
    if (!path.getFileSystem().equals(FileSystems.getDefault())) {
      return Optional.empty();
    }
    return look.get()
        .useAtOrBelow(path)
        .or(
            () ->
                origin
                    .filter(place -> Files.notExists(place, LinkOption.NOFOLLOW_LINKS))
                    .flatMap(look.get()::useAtOrBelow))
        .map(OpenFiles.Use::toString);
  }

  /** Adds a quarantine to the index, so that it is found without naming the target. */
  void remember(Quarantine quarantine) {
    try {
      index.add(quarantine.path());
    } catch (IOException e) {
      left(
          quarantine.path(),
          "the place of the quarantine could not be recorded; find it again with --root and this"
              + " directory: "
              + e.getMessage());
    }
  }

  /**
   * Like {@link #remember}, but ignores failures, for what the next run on the target removes in
   * any case.
   */
  void rememberIfPossible(Quarantine quarantine) {
    try {
      index.add(quarantine.path());
    } catch (IOException e) {
      // for example on a full disk: then it is found only by its target
    }
  }

  /** Removes the quarantine if it is empty, and releases it for other processes. */
  void leave(Quarantine quarantine) {
    try {
      if (quarantine.leave()) {
        index.remove(quarantine.path());
      }
    } catch (IOException e) {
      left(quarantine.path(), Printable.of(String.valueOf(e.getMessage())));
    }
  }

  private void left(Path path, String reason) {
    listener.on(new Event(Kind.LEFT, path, "", reason, BoundedSize.ZERO));
  }
}
