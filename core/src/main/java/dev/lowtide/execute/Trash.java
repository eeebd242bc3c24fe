package dev.lowtide.execute;

import dev.lowtide.BoundedSize;
import dev.lowtide.CleanupListener;
import dev.lowtide.Problem;
import dev.lowtide.fs.QuarantineContents;
import dev.lowtide.fs.QuarantineDirectory;
import dev.lowtide.fs.QuarantineName;
import dev.lowtide.fs.QuarantinePlace;
import dev.lowtide.guard.GuardRules;
import dev.lowtide.probe.SizeProbe;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Lists, restores and purges what was removed and kept because of {@link LowtideBuilder#undoFor},
 * and what interrupted runs have left.
 *
 * <pre>{@code
 * Trash trash = lowtide.trash();
 * for (Trash.Item item : trash.list(List.of()).items()) {
 *   trash.restore(item, Optional.empty());
 * }
 * }</pre>
 *
 * <p>Every quarantine is checked each time: one to which other users have access is reported and
 * not changed. While something is changed in a quarantine, other processes cannot use it. Immutable
 * and safe for use by many threads.
 */
public final class Trash {
  private final SizeProbe probe;
  private final Deleter deleter;
  private final QuarantineIndex index;
  private final Recovery recovery;

  Trash(SizeProbe probe, GuardRules rules, Deleter deleter) {
    this.probe = probe;
    this.deleter = deleter;
    this.index = new QuarantineIndex(rules.host());
    this.recovery = new Recovery(probe, rules.clock(), index, CleanupListener.NONE);
  }

  /** What may be done with a tree. */
  public enum State {
    /** It can be restored. */
    KEPT,
    /** It can be restored until the next run, which removes it for good. */
    EXPIRED,
    /** Its removal has begun, and the next run completes it. */
    GOING,
    /** Something else has its name; Lowtide does not change it. */
    FOREIGN
  }

  /**
   * A tree in a quarantine.
   *
   * @param id 16 hexadecimal digits
   * @param path where it is
   * @param until the time until which it is kept; empty if it is not kept
   * @param origin where it was; empty if the record is missing or truncated
   * @param allocated the space that it occupies on the disk, including files that have other names
   *     outside it
   */
  public record Item(
      String id,
      State state,
      Path path,
      Optional<Instant> until,
      Optional<Origin> origin,
      BoundedSize allocated) {}

  /**
   * The origin of a tree.
   *
   * @param path its original path
   * @param policy the policy that had proposed it
   * @param reason why
   * @param removedAt when it was removed
   */
  public record Origin(Path path, String policy, String reason, Instant removedAt) {}

  /**
   * The contents of the trash.
   *
   * @param items the trees, in the order in which they were removed
   * @param problems quarantines that cannot be used, and files in quarantines that are not
   *     Lowtide's
   */
  public record Listing(List<Item> items, List<Problem> problems) {
    public Listing {
      items = List.copyOf(items);
      problems = List.copyOf(problems);
    }

    /** The contents as one JSON document, which {@code docs/schema/trash-list.json} describes. */
    public String toJson() {
      return TrashWriter.write(this);
    }
  }

  /**
   * The result of restoring or purging a tree.
   *
   * @param place where the tree is now; empty if it no longer exists
   * @param reason why it failed, as a part of a sentence; empty if it succeeded
   * @param freed the freed space
   */
  public record Result(
      Item item, Verdict verdict, Optional<Path> place, String reason, BoundedSize freed) {

    /** Whether it succeeded. */
    public enum Verdict {
      RESTORED,
      PURGED,
      /** It would have required something that the caller has not allowed; nothing was changed. */
      REFUSED,
      FAILED
    }
  }

  /** Results as one JSON document, which {@code docs/schema/trash-result.json} describes. */
  public static String toJson(List<Result> results) {
    return TrashWriter.write(results);
  }

  /**
   * Lists the trash, and changes nothing.
   *
   * @param roots directories that were cleaned; if empty, all directories of which the index knows
   *     that this user has kept something
   */
  public Listing list(Collection<Path> roots) throws IOException {
    List<Item> items = new ArrayList<>();
    List<Problem> problems = new ArrayList<>();
    for (Path quarantine : quarantines(roots)) {
      try (QuarantineDirectory opened =
          QuarantineDirectory.open(quarantine, deleter.mayRemoveByPath())) {
        list(opened, items, problems);
      } catch (NoSuchFileException e) {
        // nothing is kept, or the disk that holds it is not mounted now
      } catch (InterruptedIOException e) {
        throw e;
      } catch (IOException e) {
        problems.add(Problem.of(quarantine, "use", e));
      }
    }
    items.sort(
        Comparator.comparing(
                (Item item) -> item.origin().map(Origin::removedAt).orElse(Instant.MIN))
            .thenComparingInt(item -> QuarantineName.number(item.id()))
            .thenComparing(Item::id));
    return new Listing(items, problems);
  }

  private Set<Path> quarantines(Collection<Path> roots) throws IOException {
    if (roots.isEmpty()) {
      return index.quarantines();
    }
    Set<Path> quarantines = new TreeSet<>();
    for (Path root : roots) {
      quarantines.add(QuarantinePlace.in(root));
      quarantines.add(QuarantinePlace.beside(root));
    }
    return quarantines;
  }

  private void list(QuarantineDirectory opened, List<Item> items, List<Problem> problems)
      throws IOException {
    QuarantineContents contents = opened.contents();
    Origins origins = new Origins(opened);
    for (QuarantineName tree : contents.trees()) {
      try {
        items.add(item(opened, tree, origins));
      } catch (NoSuchFileException e) {
        // removed or restored in the meantime
      }
    }
    for (Path unknown : contents.unknown()) {
      problems.add(new Problem(unknown, "identify", "Lowtide did not put it there"));
    }
  }

  private Item item(QuarantineDirectory opened, QuarantineName tree, Origins origins)
      throws IOException {
    State state =
        opened.identity(tree).isEmpty()
            ? State.FOREIGN
            : !tree.isComplete() ? State.GOING : recovery.isDue(tree) ? State.EXPIRED : State.KEPT;
    Optional<Origin> origin =
        origins
            .of(tree)
            .map(
                intent -> new Origin(intent.path(), intent.policy(), intent.reason(), intent.at()));
    Path path = opened.path(tree);
    return new Item(
        tree.id(),
        state,
        path,
        tree.isComplete()
            ? Optional.of(Instant.ofEpochSecond(tree.untilSecond()))
            : Optional.empty(),
        origin,
        probe.measure(path).allocated());
  }

  /**
   * Restores a tree with one rename. It replaces no existing file and creates no directory.
   *
   * @param place the destination, if not the original path; absolute, and on the same file system
   */
  public Result restore(Item item, Optional<Path> place) throws IOException {
    return work().restore(List.of(item), place).get(0);
  }

  /** Restores trees, each to its original path; see {@link #restore(Item, Optional)}. */
  public List<Result> restore(Collection<Item> items) throws IOException {
    return work().restore(items, Optional.empty());
  }

  /** Removes a tree for good. */
  public Result purge(Item item) throws IOException {
    return purge(List.of(item)).get(0);
  }

  /**
   * Removes trees for good. Other processes can use a quarantine again while its trees are removed.
   */
  public List<Result> purge(Collection<Item> items) throws IOException {
    return work().purge(items);
  }

  private TrashWork work() {
    return new TrashWork(probe, deleter, recovery);
  }
}
