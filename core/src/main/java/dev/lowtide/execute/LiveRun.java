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
 * each tree is checked again and removed, or put back if it has changed or is in use.
 *
 * <p>The locks of all items of a batch are held until its last one is removed. A command is a batch
 * of its own, and so is a tree that cannot be renamed.
 */
final class LiveRun implements Effects {
  /**
   * Limits how much an interrupted run puts back, and how much a killed one leaves for the next
   * run.
   */
  private static final int MAX_ITEMS = 1000;

  /** Limits how long a tree is away before it is put back because it is in use. */
  private static final Duration MAX_TIME = Duration.ofSeconds(2);

  private final RemovalTools tools;
  private final GuardRules rules;
  private final CleanupListener listener;
  private final Outcomes outcomes;
  private final Recovery recovery;
  private final SecondLook secondLook;
  private final Freed freed;
  private final LockSet locks;
  private final StoppedServers servers;
  private final Map<Path, Quarantine> quarantines = new LinkedHashMap<>();
  private final Deque<Moved> batch = new ArrayDeque<>();
  private final Reclaimable removed = Reclaimable.whileRemoving();
  private long batchBegan;
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
    secondLook = new SecondLook(new InUseGuard(plan.targets(), rules.assumeIdle()));
    freed = new Freed(tools.probe());
    locks = new LockSet(FlockCommand.on(rules.host()));
    servers = new StoppedServers(tools.commands(), rules.host());
    ReadingMark.beginRemoving();
    for (CleanupTarget target : plan.targets()) {
      if (target.kind()
          != CleanupTarget.Kind.STORE) { // only its own tool removes something from it
        Path path = Quarantine.of(target);
        quarantines.put(path, new Quarantine(path, tools.deleter()));
      }
    }
  }

  /** Completes what earlier runs have left in the quarantines. */
  void recover() throws InterruptedIOException {
    if (tools.freeLater()) {
      return; // the process that frees the space later does this too
    }
    for (Quarantine quarantine : quarantines.values()) {
      recovery.finish(quarantine);
    }
  }

  @Override
  public void prepareFor(PlanItem item) throws InterruptedIOException {
    boolean waits =
        item.candidate().after().stream()
            .anyMatch(
                first ->
                    batch.stream()
                        .map(moved -> moved.item().path())
                        .anyMatch(path -> path.startsWith(first) || first.startsWith(path)));
    if (waits || runsSomething(item)) {
      finish();
    }
  }

  /** A command may need the locks that are held for the batch. */
  private boolean runsSomething(PlanItem item) {
    return item.candidate().action() instanceof RunCommand
        || item.candidate().requires().stream()
            .anyMatch(
                requirement ->
                    requirement instanceof RunCommand
                        || requirement instanceof Unlocked
                        || (requirement instanceof Stopped server && !servers.isStopped(server)));
  }

  @Override
  public Optional<Path> stillThere(PlanItem item) {
    return item.candidate().after().stream()
        .filter(path -> !Files.notExists(path, LinkOption.NOFOLLOW_LINKS))
        .findFirst();
  }

  @Override
  public Optional<String> hold(PlanItem item) throws InterruptedIOException {
    return locks.hold(item.path(), item.candidate().locks());
  }

  @Override
  public boolean carryOut(PlanItem item, CleanupTarget target, Entry subtree) throws IOException {
    announce(item, item.candidate().deletes() ? item.reclaimable() : subtree.usage().exclusive());
    Optional<String> unmet = unmet(item);
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
      tree = quarantine.take(intent, item.identity().root(), until);
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
      batchBegan = System.nanoTime();
    }
    batch.add(new Moved(item, target, quarantine, tree, until));
    if (batch.size() >= MAX_ITEMS || System.nanoTime() - batchBegan >= MAX_TIME.toNanos()) {
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

  /** Fulfils the item's requirements; returns why the first one that cannot be fulfilled cannot. */
  private Optional<String> unmet(PlanItem item) throws IOException {
    for (Requirement requirement : item.candidate().requires()) {
      Optional<String> unmet;
      if (requirement instanceof RunCommand command) {
        unmet = tools.commands().run(Command.of(command.argv())).failure(command.argv());
      } else if (requirement instanceof Stopped server) {
        unmet = servers.stop(server);
      } else if (requirement instanceof Unlocked lock) {
        unmet = locks.busy(item.path(), lock.file()).map(why -> "lock: " + why);
      } else {
        continue;
      }
      if (unmet.isPresent()) {
        return unmet;
      }
    }
    // Checked last, since a command or an earlier item may have changed other files
    return SecondLook.evidence(item, item.path());
  }

  @Override
  public void finish() throws InterruptedIOException {
    Optional<OpenFiles> open =
        batch.isEmpty() ? Optional.empty() : SecondLook.scan(batch.getFirst().item().path());
    while (!batch.isEmpty()) {
      // An item leaves the batch only when its outcome is known: close() puts back the rest
      Moved moved = batch.getFirst();
      Outcome outcome;
      try {
        outcome = finish(moved, open);
      } catch (InterruptedIOException | ListenerException e) {
        throw e;
      } catch (IOException | RuntimeException e) {
        batch.remove(moved);
        outcome = new Failed(moved.item(), BoundedSize.ZERO, why(e), List.of());
      }
      outcomes.add(outcome);
    }
    locks.releaseAll();
  }

  private Outcome finish(Moved moved, Optional<OpenFiles> open) throws IOException {
    PlanItem item = moved.item();
    Path there = moved.there();
    Entry subtree;
    Optional<String> objection;
    try {
      subtree = tools.probe().capture(there).root();
      String difference = item.identity().differenceAfterRename(subtree);
      objection = secondLook.objection(item, moved.target(), subtree, difference, open);
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      if (Files.notExists(there, LinkOption.NOFOLLOW_LINKS)) {
        batch.remove(moved);
        throw new NoSuchFileException(
            there.toString(), null, "another program removed it from the quarantine");
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
      recovery.remember(moved.quarantine());
      return Removed.kept(
          item, new Outcome.Kept(moved.tree().id(), there, moved.until().get(), size));
    }
    Deleter.Deletion deletion;
    try {
      if (tools.freeLater()) {
        moved.quarantine().begin(moved.tree());
        recovery.rememberIfPossible(moved.quarantine());
        return Removed.movedAway(item, size);
      }
      deletion = moved.quarantine().delete(moved.tree());
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      String reason = why(e) + "; the rest is in " + Printable.of(there);
      return new Failed(item, freed.ofRest(size, there), reason, List.of());
    }
    return freed.outcome(item, size, "", deletion, there);
  }

  private void putBack(Moved moved) throws IOException {
    batch.remove(moved);
    Path place = moved.item().path();
    try {
      moved.quarantine().putBack(moved.tree(), place);
    } catch (IOException e) {
      throw new IOException(
          Problem.of(place, "put back", e)
              + "; it is kept in "
              + Printable.of(moved.quarantine().path())
              + " as "
              + moved.tree().id(),
          e);
    }
  }

  /**
   * Deletes a tree that cannot be moved in its place; a tree that should be kept for an undo is
   * deleted so only if the disk is full. The processes are scanned right before.
   */
  private Outcome deleteInPlace(PlanItem item, CleanupTarget target, String cause)
      throws IOException {
    Optional<OpenFiles> open = SecondLook.scan(item.path());
    Entry subtree = tools.probe().capture(item.path()).root();
    String difference = item.identity().differenceIn(subtree);
    Optional<String> objection = secondLook.objection(item, target, subtree, difference, open);
    if (objection.isPresent()) {
      return new Skipped(item, objection.get());
    }
    BoundedSize size = removed.remove(subtree);
    Deleter.Deletion deletion =
        tools.deleter().deleteInPlace(item.path(), item.identity().root(), marks(item));
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

  /** The files by which the next run recognises the remains of an item. */
  private static Set<String> marks(PlanItem item) {
    Set<String> marks = new HashSet<>(Set.of(Marker.CACHE_DIRECTORY.fileName()));
    item.candidate().marker().map(Marker::fileName).ifPresent(marks::add);
    return marks;
  }

  /**
   * The reason for a failure. For unexpected exceptions, such as a deleter's own, the message alone
   * is not enough.
   */
  static String why(Exception e) {
    return e instanceof IOException ? String.valueOf(e.getMessage()) : Printable.of(e.toString());
  }

  @Override
  public void close() {
    boolean interrupted = Thread.interrupted(); // or nothing could be put back
    try {
      while (!batch.isEmpty()) {
        Moved moved = batch.getLast();
        try {
          putBack(moved);
        } catch (IOException | RuntimeException e) {
          outcomes.addSilently(new Failed(moved.item(), BoundedSize.ZERO, why(e), List.of()));
        }
      }
      locks.close();
      servers.startAgain().forEach(outcomes::failLast);
    } finally {
      quarantines.values().forEach(recovery::leave);
      ReadingMark.endRemoving();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
