package dev.lowtide.guard;

import com.google.common.collect.ImmutableList;
import dev.lowtide.CleanupTarget;
import dev.lowtide.Printable;
import dev.lowtide.Problem;
import dev.lowtide.plan.CleanupPlan.Refusal;
import dev.lowtide.policy.Candidate;
import dev.lowtide.probe.Entry;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * All guards in their order, for targets that are cleaned together. Each is called when planning
 * and again right before a deletion; docs/safety.md has a row for each, in the same order.
 *
 * <p>Safe for use by many threads.
 */
public final class Guards {
  private final ImmutableList<Guard> guards;
  private final Optional<InUseGuard> inUse;

  Guards(List<Guard> guards) {
    this.guards = ImmutableList.copyOf(guards);
    this.inUse =
        guards.stream()
            .filter(InUseGuard.class::isInstance)
            .map(InUseGuard.class::cast)
            .findFirst();
  }

  /** The guards for a set of targets. */
  public static Guards of(GuardRules rules, Collection<CleanupTarget> targets) {
    Surroundings.Cache surroundings = new Surroundings.Cache();
    ImmutableList.Builder<Guard> guards = ImmutableList.builder();
    // Guards that check the path
    guards.add(new InsideTargetGuard(targets));
    guards.add(new StoreGuard());
    guards.add(new CommandGuard(rules));
    guards.add(new ProtectedGuard(rules));
    // Guards that check the surroundings
    guards.add(new SymlinkGuard(surroundings));
    guards.add(new SpellingGuard(surroundings));
    guards.add(new MountGuard(surroundings));
    // Guards that check the contents
    guards.add(new UnreadableGuard());
    guards.add(new KeepGuard(targets));
    guards.add(new QuarantineGuard(rules));
    guards.add(new MarkerGuard());
    guards.add(new GitGuard(surroundings));
    guards.add(new SpecialFileGuard());
    // Guards that check the owner, the age and the use
    if (!rules.foreignOwners()) {
      guards.add(new OwnerGuard());
    }
    guards.add(new RemovableGuard());
    guards.add(new GracePeriodGuard(rules, targets));
    guards.add(new LockGuard());
    guards.add(new OrderGuard());
    guards.add(new UnexplainedGuard(rules));
    guards.add(new InUseGuard(targets, rules.assumeIdle()));
    return new Guards(guards.build());
  }

  /**
   * Begins the process scan in another thread, so that the first judgement waits less. Call this as
   * soon as it is known that there is something to judge.
   */
  public void prepareFor(Path path) {
    if (path.getFileSystem().equals(FileSystems.getDefault())) {
      inUse.ifPresent(InUseGuard::begin);
    }
  }

  /** The ids of the guards, in the order in which they are called. */
  public List<String> ids() {
    return guards.stream().map(Guard::id).toList();
  }

  /**
   * The first objection to a candidate. A guard that fails, for any reason, objects too.
   *
   * @param policy the id of the policy that proposed it, for the refusal
   * @throws InterruptedIOException if the thread is interrupted
   */
  public Optional<Refusal> refusal(
      String policy, CleanupTarget target, Candidate candidate, Entry subtree)
      throws InterruptedIOException {
    for (Guard guard : guards) {
      if (target.kind() == CleanupTarget.Kind.STORE && guard.readsTree()) {
        continue;
      }
      Optional<String> objection;
      try {
        objection = guard.objection(policy, target, candidate, subtree);
      } catch (InterruptedIOException e) {
        throw e;
      } catch (IOException e) {
        objection = Optional.of("it could not be checked: " + message(e, candidate.path()));
      } catch (RuntimeException e) {
        objection = Optional.of("it could not be checked: " + Printable.of(e.toString()));
      }
      if (objection.isPresent()) {
        return Optional.of(new Refusal(policy, candidate.path(), guard.id(), objection.get()));
      }
    }
    return Optional.empty();
  }

  /**
   * The reason after the path to which the exception refers, which may be another than that of the
   * candidate.
   */
  private static String message(IOException e, Path path) {
    String message = Problem.of(path, "check", e).message();
    return Printable.of(
        e instanceof FileSystemException file && file.getFile() != null
            ? file.getFile() + ": " + message
            : message);
  }
}
