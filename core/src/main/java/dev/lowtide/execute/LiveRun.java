package dev.lowtide.execute;

import static java.util.Objects.requireNonNull;

import com.google.common.collect.Sets;
import dev.lowtide.BoundedSize;
import dev.lowtide.CleanupListener;
import dev.lowtide.CleanupTarget;
import dev.lowtide.Printable;
import dev.lowtide.Problem;
import dev.lowtide.command.Command;
import dev.lowtide.execute.Outcome.Failed;
import dev.lowtide.execute.Outcome.Removed;
import dev.lowtide.execute.Outcome.Skipped;
import dev.lowtide.fs.LockSet;
import dev.lowtide.fs.NotMovedException;
import dev.lowtide.fs.OpenFiles;
import dev.lowtide.fs.QuarantineName;
import dev.lowtide.fs.ReadingMark;
import dev.lowtide.guard.GuardRules;
import dev.lowtide.guard.InUseGuard;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.PlanItem;
import dev.lowtide.policy.Action.RunCommand;
import dev.lowtide.policy.Marker;
import dev.lowtide.policy.Requirement;
import dev.lowtide.policy.Requirement.Stopped;
import dev.lowtide.policy.Requirement.Unlocked;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Reclaimable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Removes items in batches. Each item is moved into a quarantine right after it was judged. When
 * the batch is full, after the last rename, the processes of the machine are scanned once. Then
 * each tree is checked again and removed, or moved back if it has changed or is in use.
 *
 * <p>The locks of all items of a batch are held until its last one is removed. A command, or a tree
 * that cannot be renamed, is a batch of its own.
 */
final class LiveRun implements PlanRun {
  /**
   * Limits how many items an interrupted run moves back, and how many a killed run leaves for the
   * next one.
   */
  private static final int MAX_BATCH_ITEMS = 1000;

  /** Limits how long a tree that is in use is missing at its path before it is moved back. */
  private static final Duration MAX_BATCH_TIME = Duration.ofSeconds(2);

  private final RemovalTools tools;
  private final GuardRules rules;
  private final CleanupListener listener;
  private final Outcomes outcomes;
  private final Recovery recovery;
  private final FinalCheck finalCheck;
  private final FreedSpaceMeter freed;
  private final LockSet locks;
  private final StoppedServers servers;
  private final Map<Path, Quarantine> quarantines = new LinkedHashMap<>();
  private final Deque<Moved> batch = new ArrayDeque<>();
  private final Reclaimable removed = Reclaimable.whileRemoving();
  private long batchStartNanos;
  private final Set<PlanItem> announced = Sets.newIdentityHashSet();

  LiveRun(
      RemovalTools tools,
      GuardRules rules,
      CleanupPlan plan,
      Outcomes outcomes,
      CleanupListener listener) {
    this.tools = tools;
    this.rules = rules;
    this.listener = listener;
    this.outcomes = outcomes;
    recovery =
        new Recovery(
            tools.probe(),
            rules.clock(),
            new QuarantineIndex(rules.host()),
            event -> {
              if (event.kind() == CleanupListener.Kind.LEFT) {
                outcomes.addStuck(new Problem(event.path(), "clear away", event.reason()));
              }
              listener.on(event);
            });
    finalCheck = new FinalCheck(new InUseGuard(plan.targets(), rules.assumeIdle()));
    freed = new FreedSpaceMeter(tools.probe());
    locks = new LockSet(FlockCommand.on(rules.host()));
    servers = new StoppedServers(tools.commands(), rules.host());
    ReadingMark.beginRemoving();
    for (CleanupTarget target : plan.targets()) {
      if (target.kind() != CleanupTarget.Kind.STORE) { // only the store's own tool removes from it
        Path path = Quarantine.of(target);
        quarantines.put(path, new Quarantine(path, tools.deleter()));
      }
    }
  }

  /** Completes the removals that earlier runs have left in the quarantines. */
  void recover() throws InterruptedIOException {
    if (tools.freeLater()) {
      return; // the process that frees the space does this too
    }
    for (Quarantine quarantine : quarantines.values()) {
      recovery.finish(quarantine);
    }
  }

  @Override
  public void prepareFor(PlanItem item) throws InterruptedIOException {
    boolean mustFinishFirst =
        item.candidate().after().stream()
            .anyMatch(
                first ->
                    batch.stream()
                        .map(moved -> moved.item().path())
                        .anyMatch(path -> path.startsWith(first) || first.startsWith(path)));
    if (mustFinishFirst || needsReleasedLocks(item)) {
      finish();
    }
  }

  /**
   * Whether an item runs a command or takes a lock, for which the locks of the batch must be
   * released first.
   */
  private boolean needsReleasedLocks(PlanItem item) {
    return item.candidate().action() instanceof RunCommand
        || item.candidate().requires().stream()
            .anyMatch(
                requirement ->
                    requirement instanceof RunCommand
                        || requirement instanceof Unlocked
                        || (requirement instanceof Stopped server && !servers.isStopped(server)));
  }

  @Override
  public Optional<Path> findExistingPredecessor(PlanItem item) {
    return item.candidate().after().stream()
        .filter(path -> !Files.notExists(path, LinkOption.NOFOLLOW_LINKS))
        .findFirst();
  }

  @Override
  public Optional<String> hold(PlanItem item) throws InterruptedIOException {
    return locks.hold(item.path(), item.candidate().locks());
  }

  @Override
  public boolean perform(PlanItem item, CleanupTarget target, Entry subtree) throws IOException {
    announce(item, item.candidate().deletes() ? item.reclaimable() : subtree.usage().exclusive());
    Optional<String> unmet = fulfilRequirements(item);
    if (unmet.isPresent()) {
      outcomes.add(new Skipped(item, unmet.get()));
      return true;
    }
    if (item.candidate().action() instanceof RunCommand command) {
      outcomes.add(
          target.kind() == CleanupTarget.Kind.STORE
              ? new CommandItem(tools, freed).runUnmeasured(item, command)
              : new CommandItem(tools, freed).run(item, command, subtree.usage()));
      locks.releaseAll();
      return true;
    }
    Quarantine quarantine = requireNonNull(quarantines.get(Quarantine.of(target)));
    Instant now = rules.clock().instant();
    Optional<Instant> until =
        tools.undoFor().isZero()
            ? Optional.empty()
            : Optional.of(now.plus(tools.undoFor()).truncatedTo(ChronoUnit.SECONDS).plusSeconds(1));
    Intent intent = new Intent(item.path(), item.policy(), item.candidate().reason(), now);
    QuarantineName tree;
    try {
      tree = quarantine.moveIn(intent, item.identity().root(), until);
    } catch (NotMovedException e) {
      if (until.isPresent() && !e.isDiskFull()) {
        outcomes.add(
            new Skipped(
                item,
                "it could not be moved to the quarantine, so it could not be restored: "
                    + e.getMessage()
                    + "; to remove it permanently, omit --undo-for"));
        return true;
      }
      if (!batch.isEmpty()) {
        finish();
        return false;
      }
      outcomes.add(deleteInPlace(item, target, String.valueOf(e.getMessage())));
      locks.releaseAll();
      return true;
    }
    if (batch.isEmpty()) {
      batchStartNanos = System.nanoTime();
    }
    batch.add(new Moved(item, target, quarantine, tree, until));
    if (batch.size() >= MAX_BATCH_ITEMS
        || System.nanoTime() - batchStartNanos >= MAX_BATCH_TIME.toNanos()) {
      finish();
    }
    return true;
  }

  /** Announces an item to the listener, only once even if it is judged again. */
  private void announce(PlanItem item, BoundedSize size) {
    if (announced.add(item)) {
      listener.on(
          new CleanupListener.Event(
              CleanupListener.Kind.REMOVING,
              item.path(),
              item.policy(),
              item.candidate().reason(),
              size));
    }
  }

  /**
   * Fulfils the requirements of an item; returns why the first unfulfilled one could not be
   * fulfilled, or empty.
   */
  private Optional<String> fulfilRequirements(PlanItem item) throws IOException {
    for (Requirement requirement : item.candidate().requires()) {
      Optional<String> unmet;
      if (requirement instanceof RunCommand command) {
        unmet = tools.commands().run(Command.of(command.argv())).failure(command.argv());
      } else if (requirement instanceof Stopped server) {
        unmet = servers.stop(server);
      } else if (requirement instanceof Unlocked lock) {
        unmet = locks.checkFree(item.path(), lock.file()).map(why -> "lock: " + why);
      } else {
        continue;
      }
      if (unmet.isPresent()) {
        return unmet;
      }
    }
    // Checked last, since a command or an earlier item may have changed the files that are evidence
    return FinalCheck.evidence(item, item.path());
  }

  @Override
  public void finish() throws InterruptedIOException {
    Optional<OpenFiles> open =
        batch.isEmpty() ? Optional.empty() : FinalCheck.scan(batch.getFirst().item().path());
    while (!batch.isEmpty()) {
      // An item leaves the batch only when its outcome is known: close() moves the others back
      Moved moved = batch.getFirst();
      Outcome outcome;
      try {
        outcome = finish(moved, open);
      } catch (InterruptedIOException | ListenerException e) {
        throw e;
      } catch (IOException | RuntimeException e) {
        batch.remove(moved);
        outcome = new Failed(moved.item(), BoundedSize.ZERO, reasonOf(e), List.of());
      }
      outcomes.add(outcome);
    }
    locks.releaseAll();
  }

  private Outcome finish(Moved moved, Optional<OpenFiles> open) throws IOException {
    PlanItem item = moved.item();
    Path path = moved.path();
    Entry subtree;
    Optional<String> objection;
    try {
      subtree = tools.probe().capture(path).root();
      String difference = item.identity().differenceAfterRename(subtree);
      objection = finalCheck.objection(item, moved.target(), subtree, difference, open);
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      if (Files.notExists(path, LinkOption.NOFOLLOW_LINKS)) {
        batch.remove(moved);
        throw new NoSuchFileException(
            path.toString(), null, "another program removed it from the quarantine");
      }
      putBack(moved);
      throw e;
    }
    if (objection.isPresent()) {
      putBack(moved);
      return new Skipped(item, objection.get());
    }
    batch.remove(moved);
    BoundedSize size = removed.remove(subtree);
    if (moved.until().isPresent()) {
      recovery.addToIndex(moved.quarantine());
      return Removed.kept(
          item, new Outcome.Kept(moved.tree().id(), path, moved.until().get(), size));
    }
    Deleter.Deletion deletion;
    try {
      if (tools.freeLater()) {
        moved.quarantine().markRemovalBegun(moved.tree());
        recovery.tryAddToIndex(moved.quarantine());
        return Removed.movedAway(item, size);
      }
      deletion = moved.quarantine().delete(moved.tree());
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      String reason = reasonOf(e) + "; the rest is in " + Printable.of(path);
      return new Failed(item, freed.ofPartialRemoval(size, path), reason, List.of());
    }
    return freed.outcome(item, size, "", deletion, path);
  }

  private void putBack(Moved moved) throws IOException {
    batch.remove(moved);
    Path originalPath = moved.item().path();
    try {
      moved.quarantine().putBack(moved.tree(), originalPath);
    } catch (IOException e) {
      throw new IOException(
          Problem.of(originalPath, "put back", e)
              + "; it is kept in "
              + Printable.of(moved.quarantine().path())
              + " as "
              + moved.tree().id(),
          e);
    }
  }

  /**
   * Deletes a tree in its place because it cannot be moved. A tree that should be kept for an undo
   * is deleted so only if the disk is full. The processes are scanned right before the deletion.
   */
  private Outcome deleteInPlace(PlanItem item, CleanupTarget target, String cause)
      throws IOException {
    Optional<OpenFiles> open = FinalCheck.scan(item.path());
    Entry subtree = tools.probe().capture(item.path()).root();
    String difference = item.identity().differenceIn(subtree);
    Optional<String> objection = finalCheck.objection(item, target, subtree, difference, open);
    if (objection.isPresent()) {
      return new Skipped(item, objection.get());
    }
    BoundedSize size = removed.remove(subtree);
    Deleter.Deletion deletion =
        tools.deleter().deleteInPlace(item.path(), item.identity().root(), markerNames(item));
    if (deletion.removed() == 0 && deletion.failures() == 0) {
      return Skipped.gone(item);
    }
    String reason =
        "removed in place, "
            + (tools.undoFor().isZero() ? "" : "and cannot be restored, ")
            + "because it could not be moved to the quarantine: "
            + cause;
    return freed.outcome(item, size, reason, deletion, item.path());
  }

  /** The names of the files by which the next run identifies what is left of an item. */
  private static Set<String> markerNames(PlanItem item) {
    Set<String> markerNames = new HashSet<>(Set.of(Marker.CACHE_DIRECTORY.fileName()));
    item.candidate().marker().map(Marker::fileName).ifPresent(markerNames::add);
    return markerNames;
  }

  /**
   * The reason for a failure. For an exception other than an {@link IOException}, it includes the
   * type of the exception, since the message alone is not enough.
   */
  static String reasonOf(Exception e) {
    return e instanceof IOException ? String.valueOf(e.getMessage()) : Printable.of(e.toString());
  }

  @Override
  public void close() {
    // An interrupted thread could not move anything back
    boolean interrupted = Thread.interrupted();
    try {
      while (!batch.isEmpty()) {
        Moved moved = batch.getLast();
        try {
          putBack(moved);
        } catch (IOException | RuntimeException e) {
          outcomes.addSilently(new Failed(moved.item(), BoundedSize.ZERO, reasonOf(e), List.of()));
        }
      }
      locks.close();
      servers.restartAll().forEach(outcomes::failLast);
    } finally {
      quarantines.values().forEach(recovery::release);
      ReadingMark.endRemoving();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
