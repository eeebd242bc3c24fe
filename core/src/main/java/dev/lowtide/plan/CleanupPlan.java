package dev.lowtide.plan;

import com.google.common.collect.ImmutableList;
import dev.lowtide.BoundedSize;
import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.Problem;
import dev.lowtide.fs.ForeignFile;
import dev.lowtide.policy.Action;
import dev.lowtide.policy.Action.RunCommand;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The result of planning: the items to remove and the items to keep, with the reasons. It is plain
 * data, which can be read, saved, reviewed and applied. It removes nothing itself.
 *
 * @param schema the version of the JSON form
 * @param createdAt the time of planning
 * @param targets the targets for which the policies were asked
 * @param items the items to remove, sorted by path, except that an item follows those that must be
 *     removed before it; no item is inside another
 * @param refused what policies named, but what is kept
 * @param problems what could not be read while planning
 * @param notes information for people, one line each; no program depends on it
 * @param reclaimable the space that is freed if all items are removed: an inode counts once, and
 *     only if all its names are removed; a block that files share counts only if all of them are
 *     removed
 * @param madeBy a hash of the machine and the user that made it; empty if unknown
 */
public record CleanupPlan(
    int schema,
    Instant createdAt,
    List<CleanupTarget> targets,
    List<PlanItem> items,
    List<Refusal> refused,
    List<Problem> problems,
    List<String> notes,
    BoundedSize reclaimable,
    String madeBy) {
  /** The version of the JSON form that this library writes and reads. */
  public static final int SCHEMA = 1;

  /** Enough for about fifty thousand items. */
  static final int MAX_FILE_BYTES = 64 << 20;

  public CleanupPlan {
    targets = ImmutableList.copyOf(targets);
    items = ImmutableList.copyOf(items);
    refused = ImmutableList.copyOf(refused);
    problems = ImmutableList.copyOf(problems);
    notes = ImmutableList.copyOf(notes);
  }

  /** The bytes that are freed if all items are removed, without the bound. */
  public long reclaimableBytes() {
    return reclaimable.bytes();
  }

  /** This plan, marked as made on a machine by the user of this process. */
  public CleanupPlan madeOn(HostEnvironment host) {
    return new CleanupPlan(
        schema,
        createdAt,
        targets,
        items,
        refused,
        problems,
        notes,
        reclaimable,
        PlanOrigin.of(host));
  }

  /** A plan with only some of the items, and without what is kept. */
  public CleanupPlan withItems(List<PlanItem> selected) {
    return new CleanupPlan(
        schema,
        createdAt,
        targets,
        selected,
        List.of(),
        List.of(),
        List.of(),
        sum(selected),
        madeBy);
  }

  private static BoundedSize sum(List<PlanItem> items) {
    return items.stream().map(PlanItem::reclaimable).reduce(BoundedSize.ZERO, BoundedSize::plus);
  }

  /** Whether the plan was made on this machine, by the user that runs this process. */
  public boolean isMadeOn(HostEnvironment host) {
    return madeBy.equals(PlanOrigin.of(host));
  }

  /**
   * The items that two plans have in common. It contains the items of the other plan, which was
   * made here and now, for which this plan has an item with the same path, policy and action.
   * Everything that removal relies on, such as evidence, markers and identity, comes from the other
   * plan.
   */
  public CleanupPlan confirmedBy(CleanupPlan now) {
    Map<Path, PlanItem> newItems =
        now.items().stream().collect(Collectors.toMap(PlanItem::path, item -> item));
    Set<Path> confirmedPaths = new HashSet<>();
    List<Refusal> refusals = new ArrayList<>(now.refused());
    for (PlanItem item : items) {
      PlanItem newItem = newItems.get(item.path());
      if (newItem != null
          && newItem.policy().equals(item.policy())
          && isSame(newItem.candidate().action(), item.candidate().action())) {
        confirmedPaths.add(item.path());
      } else if (now.refused().stream().noneMatch(each -> each.path().equals(item.path()))) {
        refusals.add(
            new Refusal(
                item.policy(),
                item.path(),
                "elsewhere",
                "a plan made here now does not contain it"));
      }
    }
    List<PlanItem> common =
        now.items().stream().filter(item -> confirmedPaths.contains(item.path())).toList();
    return new CleanupPlan(
        SCHEMA,
        now.createdAt(),
        now.targets(),
        common,
        refusals,
        now.problems(),
        now.notes(),
        common.size() == now.items().size() ? now.reclaimable() : sum(common),
        now.madeBy());
  }

  private static boolean isSame(Action one, Action other) {
    return (one instanceof RunCommand first && other instanceof RunCommand second)
        ? first.path().equals(second.path()) && first.argv().equals(second.argv())
        : one.equals(other);
  }

  /** Whether the plan has no items. */
  public boolean isEmpty() {
    return items.isEmpty();
  }

  /**
   * A text for people, about a page long: what is removed and what is kept, with the reasons. A
   * small plan is shown line by line. For a large one it shows the totals by policy, the largest
   * items, every item that runs a command, and the number of paths that each guard keeps.
   */
  public String explain() {
    return PlanText.page(this);
  }

  /** Like {@link #explain}, but always with every item and every path that is kept. */
  public String explainEverything() {
    return PlanText.everything(this);
  }

  /** This plan as one JSON document. */
  public String toJson() {
    return PlanWriter.write(this);
  }

  /**
   * Reads what {@link #toJson} wrote.
   *
   * @throws FormatException if it is not a plan of this schema
   */
  public static CleanupPlan fromJson(String json) {
    try {
      return PlanReader.read(new StringReader(json));
    } catch (IOException e) {
      throw new UncheckedIOException(e); // reading from a string never fails
    }
  }

  /**
   * Reads a file with the output of {@link #toJson}, at most {@value #MAX_FILE_BYTES} bytes. The
   * plan must have been made on this machine and by this user. The file must belong to this user or
   * to root, since a user who can change it decides what is removed.
   *
   * @param host the machine on which the plan will be applied
   * @throws FormatException if it is not a plan of this schema, or was made elsewhere
   * @throws IOException if it cannot be read or is not trusted
   */
  public static CleanupPlan load(Path file, HostEnvironment host) throws IOException {
    CleanupPlan plan = read(ForeignFile.at(file).followingLinks().ofTrustedOwner());
    if (!plan.isMadeOn(host)) {
      throw new FormatException(
          plan.madeBy().isEmpty()
              ? "It does not say which machine and user made it; make it again"
              : "It was made on another machine or by another user; make it again");
    }
    return plan;
  }

  /**
   * Reads a plan that may have been made anywhere, and changed by anyone. Do not apply it as it is:
   * apply only what it has in common with a plan that is made here now, see {@link #confirmedBy}.
   *
   * @throws FormatException if it is not a plan of this schema
   * @throws IOException if it cannot be read
   */
  public static CleanupPlan loadFromElsewhere(Path file) throws IOException {
    return read(ForeignFile.at(file).followingLinks());
  }

  private static CleanupPlan read(ForeignFile file) throws IOException {
    try (Reader in =
        new InputStreamReader(file.stream(MAX_FILE_BYTES), StandardCharsets.UTF_8.newDecoder())) {
      return PlanReader.read(in);
    }
  }

  /**
   * Something that a policy named and that is kept.
   *
   * @param policy the id of the policy
   * @param path absolute
   * @param guard the id of the guard that keeps it; or {@code evidence} if the policy itself keeps
   *     it, {@code budget} if removing it would free almost nothing, {@code order} if something is
   *     kept that must be removed first, {@code goal} if a {@link SpaceGoal} is met without it,
   *     {@code policy} if the policy failed
   * @param reason the reason, as a part of a sentence
   */
  public record Refusal(String policy, Path path, String guard, String reason) {}

  /**
   * Thrown when a text is not a plan that this library can read; the message says what is wrong and
   * where.
   */
  public static final class FormatException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    FormatException(String message) {
      super(message);
    }

    FormatException(String message, Throwable cause) {
      super(message, cause);
    }
  }
}
