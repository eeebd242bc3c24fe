package dev.lowtide.execute;

import static java.util.Objects.requireNonNull;

import com.google.common.base.Suppliers;
import com.google.common.collect.ListMultimap;
import com.google.common.collect.MultimapBuilder;
import dev.lowtide.BoundedSize;
import dev.lowtide.Printable;
import dev.lowtide.Problem;
import dev.lowtide.execute.Trash.Item;
import dev.lowtide.execute.Trash.Origin;
import dev.lowtide.execute.Trash.Result;
import dev.lowtide.execute.Trash.State;
import dev.lowtide.fs.OpenFiles;
import dev.lowtide.fs.QuarantineName;
import dev.lowtide.fs.QuarantineRefusedException;
import dev.lowtide.probe.Reclaimable;
import dev.lowtide.probe.SizeProbe;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Restores and purges trees. Claims each quarantine once for all of its trees. A purge only marks
 * the trees while the quarantine is claimed, and removes them after it is released.
 */
final class TrashWork {
  private final SizeProbe probe;
  private final Deleter deleter;
  private final Recovery recovery;

  TrashWork(SizeProbe probe, Deleter deleter, Recovery recovery) {
    this.probe = probe;
    this.deleter = deleter;
    this.recovery = recovery;
  }

  /**
   * Restores trees.
   *
   * @param place where to put them; empty if each goes back to its original path
   */
  List<Result> restore(Collection<Item> items, Optional<Path> place) throws IOException {
    return inQuarantines(items, new Restoring(place));
  }

  /** Removes trees for good. */
  List<Result> purge(Collection<Item> items) throws IOException {
    return inQuarantines(items, new Purging());
  }

  /** What is done with trees of a claimed quarantine. */
  private interface Work {
    /** Why nothing can be done with a tree; empty if something can. */
    Optional<String> objection(Item item);

    /** Does the part for which the quarantine must be claimed; returns the rest. */
    Rest begin(Item item, Quarantine quarantine, QuarantineName tree) throws IOException;
  }

  /** The part of the work for which the quarantine need not be claimed. */
  private interface Rest {
    Result finish() throws IOException;
  }

  private static final class Restoring implements Work {
    private final Optional<Path> place;

    Restoring(Optional<Path> place) {
      this.place = place;
    }

    @Override
    public Optional<String> objection(Item item) {
      if (item.state() == State.GOING) {
        return Optional.of("its removal has begun, so it may be incomplete");
      } else if (item.state() == State.FOREIGN) {
        return Optional.of(foreign(item));
      }
      return destination(item).isEmpty()
          ? Optional.of("its original place is not recorded; name a place with --to")
          : Optional.empty();
    }

    private Optional<Path> destination(Item item) {
      return place.or(() -> item.origin().map(Origin::path));
    }

    @Override
    public Rest begin(Item item, Quarantine quarantine, QuarantineName tree) throws IOException {
      Path to = destination(item).orElseThrow();
      Result result;
      try {
        quarantine.restore(tree, to);
        result = new Result(item, Result.Verdict.RESTORED, Optional.of(to), "", BoundedSize.ZERO);
      } catch (FileAlreadyExistsException e) {
        result =
            refused(
                item,
                Printable.of(to) + " exists again; move it away, or name another place with --to");
      } catch (NoSuchFileException e) {
        Path parent = to.getParent();
        if (parent == null || !Files.notExists(parent, LinkOption.NOFOLLOW_LINKS)) {
          throw e;
        }
        result =
            refused(
                item,
                "there is no "
                    + Printable.of(parent)
                    + "; create it, or name another place with --to");
      }
      Result done = result;
      return () -> done;
    }
  }

  private final class Purging implements Work {
    private final Supplier<OpenFiles> scan = Suppliers.memoize(OpenFiles::scan);
    private final Reclaimable freed = Reclaimable.whileRemoving();

    @Override
    public Optional<String> objection(Item item) {
      if (item.state() == State.FOREIGN) {
        return Optional.of(foreign(item));
      }
      // The run that moved the tree may have been killed before it checked whether it is in use
      return item.state() == State.GOING
          ? Recovery.use(item.path(), item.origin().map(Origin::path), scan)
              .map(use -> use + "; try again when that has ended")
          : Optional.empty();
    }

    @Override
    public Rest begin(Item item, Quarantine quarantine, QuarantineName tree) throws IOException {
      Quarantine.BegunRemoval removal = quarantine.begin(tree);
      return () -> {
        BoundedSize size = freed.remove(probe.capture(removal.path()).root());
        Deleter.Deletion deletion = quarantine.finish(removal);
        return deletion.failures() > 0
            ? failed(item, deletion.problems().get(0).toString())
            : new Result(item, Result.Verdict.PURGED, Optional.empty(), "", size);
      };
    }
  }

  private static String foreign(Item item) {
    return Printable.of(item.path())
        + " is not what Lowtide moved there; find out what it is, then move it away";
  }

  /** Does the work for items; returns their results in the same order. */
  private List<Result> inQuarantines(Collection<Item> items, Work work) throws IOException {
    Map<Item, Result> results = new HashMap<>();
    ListMultimap<Path, Item> byQuarantine =
        MultimapBuilder.linkedHashKeys().arrayListValues().build();
    for (Item item : items) {
      Path path = item.path().getParent();
      if (path == null || QuarantineName.parse(item.path()).isEmpty()) {
        throw new IllegalArgumentException(item.path() + " is not in a quarantine");
      }
      Optional<String> objection = work.objection(item);
      if (objection.isPresent()) {
        results.put(item, refused(item, objection.get()));
      } else {
        byQuarantine.put(path, item);
      }
    }
    for (Path path : byQuarantine.keySet()) {
      inQuarantine(new Quarantine(path, deleter), byQuarantine.get(path), work, results);
    }
    return items.stream().map(item -> requireNonNull(results.get(item))).toList();
  }

  private void inQuarantine(
      Quarantine quarantine, List<Item> items, Work work, Map<Item, Result> results)
      throws IOException {
    Map<Item, Rest> begun = new LinkedHashMap<>();
    try {
      Set<QuarantineName> present =
          quarantine.claimIfPresent() ? Set.copyOf(quarantine.contents().trees()) : Set.of();
      for (Item item : items) {
        QuarantineName tree = QuarantineName.parse(item.path()).orElseThrow();
        if (present.contains(tree)) {
          attempt(item, results, () -> begun.put(item, work.begin(item, quarantine, tree)));
        } else {
          results.put(item, failed(item, "another process has removed or restored it"));
        }
      }
      quarantine.release();
      for (Map.Entry<Item, Rest> rest : begun.entrySet()) {
        Item item = rest.getKey();
        attempt(item, results, () -> results.put(item, rest.getValue().finish()));
      }
    } catch (InterruptedIOException e) {
      throw e;
    } catch (QuarantineRefusedException e) {
      items.forEach(
          item -> results.putIfAbsent(item, refused(item, String.valueOf(e.getMessage()))));
    } catch (IOException e) {
      items.forEach(
          item ->
              results.putIfAbsent(
                  item, failed(item, Problem.of(item.path(), "use", e).toString())));
    } finally {
      recovery.tryRemoveIfEmpty(quarantine);
    }
  }

  private interface Attempt {
    void run() throws IOException;
  }

  private static void attempt(Item item, Map<Item, Result> results, Attempt attempt)
      throws InterruptedIOException {
    try {
      attempt.run();
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      results.put(item, failed(item, Problem.of(item.path(), "use", e).toString()));
    }
  }

  private static Result refused(Item item, String reason) {
    return new Result(
        item, Result.Verdict.REFUSED, Optional.of(item.path()), reason, BoundedSize.ZERO);
  }

  private static Result failed(Item item, String reason) {
    return new Result(
        item, Result.Verdict.FAILED, Optional.of(item.path()), reason, BoundedSize.ZERO);
  }
}
