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
 * What may go and what stays, with the reasons: plain data, to be read, saved, reviewed and
 * applied.
 *
 * @param schema the version of the JSON form
 * @param createdAt when it was made
 * @param targets where the policies were asked
 * @param items what is to go: in the order of their paths, but each after those that must be gone
 *     before it; none inside another
 * @param refused what policies named and what stays
 * @param problems what could not be read while planning
 * @param notes what people should know and nothing depends on, one line each
 * @param reclaimable what comes free when all items go: an inode counts once, and only if all its
 *     names go; a block that files share only if all of them go
 * @param madeBy a hash of the machine and the user that made it; empty where that is not known
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

  /** Some fifty thousand items. */
  static final int MAX_FILE_BYTES = 64 << 20;

  public CleanupPlan {
    targets = ImmutableList.copyOf(targets);
    items = ImmutableList.copyOf(items);
    refused = ImmutableList.copyOf(refused);
    problems = ImmutableList.copyOf(problems);
    notes = ImmutableList.copyOf(notes);
  }

  /** What comes free when all items go, without its bound. */
  public long reclaimableBytes() {
    return reclaimable.bytes();
  }

  /** This plan as one that was made on a machine by the user of this process. */
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

  /** A part of it: only some of its items, and nothing of what stays. */
  public CleanupPlan withItems(List<PlanItem> some) {
    return new CleanupPlan(
        schema, createdAt, targets, some, List.of(), List.of(), List.of(), sum(some), madeBy);
  }

  private static BoundedSize sum(List<PlanItem> items) {
    return items.stream().map(PlanItem::reclaimable).reduce(BoundedSize.ZERO, BoundedSize::plus);
  }

  /** Whether it was made on a machine, by the user in whose name this process works. */
  public boolean isMadeOn(HostEnvironment host) {
    return madeBy.equals(PlanOrigin.of(host));
  }

  /**
   * What two plans have in common: of the other one, which was made here and now, the items that
   * this one names too, for the same policy and the same action. All that is removed by, its
   * evidence, its markers and its identity, is the other one's.
   */
  public CleanupPlan confirmedBy(CleanupPlan now) {
    Map<Path, PlanItem> fresh =
        now.items().stream().collect(Collectors.toMap(PlanItem::path, item -> item));
    Set<Path> agreed = new HashSet<>();
    List<Refusal> kept = new ArrayList<>(now.refused());
    for (PlanItem item : items) {
      PlanItem same = fresh.get(item.path());
      if (same != null
          && same.policy().equals(item.policy())
          && isSame(same.candidate().action(), item.candidate().action())) {
        agreed.add(item.path());
      } else if (now.refused().stream().noneMatch(each -> each.path().equals(item.path()))) {
        kept.add(
            new Refusal(
                item.policy(),
                item.path(),
                "elsewhere",
                "a plan made here now does not contain it"));
      }
    }
    List<PlanItem> common =
        now.items().stream().filter(item -> agreed.contains(item.path())).toList();
    return new CleanupPlan(
        SCHEMA,
        now.createdAt(),
        now.targets(),
        common,
        kept,
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

  /** Whether nothing is to go. */
  public boolean isEmpty() {
    return items.isEmpty();
  }

  /**
   * The plan as a page for people: what goes and why, what stays and why. A small plan is shown
   * line by line; of a large one, the totals by policy, the largest items, every item that runs a
   * command, and the number of paths that each guard keeps.
   */
  public String explain() {
    return PlanText.page(this);
  }

  /** As {@link #explain}, with every item and every path that stays, however many there are. */
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
      throw new UncheckedIOException(e); // a text in memory has none
    }
  }

  /**
   * Reads a file that holds what {@link #toJson} wrote, at most {@value #MAX_FILE_BYTES} bytes, on
   * this machine and for this user. It must belong to this user or to root, since whoever can
   * change it says what is removed.
   *
   * @param host the machine on which the plan will be applied
   * @throws FormatException if it is not a plan of this schema, or was made elsewhere
   * @throws IOException if it cannot be read or is not to be trusted
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
   * Reads a plan wherever it was made, whoever may have changed it. It is not to be applied as it
   * is, but what a plan that is made here now has in common with it, {@link #confirmedBy}.
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
   * Something that a policy named and that stays.
   *
   * @param policy the id of the policy
   * @param path absolute
   * @param guard the id of the guard that keeps it; or {@code evidence} where the policy itself
   *     does, {@code budget} where it would make next to nothing free, {@code order} where
   *     something stays that must go first, {@code goal} where a {@link SpaceGoal} is met without
   *     it, {@code policy} where that failed
   * @param reason why, as a sentence for people
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
