package dev.lowtide.plan;

import com.google.common.collect.ImmutableMap;
import dev.lowtide.ByteSize;
import dev.lowtide.Printable;
import dev.lowtide.probe.Volume;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How much space a clean-up makes, over everything that may go. It allows nothing: among what
 * policies propose and guards let go it takes only as much as the goal needs, cheapest to rebuild
 * first, and of equal cost what was least recently used first.
 *
 * <p>A goal for free space counts per file system: nothing goes where enough is free. A goal for
 * the total counts all targets of a plan together. Where there are both, each is reached. Immutable
 * and safe for use by many threads.
 */
public final class SpaceGoal {
  /** No goal: everything that may go goes. */
  public static final SpaceGoal NONE = new SpaceGoal(null, null, null, ImmutableMap.of());

  private static final Pattern PERCENT = Pattern.compile("([0-9]{1,3}) ?%");

  private final @Nullable Amount free;
  private final @Nullable Amount freeInodes;
  private final @Nullable ByteSize maxTotal;
  private final ImmutableMap<String, ByteSize> reserved;

  private SpaceGoal(
      @Nullable Amount free,
      @Nullable Amount freeInodes,
      @Nullable ByteSize maxTotal,
      ImmutableMap<String, ByteSize> reserved) {
    this.free = free;
    this.freeInodes = freeInodes;
    this.maxTotal = maxTotal;
    this.reserved = reserved;
  }

  /**
   * A number, or a part of what there is.
   *
   * @param number how many, or how many of a hundred
   */
  private record Amount(long number, boolean percent) {
    long of(long total) {
      return percent ? total / 100 * number + total % 100 * number / 100 : number;
    }
  }

  /**
   * This, and so much is free on each file system with a target: a size such as {@code 20GB}, or a
   * part of the file system such as {@code 15%}. A size is meant for disks: a file system in
   * memory, as {@code /tmp} often is one, that is smaller than it has no goal.
   *
   * @throws IllegalArgumentException if the text is neither, with a sentence for the user
   */
  public SpaceGoal untilFree(String sizeOrPercent) {
    Optional<Amount> part = percent(sizeOrPercent);
    Amount amount =
        part.isPresent() ? part.get() : new Amount(ByteSize.parse(sizeOrPercent).bytes(), false);
    return new SpaceGoal(amount, freeInodes, maxTotal, reserved);
  }

  /**
   * This, and so many inodes are free on each file system with a target: a number, or a part such
   * as {@code 10%}. A file system that does not limit its inodes, such as btrfs, has met it.
   *
   * @throws IllegalArgumentException if the text is neither, with a sentence for the user
   */
  public SpaceGoal untilFreeInodes(String numberOrPercent) {
    Optional<Amount> part = percent(numberOrPercent);
    if (part.isEmpty() && !numberOrPercent.matches("[0-9]{1,18}")) {
      throw new IllegalArgumentException(
          "'"
              + Printable.of(numberOrPercent)
              + "' is not a number of inodes; write for example 500000 or 10%");
    }
    Amount amount =
        part.isPresent() ? part.get() : new Amount(Long.parseLong(numberOrPercent), false);
    return new SpaceGoal(free, amount, maxTotal, reserved);
  }

  /** This, and all targets of a plan together hold so much at most. */
  public SpaceGoal maxTotal(ByteSize size) {
    return new SpaceGoal(free, freeInodes, size, reserved);
  }

  /** This, and a target, by its id, keeps at least so much, whatever the goal. */
  public SpaceGoal reserve(String targetId, ByteSize size) {
    Map<String, ByteSize> more = new LinkedHashMap<>(reserved);
    more.put(targetId, size);
    return new SpaceGoal(free, freeInodes, maxTotal, ImmutableMap.copyOf(more));
  }

  /** This, and every target keeps what another goal reserves for it, too. */
  SpaceGoal reservingAlso(SpaceGoal other) {
    Map<String, ByteSize> more = new LinkedHashMap<>(reserved);
    other.reserved.forEach(
        (id, size) -> more.merge(id, size, (one, two) -> one.compareTo(two) > 0 ? one : two));
    return new SpaceGoal(free, freeInodes, maxTotal, ImmutableMap.copyOf(more));
  }

  private static Optional<Amount> percent(String text) {
    Matcher matcher = PERCENT.matcher(text.strip());
    if (!matcher.matches()) {
      return Optional.empty();
    }
    int number = Integer.parseInt(matcher.group(1));
    if (number > 100) {
      throw new IllegalArgumentException(
          "'" + Printable.of(text) + "' is more than everything; write for example 15%");
    }
    return Optional.of(new Amount(number, true));
  }

  /** Whether everything that may go goes. */
  public boolean isNone() {
    return free == null && freeInodes == null && maxTotal == null;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SpaceGoal goal
        && Objects.equals(free, goal.free)
        && Objects.equals(freeInodes, goal.freeInodes)
        && Objects.equals(maxTotal, goal.maxTotal)
        && reserved.equals(goal.reserved);
  }

  @Override
  public int hashCode() {
    return Objects.hash(free, freeInodes, maxTotal, reserved);
  }

  /** Whether there is a goal for inodes. */
  public boolean countsInodes() {
    return freeInodes != null;
  }

  /** The goal for all targets together. */
  public Optional<ByteSize> maxTotal() {
    return Optional.ofNullable(maxTotal);
  }

  /** What a target keeps in any case. */
  public ByteSize reserved(String targetId) {
    return reserved.getOrDefault(targetId, ByteSize.ZERO);
  }

  /**
   * How many bytes are missing on a file system; negative where more than enough is free, and
   * {@link Long#MIN_VALUE} without a goal for that.
   */
  public long missingBytes(Volume volume) {
    long total = volume.total().bytes();
    return free == null || (volume.isInMemory() && free.of(total) > total)
        ? Long.MIN_VALUE
        : free.of(total) - volume.free().bytes();
  }

  /**
   * As {@link #missingBytes}, of inodes; less than zero also where there is no limit, or where it
   * is not known how many are free.
   */
  public long missingInodes(Volume volume) {
    return freeInodes == null || volume.inodes().filter(count -> count.total() > 0).isEmpty()
        ? Long.MIN_VALUE
        : freeInodes.of(volume.inodes().get().total()) - volume.inodes().get().free();
  }
}
