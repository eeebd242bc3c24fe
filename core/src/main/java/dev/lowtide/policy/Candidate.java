package dev.lowtide.policy;

import com.google.common.collect.ImmutableList;
import dev.lowtide.policy.Action.DeleteTree;
import dev.lowtide.policy.Action.RunCommand;
import dev.lowtide.probe.Entry;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Something that a policy proposes to remove, with everything that a person or a guard needs to
 * judge it. Immutable; each {@code with…} and the like returns a changed copy.
 */
public final class Candidate {
  private final Action action;
  private final Cause cause;
  private final String reason;
  private final RebuildCost cost;
  private final Instant lastUsed;
  private final boolean datedByModification;
  private final ImmutableList<Requirement> requires;
  private final ImmutableList<Path> after;
  private final ImmutableList<Path> locks;
  private final Optional<Marker> marker;
  private final Optional<String> withheld;
  private final Optional<String> name;
  private final ImmutableList<Candidate> parts;
  private final Function<List<Candidate>, Candidate> whole;

  private Candidate(Fields fields) {
    action = fields.action;
    cause = fields.cause;
    reason = fields.reason;
    cost = fields.cost;
    lastUsed = fields.lastUsed;
    datedByModification = fields.datedByModification;
    requires = ImmutableList.copyOf(fields.requires);
    after = ImmutableList.copyOf(fields.after);
    locks = ImmutableList.copyOf(fields.locks);
    marker = fields.marker;
    withheld = fields.withheld;
    name = fields.name;
    parts = ImmutableList.copyOf(fields.parts);
    whole = fields.whole;
  }

  /** The fields of a candidate that is being made. */
  private static final class Fields {
    Action action;
    Cause cause;
    String reason;
    RebuildCost cost;
    Instant lastUsed;
    boolean datedByModification;
    List<Requirement> requires = ImmutableList.of();
    List<Path> after = ImmutableList.of();
    List<Path> locks = ImmutableList.of();
    Optional<Marker> marker = Optional.empty();
    Optional<String> withheld = Optional.empty();
    Optional<String> name = Optional.empty();
    List<Candidate> parts = ImmutableList.of();
    Function<List<Candidate>, Candidate> whole = any -> fail();

    private static Candidate fail() {
      throw new IllegalStateException("It has no parts");
    }

    Fields(Action action, Cause cause, RebuildCost cost, String reason, Instant lastUsed) {
      this.action = action;
      this.cause = cause;
      this.cost = cost;
      this.reason = reason;
      this.lastUsed = lastUsed;
    }
  }

  /**
   * Proposes an action.
   *
   * @param action what is to be done
   * @param cause why it may go, for programs
   * @param cost what it costs to get it back
   * @param reason why it may go, as a sentence for people
   * @param lastUsed when it was last used, as far as that can be told
   */
  public static Candidate of(
      Action action, Cause cause, RebuildCost cost, String reason, Instant lastUsed) {
    return new Candidate(new Fields(action, cause, cost, reason, lastUsed));
  }

  /** Proposes to delete an entry with everything below it. */
  public static Candidate delete(Entry entry, Cause cause, RebuildCost cost, String reason) {
    return of(new DeleteTree(entry.path()), cause, cost, reason, entry.newestChange());
  }

  /** Proposes to have a tool clean a directory. */
  public static Candidate run(
      Entry directory, List<String> argv, Cause cause, RebuildCost cost, String reason) {
    return of(
        new RunCommand(directory.path(), argv), cause, cost, reason, directory.newestChange());
  }

  /**
   * Proposes to have a tool remove something of a {@link dev.lowtide.CleanupTarget.Kind#STORE}.
   *
   * @param command its path is what tells this from all else in the store
   * @param lastUsed as the tool tells it
   */
  public static Candidate inStore(
      RunCommand command, Cause cause, RebuildCost cost, String reason, Instant lastUsed) {
    return of(command, cause, cost, reason, lastUsed);
  }

  /**
   * Proposes what a tool can remove part by part, and removes with one command. Of the parts, those
   * go that neither age, number nor size keeps and that a goal needs; each is about a path of its
   * own, and has the bytes that come free with it, as {@link RunCommand#estimatedBytes}. A part
   * that is {@linkplain #withheld(String) withheld} is reported, and stays.
   *
   * @param parts at least one that is not withheld
   * @param whole what is to be done if some of the parts go: a command at a path in which they lie
   * @throws IllegalArgumentException if nobody knows what comes free with a part
   */
  public static Candidate ofParts(
      List<Candidate> parts, Function<List<Candidate>, Candidate> whole) {
    List<Candidate> going = parts.stream().filter(part -> part.withheld.isEmpty()).toList();
    if (going.isEmpty() || going.stream().anyMatch(part -> part.estimatedBytes().isEmpty())) {
      throw new IllegalArgumentException("Parts need to be there, and estimates");
    }
    return whole
        .apply(going)
        .with(
            fields -> {
              fields.parts = parts;
              fields.whole = whole;
            });
  }

  /** What is to be done. */
  public Action action() {
    return action;
  }

  /** Why it may go, for programs. */
  public Cause cause() {
    return cause;
  }

  /** Why it may go, as a sentence for people. */
  public String reason() {
    return reason;
  }

  /** What it costs to get it back. */
  public RebuildCost cost() {
    return cost;
  }

  /** When it was last used, as far as that can be told. */
  public Instant lastUsed() {
    return lastUsed;
  }

  /**
   * Whether its tool dates it by its time of modification, so that this alone tells whether it is
   * young. Of everything else it counts as well when it came to where it is.
   */
  public boolean isDatedByModification() {
    return datedByModification;
  }

  /**
   * What must hold before: a command has succeeded, a server does not run, a lock is free, another
   * file is there.
   */
  public List<Requirement> requires() {
    return requires;
  }

  /**
   * Paths that must be gone before, because what would be left of a half removal is worse than
   * both: a record goes before what it records.
   */
  public List<Path> after() {
    return after;
  }

  /**
   * Files on which other programs take advisory locks, and which must be held, each of them
   * exclusively, while it goes; absolute.
   */
  public List<Path> locks() {
    return locks;
  }

  /**
   * What must prove that a directory is what the policy takes it for, when planning and again
   * before deletion.
   */
  public Optional<Marker> marker() {
    return marker;
  }

  /**
   * If present, why the policy would rather keep it after all; then it is reported and not removed
   * for itself, though what lies around it may still go.
   */
  public Optional<String> withheld() {
    return withheld;
  }

  /**
   * What it is, for people, where its path does not tell: {@code torch 2.4.0}. Said where it stays;
   * the reason says it where it goes.
   */
  public Optional<String> name() {
    return name;
  }

  /**
   * What goes with it, piece by piece; empty where it goes or stays as a whole. Of use while
   * planning alone, as its name is, and no part of a plan.
   */
  public List<Candidate> parts() {
    return parts;
  }

  /** What of it may go by itself: its parts without those that are withheld, or else itself. */
  public List<Candidate> pieces() {
    return parts.isEmpty()
        ? List.of(this)
        : parts.stream().filter(part -> part.withheld.isEmpty()).toList();
  }

  /**
   * This candidate for some of its parts.
   *
   * @throws IllegalStateException if it has no parts
   */
  public Candidate only(List<Candidate> some) {
    return ofParts(some, whole).with(fields -> fields.cause = cause);
  }

  /**
   * What comes free with it, where a tool removes it and that is known.
   *
   * @return empty for what is measured: everything that is deleted
   */
  public OptionalLong estimatedBytes() {
    return action instanceof RunCommand command ? command.estimatedBytes() : OptionalLong.empty();
  }

  /** The one path that it is about. */
  public Path path() {
    return action.path();
  }

  /** Whether it removes the tree itself, rather than having a tool change it. */
  public boolean deletes() {
    return action instanceof DeleteTree;
  }

  /** All commands that may be run for it, those of its requirements first. */
  public List<List<String>> commands() {
    ImmutableList.Builder<List<String>> commands = ImmutableList.builder();
    for (Requirement requirement : requires) {
      if (requirement instanceof RunCommand command) {
        commands.add(command.argv());
      } else if (requirement instanceof Requirement.Stopped server) {
        commands.add(server.stop()).add(server.start());
      }
    }
    if (action instanceof RunCommand command) {
      commands.add(command.argv());
    }
    return commands.build();
  }

  /** This candidate, but only for a directory that bears a marker. */
  public Candidate withMarker(Marker required) {
    return with(fields -> fields.marker = Optional.of(required));
  }

  /** This candidate, but only where something holds, such as that a server does not run. */
  public Candidate requiring(Requirement requirement) {
    return with(fields -> fields.requires = plus(requires, requirement));
  }

  /** This candidate, but only once a path is gone, which another candidate must remove. */
  public Candidate onlyAfter(Path gone) {
    return with(fields -> fields.after = plus(after, gone));
  }

  /** This candidate, but only while a lock file is held. */
  public Candidate holding(Path lock) {
    return with(fields -> fields.locks = plus(locks, lock));
  }

  /** This candidate, last used at another time than {@link Entry#newestChange}. */
  public Candidate lastUsedAt(Instant time) {
    return with(fields -> fields.lastUsed = time);
  }

  /**
   * This candidate, last used when it was last modified: for what a tool makes or downloads again
   * by itself, and dates so on its own. A copy that a cache was restored from is as old as it says.
   *
   * @param modified the newest time of modification
   */
  public Candidate datedByModification(Instant modified) {
    return with(
        fields -> {
          fields.lastUsed = modified;
          fields.datedByModification = true;
        });
  }

  /** This candidate as something that looks like it may go, and that the policy keeps. */
  public Candidate withheld(String why) {
    return with(fields -> fields.withheld = Optional.of(why));
  }

  /** This candidate with a name for people, beside which its path says little. */
  public Candidate named(String what) {
    return with(fields -> fields.name = Optional.of(what));
  }

  /** This candidate with another cause and reason. */
  public Candidate because(Cause newCause, String newReason) {
    return with(
        fields -> {
          fields.cause = newCause;
          fields.reason = newReason;
        });
  }

  private Candidate with(Consumer<Fields> change) {
    Fields fields = new Fields(action, cause, cost, reason, lastUsed);
    fields.datedByModification = datedByModification;
    fields.requires = requires;
    fields.after = after;
    fields.locks = locks;
    fields.marker = marker;
    fields.withheld = withheld;
    fields.name = name;
    fields.parts = parts;
    fields.whole = whole;
    change.accept(fields);
    return new Candidate(fields);
  }

  private static <T> List<T> plus(List<T> list, T another) {
    return ImmutableList.<T>builder().addAll(list).add(another).build();
  }

  private List<Object> all() {
    return List.of(
        action,
        cause,
        reason,
        cost,
        lastUsed,
        datedByModification,
        requires,
        after,
        locks,
        marker,
        withheld);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Candidate candidate && all().equals(candidate.all());
  }

  @Override
  public int hashCode() {
    return Objects.hash(action, reason);
  }

  @Override
  public String toString() {
    return "Candidate" + all();
  }
}
