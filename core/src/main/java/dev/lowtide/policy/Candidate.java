package dev.lowtide.policy;

import com.google.common.collect.ImmutableList;
import dev.lowtide.policy.Action.DeleteTree;
import dev.lowtide.policy.Action.RunCommand;
import dev.lowtide.probe.Entry;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Something that a policy proposes to remove, with everything that a person or a guard needs to
 * judge it.
 *
 * @param action what is to be done
 * @param cause why it may go, for programs
 * @param reason why it may go, as a sentence for people
 * @param cost what it costs to get it back
 * @param lastUsed when somebody last had use of it, as far as that can be told
 * @param requires what must hold before: a command has succeeded, a server does not run, a lock is
 *     free
 * @param after paths that must be gone before, because what would be left of a half removal is
 *     worse than both: a record goes before what it records
 * @param locks files on which other programs take advisory locks, and which must be held, each of
 *     them exclusively, while it goes; absolute
 * @param marker what must prove that a directory is what the policy takes it for, when planning and
 *     again before deletion
 * @param withheld if present, why the policy would rather keep it after all; then it is reported
 *     and not removed for itself, though what lies around it may still go
 */
public record Candidate(
    Action action,
    Cause cause,
    String reason,
    RebuildCost cost,
    Instant lastUsed,
    List<Requirement> requires,
    List<Path> after,
    List<Path> locks,
    Optional<Marker> marker,
    Optional<String> withheld) {

  public Candidate {
    requires = ImmutableList.copyOf(requires);
    after = ImmutableList.copyOf(after);
    locks = ImmutableList.copyOf(locks);
  }

  /** Proposes to delete an entry with everything below it. */
  public static Candidate delete(Entry entry, Cause cause, RebuildCost cost, String reason) {
    return of(new DeleteTree(entry.path()), entry, cause, cost, reason);
  }

  /** Proposes to have a tool clean a directory. */
  public static Candidate run(
      Entry directory, List<String> argv, Cause cause, RebuildCost cost, String reason) {
    return of(new RunCommand(directory.path(), argv), directory, cause, cost, reason);
  }

  /**
   * Proposes to have a tool remove something of a {@link dev.lowtide.CleanupTarget.Kind#STORE}.
   *
   * @param command its path is what tells this from all else in the store
   * @param lastUsed as the tool tells it
   */
  public static Candidate inStore(
      RunCommand command, Cause cause, RebuildCost cost, String reason, Instant lastUsed) {
    return new Candidate(
        command,
        cause,
        reason,
        cost,
        lastUsed,
        List.of(),
        List.of(),
        List.of(),
        Optional.empty(),
        Optional.empty());
  }

  private static Candidate of(
      Action action, Entry entry, Cause cause, RebuildCost cost, String reason) {
    return new Candidate(
        action,
        cause,
        reason,
        cost,
        entry.newestModified(),
        List.of(),
        List.of(),
        List.of(),
        Optional.empty(),
        Optional.empty());
  }

  /** The one path that it is about. */
  public Path path() {
    return action.path();
  }

  /** Whether it removes the tree itself, rather than having a tool change it. */
  public boolean deletes() {
    return action instanceof DeleteTree;
  }

  /** This candidate, but only for a directory that bears a marker. */
  public Candidate withMarker(Marker required) {
    return new Candidate(
        action,
        cause,
        reason,
        cost,
        lastUsed,
        requires,
        after,
        locks,
        Optional.of(required),
        withheld);
  }

  /** This candidate, but only where something holds, such as that a server does not run. */
  public Candidate requiring(Requirement requirement) {
    return new Candidate(
        action,
        cause,
        reason,
        cost,
        lastUsed,
        plus(requires, requirement),
        after,
        locks,
        marker,
        withheld);
  }

  /** This candidate, but only once a path is gone, which another candidate must remove. */
  public Candidate onlyAfter(Path gone) {
    return new Candidate(
        action,
        cause,
        reason,
        cost,
        lastUsed,
        requires,
        plus(after, gone),
        locks,
        marker,
        withheld);
  }

  /** This candidate, but only while a lock file is held. */
  public Candidate holding(Path lock) {
    return new Candidate(
        action,
        cause,
        reason,
        cost,
        lastUsed,
        requires,
        after,
        plus(locks, lock),
        marker,
        withheld);
  }

  /** This candidate, last used at another time than its newest entry was modified. */
  public Candidate lastUsedAt(Instant time) {
    return new Candidate(
        action, cause, reason, cost, time, requires, after, locks, marker, withheld);
  }

  /** This candidate as something that looks like it may go and had better stay. */
  public Candidate withheld(String why) {
    return new Candidate(
        action, cause, reason, cost, lastUsed, requires, after, locks, marker, Optional.of(why));
  }

  /** This candidate with another cause and reason. */
  public Candidate because(Cause newCause, String newReason) {
    return new Candidate(
        action, newCause, newReason, cost, lastUsed, requires, after, locks, marker, withheld);
  }

  private static <T> List<T> plus(List<T> list, T another) {
    return ImmutableList.<T>builder().addAll(list).add(another).build();
  }
}
