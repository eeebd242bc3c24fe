package dev.lowtide.policy;

import com.google.common.collect.ImmutableList;
import dev.lowtide.policy.Action.DeleteTree;
import dev.lowtide.policy.Action.RunCommand;
import dev.lowtide.probe.Entry;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A policy's proposal to remove something, with everything that a person or a guard needs to judge
 * it. Immutable; each {@code with…} and the like returns a changed copy.
 */
public final class Candidate {
  /** Orders by last use, and by path what was used at the same time. */
  // By hand, since planning calls it most often
  public static final Comparator<Candidate> LEAST_RECENTLY_USED_FIRST =
      (one, other) -> {
        int order = one.lastUsed().compareTo(other.lastUsed());
        return order == 0 ? one.path().compareTo(other.path()) : order;
      };

  private final Fields fields;

  private Candidate(Fields fields) {
    this.fields = fields;
  }

  /** The fields, which do not change once the candidate has been made. */
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

    /** A copy to change. */
    Fields(Fields other) {
      this(other.action, other.cause, other.cost, other.reason, other.lastUsed);
      datedByModification = other.datedByModification;
      requires = other.requires;
      after = other.after;
      locks = other.locks;
      marker = other.marker;
      withheld = other.withheld;
      name = other.name;
      parts = other.parts;
      whole = other.whole;
    }

    Fields(Action action, Cause cause, RebuildCost cost, String reason, Instant lastUsed) {
      this.action = action;
      this.cause = cause;
      this.cost = cost;
      this.reason = reason;
      this.lastUsed = lastUsed;
    }

    /** What equal candidates have in common. */
    List<Object> compared() {
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
  }

  /**
   * Proposes an action.
   *
   * @param action what is to be done
   * @param cause why it may be removed, for programs
   * @param cost what it costs to get it back
   * @param reason why it may be removed, as a part of a sentence
   * @param lastUsed when it was last used, as far as known
   */
  public static Candidate of(
      Action action, Cause cause, RebuildCost cost, String reason, Instant lastUsed) {
    return new Candidate(new Fields(action, cause, cost, reason, lastUsed));
  }

  /** Proposes to delete an entry with everything below it. */
  public static Candidate delete(Entry entry, Cause cause, RebuildCost cost, String reason) {
    return of(new DeleteTree(entry.path()), cause, cost, reason, entry.newestChange());
  }

  /** Proposes that a tool cleans a directory. */
  public static Candidate run(
      Entry directory, List<String> argv, Cause cause, RebuildCost cost, String reason) {
    return of(
        new RunCommand(directory.path(), argv), cause, cost, reason, directory.newestChange());
  }

  /**
   * Proposes several parts that a tool removes with one command. A part is removed if no limit of
   * age, number or size keeps it and a goal needs it. Each part has a path of its own, and the
   * bytes that its removal frees as {@link RunCommand#estimatedBytes}. A part that is {@linkplain
   * #withheld(String) withheld} is reported and kept.
   *
   * @param parts at least one that is not withheld
   * @param whole makes the action for the parts that are removed: a command for a path that
   *     contains them
   * @throws IllegalArgumentException if a part does not state how many bytes its removal frees
   */
  public static Candidate ofParts(
      List<Candidate> parts, Function<List<Candidate>, Candidate> whole) {
    List<Candidate> offered =
        parts.stream().filter(part -> part.fields.withheld.isEmpty()).toList();
    if (offered.isEmpty() || offered.stream().anyMatch(part -> part.estimatedBytes().isEmpty())) {
      throw new IllegalArgumentException("No part is removable, or one has no estimate");
    }
    return whole
        .apply(offered)
        .with(
            made -> {
              made.parts = ImmutableList.copyOf(parts);
              made.whole = whole;
            });
  }

  /** The action to perform. */
  public Action action() {
    return fields.action;
  }

  /** Why it may be removed, for programs. */
  public Cause cause() {
    return fields.cause;
  }

  /** Why it may be removed, as a part of a sentence. */
  public String reason() {
    return fields.reason;
  }

  /** What it costs to get it back. */
  public RebuildCost cost() {
    return fields.cost;
  }

  /** When it was last used, as far as known. */
  public Instant lastUsed() {
    return fields.lastUsed;
  }

  /**
   * Whether its age is determined by its modification time alone, because its tool sets that time.
   * For all other candidates, the time at which they arrived at their path counts too.
   */
  public boolean isDatedByModification() {
    return fields.datedByModification;
  }

  /**
   * The conditions for its removal: a command has succeeded, a server is not running, a lock is
   * free, another file exists.
   */
  public List<Requirement> requires() {
    return fields.requires;
  }

  /**
   * The paths that must be removed before it, because a partial removal in the other order would
   * leave a broken state: a record is removed before the files that it lists.
   */
  public List<Path> after() {
    return fields.after;
  }

  /**
   * The lock files of other programs that Lowtide must lock exclusively during the removal;
   * absolute.
   */
  public List<Path> locks() {
    return fields.locks;
  }

  /**
   * The marker that must prove that a directory is what the policy assumes, when planning and again
   * before deletion.
   */
  public Optional<Marker> marker() {
    return fields.marker;
  }

  /**
   * If present, why the policy keeps it. It is then reported and not removed by itself, but a
   * directory that contains it may still be removed.
   */
  public Optional<String> withheld() {
    return fields.withheld;
  }

  /**
   * A name for people if its path is not descriptive, such as {@code torch 2.4.0}. It is shown if
   * the candidate is kept; if it is removed, the reason contains it.
   */
  public Optional<String> name() {
    return fields.name;
  }

  /**
   * The parts of which each can be removed or kept; empty if it is removed or kept as a whole. Like
   * the name, they are used only while planning, and a plan does not contain them.
   */
  public List<Candidate> parts() {
    return fields.parts;
  }

  /**
   * What can be removed separately: its parts that are not withheld, or the candidate itself if it
   * has no parts.
   */
  public List<Candidate> removableParts() {
    return fields.parts.isEmpty()
        ? List.of(this)
        : fields.parts.stream().filter(part -> part.fields.withheld.isEmpty()).toList();
  }

  /**
   * This candidate with only some of its parts.
   *
   * @throws IllegalStateException if it has no parts
   */
  public Candidate withParts(List<Candidate> some) {
    return ofParts(some, fields.whole).with(made -> made.cause = fields.cause);
  }

  /**
   * The bytes that its removal frees, if a tool removes it and that number is known.
   *
   * @return empty for everything that Lowtide deletes and measures itself
   */
  public OptionalLong estimatedBytes() {
    return fields.action instanceof RunCommand command
        ? command.estimatedBytes()
        : OptionalLong.empty();
  }

  /** The path of the candidate. */
  public Path path() {
    return fields.action.path();
  }

  /** Whether the tree itself is removed, and not changed by a tool. */
  public boolean deletes() {
    return fields.action instanceof DeleteTree;
  }

  /** All commands that may be run for it, those of its requirements first. */
  public List<List<String>> commands() {
    ImmutableList.Builder<List<String>> commands = ImmutableList.builder();
    for (Requirement requirement : fields.requires) {
      if (requirement instanceof RunCommand command) {
        commands.add(command.argv());
      } else if (requirement instanceof Requirement.Stopped server) {
        commands.add(server.stop()).add(server.start());
      }
    }
    if (fields.action instanceof RunCommand command) {
      commands.add(command.argv());
    }
    return commands.build();
  }

  /** This candidate, to be removed only if the directory has a marker. */
  public Candidate withMarker(Marker required) {
    return with(made -> made.marker = Optional.of(required));
  }

  /** This candidate, to be removed only if a condition holds, such as that a lock is free. */
  public Candidate requiring(Requirement requirement) {
    return with(made -> made.requires = plus(fields.requires, requirement));
  }

  /** This candidate, to be removed only after another candidate has removed a path. */
  public Candidate onlyAfter(Path prerequisite) {
    return with(made -> made.after = plus(fields.after, prerequisite));
  }

  /** This candidate, to be removed only while Lowtide holds a lock file. */
  public Candidate holding(Path lock) {
    return with(made -> made.locks = plus(fields.locks, lock));
  }

  /** This candidate, last used at another time than {@link Entry#newestChange}. */
  public Candidate lastUsedAt(Instant time) {
    return with(made -> made.lastUsed = time);
  }

  /**
   * This candidate, with its modification time as the time of last use: for files that a tool makes
   * or downloads again, and whose modification time the tool sets. If a cache is restored, its
   * modification time then counts, and not the time of restoring.
   *
   * @param modified the newest modification time
   */
  public Candidate datedByModification(Instant modified) {
    return with(
        made -> {
          made.lastUsed = modified;
          made.datedByModification = true;
        });
  }

  /** This candidate, marked as something that the policy recognises but keeps. */
  public Candidate withheld(String withholdingReason) {
    return with(made -> made.withheld = Optional.of(withholdingReason));
  }

  /** This candidate with a name for people that is more descriptive than its path. */
  public Candidate named(String newName) {
    return with(made -> made.name = Optional.of(newName));
  }

  /** This candidate with another cause and reason. */
  public Candidate withCause(Cause newCause, String newReason) {
    return with(
        made -> {
          made.cause = newCause;
          made.reason = newReason;
        });
  }

  private Candidate with(Consumer<Fields> change) {
    Fields made = new Fields(fields);
    change.accept(made);
    return new Candidate(made);
  }

  private static <T> List<T> plus(List<T> list, T another) {
    return ImmutableList.<T>builder().addAll(list).add(another).build();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Candidate candidate
        && fields.compared().equals(candidate.fields.compared());
  }

  @Override
  public int hashCode() {
    return Objects.hash(fields.action, fields.reason);
  }

  @Override
  public String toString() {
    return "Candidate" + fields.compared();
  }
}
