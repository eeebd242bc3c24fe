package dev.lowtide.execute;

import dev.lowtide.CleanupListener;
import dev.lowtide.CleanupTarget;
import dev.lowtide.Printable;
import dev.lowtide.command.Command;
import dev.lowtide.command.CommandResult;
import dev.lowtide.command.CommandRunner;
import dev.lowtide.execute.Outcome.Failed;
import dev.lowtide.execute.Outcome.Removed;
import dev.lowtide.execute.Outcome.Skipped;
import dev.lowtide.execute.Outcome.WouldRemove;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.plan.Guard;
import dev.lowtide.plan.Guards;
import dev.lowtide.plan.PlanItem;
import dev.lowtide.plan.RefusedTargetException;
import dev.lowtide.plan.SubtreeIdentity;
import dev.lowtide.plan.Verdict;
import dev.lowtide.policy.Action.RunCommand;
import dev.lowtide.policy.Requirement;
import dev.lowtide.policy.Requirement.Stopped;
import dev.lowtide.probe.DiskUsage;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Reclaimable;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.probe.Snapshot;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

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

  /** What can change something. */
  private record Hands(Deleter deleter, CommandRunner commands) {}

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

  /** Removes. */
  public static PlanExecutor removing(
      SizeProbe probe,
      Guards.Rules rules,
      Deleter deleter,
      CommandRunner commands,
      CleanupListener listener) {
    return new PlanExecutor(probe, rules, Optional.of(new Hands(deleter, commands)), listener);
  }

  /**
   * Carries out a plan.
   *
   * @throws InterruptedIOException if the thread is interrupted: the item at hand may be half gone,
   *     later ones are untouched
   */
  public CleanupReport execute(CleanupPlan plan) throws InterruptedIOException {
    List<Guard> guards = Guards.standard(rules, plan.targets());
    Reclaimable gone = new Reclaimable();
    List<Outcome> outcomes = new ArrayList<>();
    Set<Path> wouldBeGone = new HashSet<>();
    StoppedServers servers =
        new StoppedServers(hands.map(Hands::commands).orElse(CommandRunner.none()), rules.host());
    try {
      for (PlanItem item : plan.items()) {
        Optional<Path> first = mustGoFirst(item, wouldBeGone);
        Outcome outcome =
            first.isPresent()
                ? new Skipped(
                    item, Printable.of(first.get()) + " must go first, and is still there")
                : execute(plan, item, guards, gone, servers);
        if (outcome instanceof WouldRemove) {
          wouldBeGone.add(item.path());
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
        .filter(path -> !wouldBeGone.contains(path))
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

  /**
   * @param gone in a dry run, what would be gone by now
   */
  private Outcome execute(
      CleanupPlan plan, PlanItem item, List<Guard> guards, Reclaimable gone, StoppedServers servers)
      throws InterruptedIOException {
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
      boolean unread = target.get().kind() == CleanupTarget.Kind.STORE;
      Snapshot snapshot = unread ? Snapshot.unread(item.path()) : probe.capture(item.path());
      Entry subtree = snapshot.root();
      Optional<String> objection = objection(target.get(), item, subtree, guards);
      if (objection.isPresent()) {
        return new Skipped(item, objection.get());
      }
      if (hands.isEmpty()) {
        return new WouldRemove(item, item.candidate().deletes() ? gone.remove(subtree) : 0);
      }
      long bytes = subtree.usage().exclusiveBytes();
      listener.on(
          new CleanupListener.Event(
              CleanupListener.Kind.REMOVING,
              item.path(),
              item.policy(),
              item.candidate().reason(),
              bytes));
      Optional<String> unmet = unmet(hands.get(), servers, item.candidate().requires());
      if (unmet.isPresent()) {
        return new Skipped(item, unmet.get());
      }
      if (item.candidate().action() instanceof RunCommand command) {
        return unread
            ? runUnmeasured(hands.get(), item, command)
            : run(hands.get(), item, command, subtree.usage());
      }
      return delete(hands.get(), item, bytes);
    } catch (NoSuchFileException e) {
      return new Skipped(item, "it is gone already");
    } catch (RefusedTargetException e) {
      return new Skipped(item, String.valueOf(e.getMessage()));
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      return new Failed(item, 0, String.valueOf(e.getMessage()), List.of());
    }
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
    for (Guard guard : guards) {
      Verdict verdict = guard.check(target, item.candidate(), subtree);
      if (!verdict.allowed()) {
        return Optional.of(guard.id() + ": " + verdict.reason());
      }
    }
    return Optional.empty();
  }

  /** Sees to what must hold before an item goes; says what does not. */
  private static Optional<String> unmet(
      Hands hands, StoppedServers servers, List<Requirement> required) throws IOException {
    for (Requirement requirement : required) {
      Optional<String> unmet =
          requirement instanceof RunCommand command
              ? hands.commands().run(Command.of(command.argv())).failure(command.argv())
              : servers.stop((Stopped) requirement);
      if (unmet.isPresent()) {
        return unmet;
      }
    }
    return Optional.empty();
  }

  private Outcome run(Hands hands, PlanItem item, RunCommand command, DiskUsage before)
      throws IOException {
    CommandResult result = hands.commands().run(Command.of(command.argv()));
    long freed = before.exclusiveBytes() - exclusiveBytes(item.path());
    return result
        .failure(command.argv())
        .<Outcome>map(why -> new Failed(item, freed, why, List.of()))
        .orElseGet(() -> new Removed(item, freed, ""));
  }

  /** What only the tool can measure counts nothing; its own word stands in the reason. */
  private static Outcome runUnmeasured(Hands hands, PlanItem item, RunCommand command)
      throws IOException {
    CommandResult result = hands.commands().run(Command.of(command.argv()));
    return result
        .failure(command.argv())
        .<Outcome>map(why -> new Failed(item, 0, why, List.of()))
        .orElseGet(
            () -> new Removed(item, 0, command.argv().get(0) + " said: " + result.lastLine()));
  }

  private Outcome delete(Hands hands, PlanItem item, long bytes) throws IOException {
    Deleter.Deletion deletion = hands.deleter().delete(item.path(), item.identity().root());
    if (deletion.failures() == 0) {
      return new Removed(item, bytes, "");
    }
    return new Failed(
        item,
        Math.max(0, bytes - exclusiveBytes(item.path())),
        deletion.failures() + " of its entries could not be removed",
        deletion.problems());
  }

  private long exclusiveBytes(Path path) throws IOException {
    try {
      return probe.measure(path).exclusiveBytes();
    } catch (NoSuchFileException e) {
      return 0;
    }
  }
}
