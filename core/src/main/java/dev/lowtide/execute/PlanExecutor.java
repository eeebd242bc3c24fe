package dev.lowtide.execute;

import static java.util.Objects.requireNonNull;

import dev.lowtide.ByteSize;
import dev.lowtide.CleanupListener;
import dev.lowtide.CleanupTarget;
import dev.lowtide.Printable;
import dev.lowtide.Problem;
import dev.lowtide.command.Command;
import dev.lowtide.command.CommandResult;
import dev.lowtide.command.CommandRunner;
import dev.lowtide.execute.Outcome.Failed;
import dev.lowtide.execute.Outcome.Removed;
import dev.lowtide.execute.Outcome.Skipped;
import dev.lowtide.execute.Outcome.WouldRemove;
import dev.lowtide.fs.LockSet;
import dev.lowtide.fs.NotMovedException;
import dev.lowtide.fs.OpenFiles;
import dev.lowtide.fs.QuarantineName;
import dev.lowtide.fs.QuarantineRefusedException;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.Guard;
import dev.lowtide.plan.Guards;
import dev.lowtide.plan.PlanItem;
import dev.lowtide.plan.RefusedTargetException;
import dev.lowtide.plan.SubtreeIdentity;
import dev.lowtide.policy.Action.RunCommand;
import dev.lowtide.policy.Requirement;
import dev.lowtide.policy.Requirement.Stopped;
import dev.lowtide.policy.Requirement.Unlocked;
import dev.lowtide.probe.DiskUsage;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Reclaimable;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.probe.Snapshot;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Carries out a plan, item by item: looks again, asks the guards again, and removes what is still
 * as it was planned. It has no policies, and so cannot widen a plan.
 *
 * <p>A dry run is an executor without a {@link Deleter}: there is nothing in it that could change a
 * disk. One item that fails does not keep the next from being tried. Immutable; several plans may
 * be carried out at once if their targets do not overlap.
 */
public final class PlanExecutor {
  private final SizeProbe probe;
  private final Guards.Rules rules;
  private final Optional<Hands> hands;
  private final CleanupListener listener;

  /**
   * What can change something.
   *
   * @param undoFor how long what is removed can be had back; zero for not at all
   */
  private record Hands(Deleter deleter, CommandRunner commands, Duration undoFor) {}

  /**
   * What belongs to the carrying out of one plan.
   *
   * @param gone in a dry run, what would be gone by now
   * @param wouldBeGone the paths of that
   * @param openFiles for the look after a tree was moved
   * @param servers to be started again in the end
   */
  private record Execution(
      CleanupPlan plan,
      List<Guard> guards,
      Map<Path, Quarantine> quarantines,
      LockSet locks,
      Reclaimable gone,
      Set<Path> wouldBeGone,
      OpenFiles.Latest openFiles,
      StoppedServers servers) {}

  private PlanExecutor(
      SizeProbe probe, Guards.Rules rules, Optional<Hands> hands, CleanupListener listener) {
    this.probe = probe;
    this.rules = rules;
    this.hands = hands;
    this.listener = listener;
  }

  /** Finds out what would be done, and changes nothing. */
  public static PlanExecutor dryRun(SizeProbe probe, Guards.Rules rules, CleanupListener listener) {
    return new PlanExecutor(probe, rules, Optional.empty(), listener);
  }

  /**
   * Removes.
   *
   * @param undoFor how long what is removed can be had back; zero for not at all
   */
  public static PlanExecutor removing(
      SizeProbe probe,
      Guards.Rules rules,
      Deleter deleter,
      CommandRunner commands,
      Duration undoFor,
      CleanupListener listener) {
    return new PlanExecutor(
        probe, rules, Optional.of(new Hands(deleter, commands, undoFor)), listener);
  }

  /**
   * Carries out a plan.
   *
   * @throws InterruptedIOException if the thread is interrupted: the item at hand is whole, or gone
   *     from its place and the next run removes what is left of it; later ones are untouched
   */
  public CleanupReport execute(CleanupPlan plan) throws InterruptedIOException {
    if (hands.isEmpty()) {
      return execute(plan, Map.of());
    }
    Map<Path, Quarantine> quarantines = new LinkedHashMap<>();
    for (CleanupTarget target : plan.targets()) {
      if (target.kind()
          != CleanupTarget.Kind.STORE) { // of which nothing is removed but by its tool
        Path path = Quarantine.of(target);
        quarantines.put(path, new Quarantine(path, hands.get().deleter()));
      }
    }
    try {
      for (Quarantine quarantine : quarantines.values()) {
        recovery().finish(quarantine);
      }
      return execute(plan, quarantines);
    } finally {
      quarantines.values().forEach(recovery()::leave);
    }
  }

  private Recovery recovery() {
    return new Recovery(probe, rules.clock(), new QuarantineIndex(rules.host()), listener);
  }

  private CleanupReport execute(CleanupPlan plan, Map<Path, Quarantine> quarantines)
      throws InterruptedIOException {
    List<Outcome> outcomes = new ArrayList<>();
    StoppedServers servers =
        new StoppedServers(hands.map(Hands::commands).orElse(CommandRunner.none()), rules.host());
    try (LockSet locks = new LockSet(FlockCommand.on(rules.host()))) {
      Execution execution =
          new Execution(
              plan,
              Guards.standard(rules, plan.targets()),
              quarantines,
              locks,
              new Reclaimable(),
              new HashSet<>(),
              OpenFiles.Latest.sparing(),
              servers);
      for (PlanItem item : plan.items()) {
        Optional<Path> first = mustGoFirst(item, execution.wouldBeGone());
        Outcome outcome =
            first.isPresent()
                ? new Skipped(
                    item, Printable.of(first.get()) + " must go first, and is still there")
                : execute(execution, item);
        if (outcome instanceof WouldRemove) {
          execution.wouldBeGone().add(item.path());
        }
        outcomes.add(outcome);
        report(outcome);
      }
    } finally {
      startAgain(servers, outcomes);
    }
    return new CleanupReport(hands.isEmpty(), outcomes, plan.refused());
  }

  /** What went is gone, but a server that is left stopped is a failure of what needed it so. */
  private void startAgain(StoppedServers servers, List<Outcome> outcomes) {
    servers
        .startAgain()
        .forEach(
            (server, why) -> {
              for (int i = outcomes.size() - 1; i >= 0; i--) {
                Outcome outcome = outcomes.get(i);
                if (outcome.item().candidate().requires().contains(server)) {
                  String reason = "a server was stopped for it and does not run again: " + why;
                  Failed failed =
                      new Failed(outcome.item(), outcome.freedBytes(), reason, List.of());
                  outcomes.set(i, failed);
                  report(failed);
                  return;
                }
              }
            });
  }

  private static Optional<Path> mustGoFirst(PlanItem item, Set<Path> wouldBeGone) {
    return item.candidate().after().stream()
        .filter(
            path ->
                Stream.iterate(path, Objects::nonNull, Path::getParent)
                    .noneMatch(wouldBeGone::contains))
        .filter(path -> !Files.notExists(path, LinkOption.NOFOLLOW_LINKS))
        .findFirst();
  }

  private void report(Outcome outcome) {
    CleanupListener.Kind kind =
        outcome instanceof Removed
            ? CleanupListener.Kind.REMOVED
            : outcome instanceof WouldRemove
                ? CleanupListener.Kind.WOULD_REMOVE
                : outcome instanceof Skipped
                    ? CleanupListener.Kind.SKIPPED
                    : CleanupListener.Kind.FAILED;
    PlanItem item = outcome.item();
    String reason = outcome.reason().isEmpty() ? item.candidate().reason() : outcome.reason();
    listener.on(
        new CleanupListener.Event(kind, item.path(), item.policy(), reason, outcome.freedBytes()));
  }

  private Outcome execute(Execution execution, PlanItem item) throws InterruptedIOException {
    CleanupPlan plan = execution.plan();
    Optional<CleanupTarget> target =
        plan.targets().stream()
            .filter(each -> each.id().equals(item.target()))
            .filter(each -> item.path().startsWith(each.root()))
            .findFirst();
    if (target.isEmpty()) {
      return new Skipped(item, "its target " + item.target() + " is not in the plan");
    }
    if (rules.clock().instant().isBefore(plan.createdAt())) {
      return new Skipped(
          item, "the clock has gone back since the plan was made, at " + plan.createdAt());
    }
    try {
      // A plan may have been written by hand, or have come from another machine
      Guards.checkRoot(target.get(), rules.host());
      if (hands.isPresent()) {
        Optional<String> busy = execution.locks().hold(item.path(), item.candidate().locks());
        if (busy.isPresent()) {
          return new Skipped(item, "lock: " + busy.get());
        }
      }
      boolean unread = target.get().kind() == CleanupTarget.Kind.STORE;
      Snapshot snapshot = unread ? Snapshot.unread(item.path()) : probe.capture(item.path());
      Entry subtree = snapshot.root();
      Optional<String> objection = objection(target.get(), item, subtree, execution.guards());
      if (objection.isPresent()) {
        return new Skipped(item, objection.get());
      }
      if (hands.isEmpty()) {
        return new WouldRemove(
            item, item.candidate().deletes() ? execution.gone().remove(subtree) : 0);
      }
      long bytes = subtree.usage().exclusiveBytes();
      listener.on(
          new CleanupListener.Event(
              CleanupListener.Kind.REMOVING,
              item.path(),
              item.policy(),
              item.candidate().reason(),
              bytes));
      Optional<String> unmet = unmet(hands.get(), execution, item);
      if (unmet.isPresent()) {
        return new Skipped(item, unmet.get());
      }
      if (item.candidate().action() instanceof RunCommand command) {
        return unread
            ? runUnmeasured(hands.get(), item, command)
            : run(hands.get(), item, command, subtree.usage());
      }
      Quarantine quarantine =
          requireNonNull(execution.quarantines().get(Quarantine.of(target.get())));
      return delete(hands.get(), item, quarantine, execution.openFiles(), bytes);
    } catch (NoSuchFileException e) {
      return new Skipped(item, "it is gone already");
    } catch (RefusedTargetException | QuarantineRefusedException e) {
      return new Skipped(item, String.valueOf(e.getMessage()));
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      return new Failed(item, 0, why(e), List.of());
    }
  }

  /** What no code foresees, such as a deleter's own exception, says little without its type. */
  private static String why(Exception e) {
    return e instanceof IOException ? String.valueOf(e.getMessage()) : Printable.of(e.toString());
  }

  private static Optional<String> objection(
      CleanupTarget target, PlanItem item, Entry subtree, List<Guard> guards) throws IOException {
    if (item.candidate().deletes()) {
      String difference = SubtreeIdentity.of(subtree).differenceFrom(item.identity());
      if (!difference.isEmpty()) {
        return Optional.of("it has changed since it was planned: " + difference);
      }
    }
    List<List<String>> commands = new ArrayList<>();
    for (Requirement requirement : item.candidate().requires()) {
      if (requirement instanceof RunCommand command) {
        commands.add(command.argv());
      } else if (requirement instanceof Stopped server) {
        commands.add(server.stop());
        commands.add(server.start());
      }
    }
    if (item.candidate().action() instanceof RunCommand command) {
      commands.add(command.argv());
    }
    for (List<String> argv : commands) {
      // That a name may be run does not mean that any file of that name may
      String executable = argv.get(0);
      if (executable.indexOf('/') >= 0 || executable.indexOf('\\') >= 0) {
        return Optional.of("'" + executable + "' names a file; a command of a plan is a bare name");
      }
    }
    return Guards.refusal(guards, item.policy(), target, item.candidate(), subtree)
        .map(refusal -> refusal.guard() + ": " + refusal.reason());
  }

  /** Sees to what must hold before an item goes; says what does not. */
  private static Optional<String> unmet(Hands hands, Execution execution, PlanItem item)
      throws IOException {
    for (Requirement requirement : item.candidate().requires()) {
      Optional<String> unmet;
      if (requirement instanceof RunCommand command) {
        unmet = hands.commands().run(Command.of(command.argv())).failure(command.argv());
      } else if (requirement instanceof Stopped server) {
        unmet = execution.servers().stop(server);
      } else {
        Path lock = ((Unlocked) requirement).file();
        unmet = execution.locks().busy(item.path(), lock).map(why -> "lock: " + why);
      }
      if (unmet.isPresent()) {
        return unmet;
      }
    }
    return Optional.empty();
  }

  private Outcome run(Hands hands, PlanItem item, RunCommand command, DiskUsage before)
      throws IOException {
    CommandResult result = hands.commands().run(Command.of(command.argv()));
    Optional<String> failure = result.failure(command.argv());
    long less = before.exclusiveBytes() - exclusiveBytes(item.path());
    long freed = Math.max(0, less);
    List<String> remarks = new ArrayList<>();
    failure.ifPresent(remarks::add);
    if (less < 0) {
      // Others go on to fill a cache while its tool cleans it, and a tool may write as it cleans
      remarks.add("it takes " + new ByteSize(-less) + " more than before");
    }
    if (failure.isPresent()) {
      return new Failed(item, freed, String.join("; ", remarks), List.of());
    }
    if (!hands.undoFor().isZero()) {
      remarks.add("its tool has no way to bring it back");
    }
    return Removed.forGood(item, freed, String.join("; ", remarks));
  }

  /** What only the tool can measure counts nothing; its own word stands in the reason. */
  private static Outcome runUnmeasured(Hands hands, PlanItem item, RunCommand command)
      throws IOException {
    CommandResult result = hands.commands().run(Command.of(command.argv()));
    return result
        .failure(command.argv())
        .<Outcome>map(why -> new Failed(item, 0, why, List.of()))
        .orElseGet(
            () -> Removed.forGood(item, 0, command.argv().get(0) + " said: " + result.lastLine()));
  }

  private Outcome delete(
      Hands hands, PlanItem item, Quarantine quarantine, OpenFiles.Latest openFiles, long bytes)
      throws IOException {
    Instant now = rules.clock().instant();
    Optional<Instant> until =
        hands.undoFor().isZero()
            ? Optional.empty()
            : Optional.of(now.plus(hands.undoFor()).truncatedTo(ChronoUnit.SECONDS).plusSeconds(1));
    Intent intent = new Intent(item.path(), item.policy(), item.candidate().reason(), now);
    QuarantineName tree;
    try {
      tree = quarantine.take(intent, item.identity().root(), until);
    } catch (NotMovedException e) {
      return deleteInPlace(hands, item, bytes, String.valueOf(e.getMessage()));
    }
    Optional<String> objection = secondObjection(item, quarantine, tree, openFiles);
    if (objection.isPresent()) {
      putBack(quarantine, tree, item.path());
      return new Skipped(item, objection.get());
    }
    Path there = quarantine.path(tree);
    if (until.isPresent()) {
      recovery().remember(quarantine);
      return Removed.kept(item, new Outcome.Kept(tree.id(), there, until.get(), bytes));
    }
    Deleter.Deletion deletion;
    try {
      deletion = quarantine.delete(tree);
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      String reason = why(e) + "; what is left of it lies in " + Printable.of(there);
      return new Failed(item, freedOf(bytes, there), reason, List.of());
    }
    return outcome(item, bytes, "", deletion, there);
  }

  /**
   * What speaks against the removal of a tree that nobody can reach by its path any more: it was
   * changed while it was judged, or somebody has begun to use it.
   */
  private Optional<String> secondObjection(
      PlanItem item, Quarantine quarantine, QuarantineName tree, OpenFiles.Latest openFiles)
      throws IOException {
    try {
      Path there = quarantine.path(tree);
      SubtreeIdentity identity = SubtreeIdentity.of(probe.capture(there).root());
      String difference = identity.differenceAfterRenameFrom(item.identity());
      if (!difference.isEmpty()) {
        return Optional.of("it has changed while it was judged: " + difference);
      }
      if (!there.getFileSystem().equals(FileSystems.getDefault())) {
        return Optional.empty();
      }
      OpenFiles open = openFiles.get();
      return open.useAtOrBelow(there)
          .or(() -> open.useAtOrBelow(item.path()))
          .map(use -> "in-use: " + use + "; it may go when that has ended");
    } catch (IOException | RuntimeException e) {
      putBack(quarantine, tree, item.path());
      throw e;
    }
  }

  private static void putBack(Quarantine quarantine, QuarantineName tree, Path place)
      throws IOException {
    try {
      quarantine.putBack(tree, place);
    } catch (IOException e) {
      throw new IOException(
          Problem.of(place, "put back", e)
              + "; it is kept in "
              + Printable.of(quarantine.path())
              + " as "
              + tree.id(),
          e);
    }
  }

  /**
   * A tree that cannot be moved goes where it is, also when it should have been kept for a while.
   */
  private Outcome deleteInPlace(Hands hands, PlanItem item, long bytes, String cause)
      throws IOException {
    Deleter.Deletion deletion = hands.deleter().delete(item.path(), item.identity().root());
    String reason =
        "deleted where it was, "
            + (hands.undoFor().isZero() ? "" : "and cannot be had back, ")
            + "since it could not be moved away first: "
            + cause;
    return outcome(item, bytes, reason, deletion, item.path());
  }

  private Outcome outcome(
      PlanItem item, long bytes, String reason, Deleter.Deletion deletion, Path there)
      throws IOException {
    if (deletion.failures() == 0) {
      return Removed.forGood(item, bytes, reason);
    }
    return new Failed(
        item,
        freedOf(bytes, there),
        deletion.failures()
            + " of its entries could not be removed"
            + (there.equals(item.path()) ? "" : ", and lie in " + Printable.of(there)),
        deletion.problems());
  }

  private long freedOf(long bytes, Path there) throws IOException {
    return Math.max(0, bytes - exclusiveBytes(there));
  }

  private long exclusiveBytes(Path path) throws IOException {
    try {
      return probe.measure(path).exclusiveBytes();
    } catch (NoSuchFileException e) {
      return 0;
    }
  }
}
