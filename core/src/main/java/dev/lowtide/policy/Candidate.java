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
 * @param requires commands that must succeed before, such as stopping a server
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
    List<RunCommand> requires,
    Optional<Marker> marker,
    Optional<String> withheld) {

  public Candidate {
    requires = ImmutableList.copyOf(requires);
  }

  /** Proposes to delete an entry with everything below it. */
  public static Candidate delete(Entry entry, Cause cause, RebuildCost cost, String reason) {
    return new Candidate(
        new DeleteTree(entry.path()),
        cause,
        reason,
        cost,
        entry.newestModified(),
        List.of(),
        Optional.empty(),
        Optional.empty());
  }

  /** Proposes to have a tool clean a directory. */
  public static Candidate run(
      Entry directory, List<String> argv, Cause cause, RebuildCost cost, String reason) {
    return new Candidate(
        new RunCommand(directory.path(), argv),
        cause,
        reason,
        cost,
        directory.newestModified(),
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
        action, cause, reason, cost, lastUsed, requires, Optional.of(required), withheld);
  }

  /** This candidate, but only after a command has succeeded. */
  public Candidate requiring(RunCommand command) {
    return new Candidate(
        action,
        cause,
        reason,
        cost,
        lastUsed,
        ImmutableList.<RunCommand>builder().addAll(requires).add(command).build(),
        marker,
        withheld);
  }

  /** This candidate as something that looks like it may go and had better stay. */
  public Candidate withheld(String why) {
    return new Candidate(action, cause, reason, cost, lastUsed, requires, marker, Optional.of(why));
  }

  /** This candidate with another cause and reason. */
  public Candidate because(Cause newCause, String newReason) {
    return new Candidate(action, newCause, newReason, cost, lastUsed, requires, marker, withheld);
  }
}
