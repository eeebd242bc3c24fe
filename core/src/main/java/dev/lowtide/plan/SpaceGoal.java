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
 * A limit on how much a clean-up removes: no more than is needed until a given amount of space or
 * number of inodes is free, or the targets are small enough. It allows the removal of nothing that
 * policies do not propose or guards do not allow. What is cheapest to rebuild is removed first, and
 * of equal cost what was used least recently.
 *
 * <p>A goal for free space applies to each file system: nothing is removed where enough is free. A
 * goal for the total applies to all targets of a plan together. If both are set, both are reached.
 * Immutable and safe for use by many threads.
 */
public final class SpaceGoal {
  /** No goal: everything that may be removed is removed. */
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
   * An absolute number, or a percentage of the file system.
   *
   * @param number the number, or the percentage
   */
  private record Amount(long number, boolean percent) {
    long of(long total) {
      return percent ? total / 100 * number + total % 100 * number / 100 : number;
    }
  }

  /**
   * This goal, and this much must be free on each file system with a target: a size such as {@code
   * 20GB}, or a part of the file system such as {@code 15%}. A size is meant for disks: it does not
   * apply to a file system in memory, such as {@code /tmp} often is, that is smaller than the size.
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
   * This goal, and this many inodes must be free on each file system with a target: a number, or a
   * part such as {@code 10%}. A file system that does not limit its inodes, such as btrfs, always
   * meets it.
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

  /** This goal, and all targets of a plan together must occupy at most this much. */
  public SpaceGoal maxTotal(ByteSize size) {
    return new SpaceGoal(free, freeInodes, size, reserved);
  }

  /**
   * This goal, and the target with this id keeps at least this much, even if the goal is not
   * reached.
   */
  public SpaceGoal reserve(String targetId, ByteSize size) {
    Map<String, ByteSize> combined = new LinkedHashMap<>(reserved);
    combined.put(targetId, size);
    return new SpaceGoal(free, freeInodes, maxTotal, ImmutableMap.copyOf(combined));
  }

  /** This goal, with the reservations of another goal added. */
  SpaceGoal reservingAlso(SpaceGoal other) {
    Map<String, ByteSize> combined = new LinkedHashMap<>(reserved);
    other.reserved.forEach(
        (id, size) -> combined.merge(id, size, (one, two) -> one.compareTo(two) > 0 ? one : two));
    return new SpaceGoal(free, freeInodes, maxTotal, ImmutableMap.copyOf(combined));
  }

  private static Optional<Amount> percent(String text) {
    Matcher matcher = PERCENT.matcher(text.strip());
    if (!matcher.matches()) {
      return Optional.empty();
    }
    int number = Integer.parseInt(matcher.group(1));
    if (number > 100) {
      throw new IllegalArgumentException(
          "'" + Printable.of(text) + "' is more than 100%; write for example 15%");
    }
    return Optional.of(new Amount(number, true));
  }

  /** Whether there is no goal, so that everything that may be removed is removed. */
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

  /** The size that a target keeps even if the goal is not reached. */
  public ByteSize reserved(String targetId) {
    return reserved.getOrDefault(targetId, ByteSize.ZERO);
  }

  /**
   * How many bytes must be freed on a file system to reach the goal; negative if more than enough
   * is free, and {@link Long#MIN_VALUE} if no goal for free bytes applies to it.
   */
  public long missingBytes(Volume volume) {
    long total = volume.total().bytes();
    return free == null || (volume.isInMemory() && free.of(total) > total)
        ? Long.MIN_VALUE
        : free.of(total) - volume.free().bytes();
  }

  /**
   * Like {@link #missingBytes}, for inodes; also {@link Long#MIN_VALUE} if the file system has no
   * limit, or the number of free inodes is unknown.
   */
  public long missingInodes(Volume volume) {
    return freeInodes == null || volume.inodes().filter(count -> count.total() > 0).isEmpty()
        ? Long.MIN_VALUE
        : freeInodes.of(volume.inodes().get().total()) - volume.inodes().get().free();
  }
}
