package dev.lowtide.execute;

import static java.util.Objects.requireNonNull;

import com.google.common.collect.Sets;
import dev.lowtide.BoundedSize;
import dev.lowtide.CleanupListener;
import dev.lowtide.CleanupTarget;
import dev.lowtide.Printable;
import dev.lowtide.Problem;
import dev.lowtide.command.Command;
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
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Removes items in {@linkplain Batch batches}. Each item is moved into a quarantine right after it
 * was judged.
 *
 * <p>The locks of all items of a batch are held until its last one is removed. A command, or a tree
 * that cannot be renamed, is a batch of its own.
 */
final class LiveRun implements PlanRun {
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
  private final Batch batch;
  private final Reclaimable removed = Reclaimable.whileRemoving();
  private final CleanupPlan plan;

  /** The index of the current item in the plan; -1 before the first one. */
  private int position = -1;

  private final Set<PlanItem> announced = Sets.newIdentityHashSet();

  LiveRun(
      RemovalTools tools,
      GuardRules rules,
      CleanupPlan plan,
      Outcomes outcomes,
      CleanupListener listener) {
    this.tools = tools;
    this.rules = rules;
    this.plan = plan;
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
    batch = new Batch(tools, finalCheck, recovery, freed);
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
      return; // the process that later removes what this run moves away does this too
    }
    for (Quarantine quarantine : quarantines.values()) {
      recovery.finish(quarantine);
    }
  }

  @Override
  public void prepareFor(PlanItem item) throws InterruptedIOException {
    position++;
    boolean mustFinishFirst = item.candidate().after().stream().anyMatch(batch::overlaps);
    if (mustFinishFirst || needsReleasedLocks(item)) {
      finish();
    }
  }

  /**
   * Whether an item runs a command, stops a server or checks a lock. The locks of the batch must be
   * released before that, since the tool may need them.
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
    QuarantineName tree;
    try {
      if (!quarantine.hasRecorded(item.path())) {
        quarantine.record(intents(quarantine, now), until.isPresent());
      }
      tree = quarantine.moveIn(item.path(), item.identity().root(), until);
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
    batch.add(new Moved(item, target, quarantine, tree, until));
    if (batch.isFull()) {
      finish();
    }
    return true;
  }

  /** The intents of the present item and of those after it that may be in the same batch. */
  private List<Intent> intents(Quarantine quarantine, Instant now) {
    int end = Math.min(plan.items().size(), position + Batch.MAX_ITEMS);
    return plan.items().subList(position, end).stream()
        .filter(item -> item.candidate().deletes())
        .filter(item -> Judge.target(plan, item).filter(quarantine::isOf).isPresent())
        .map(item -> new Intent(item.path(), item.policy(), item.candidate().reason(), now))
        .toList();
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
   * Fulfils the requirements of an item, and then checks its evidence; returns why the first of
   * these failed, or empty if none did.
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
    batch.finish(outcomes);
    quarantines.values().forEach(Quarantine::endRecord);
    locks.releaseAll();
  }

  /**
   * Deletes a tree in its place because it cannot be moved. If the run can be undone, this is done
   * only if the disk is full. The processes of the machine are scanned first, since no batch scans
   * them for this tree.
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
      batch.putAllBack(outcomes);
      locks.close();
      servers.restartAll().forEach(outcomes::failLast);
    } finally {
      quarantines.values().forEach(recovery::releaseAndRemoveIfEmpty);
      ReadingMark.endRemoving();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
