package dev.lowtide.fs;

import dev.lowtide.FileIdentity;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The name of a tree in a {@link QuarantineDirectory}, which also records its state. The rename
 * that moves the tree sets the name, so the record can neither be lost nor be incomplete.
 *
 * <p>{@code ID.INODE-BORN.UNTIL}. If the file system assigns new inode numbers with each mount,
 * {@code BORN} is {@code mNANOS}, the modification time, which then identifies the tree; or {@code
 * x}, once the tree was identified and its removal has begun, which changes that time.
 *
 * @param id 16 hexadecimal digits, unique
 * @param inode the inode that the tree's root must have
 * @param bornNanos when the root was created, in nanoseconds since 1970; 0 if unknown
 * @param modifiedNanos when the root was last modified, in nanoseconds since 1970; null if the
 *     inode suffices
 * @param isIdentified whether the tree was identified when its removal began; it cannot be
 *     identified again
 * @param untilSecond the end of the time for which the tree is kept, in seconds since 1970; 0 if
 *     its removal may have begun, so that it may be incomplete
 */
public record QuarantineName(
    String id,
    long inode,
    long bornNanos,
    @Nullable Long modifiedNanos,
    boolean isIdentified,
    long untilSecond) {
  /**
   * The end of the time of a tree that is kept until a person decides: the last second of the year
   * 9999.
   */
  public static final long KEPT_UNTIL_DECIDED = 253_402_300_799L;

  /** The number of digits of an id that number the tree; those after them are its record's id. */
  private static final int NUMBER_DIGITS = 4;

  private static final String IDENTIFIED = "x";
  private static final String MODIFIED = "m";

  private static final Pattern SYNTAX =
      Pattern.compile(
          "([0-9a-f]{16})\\.([0-9]{1,20})-([0-9]{1,19}|m-?[0-9]{1,19}|x)\\.([0-9]{1,12})");

  /** A name on a file system with permanent inode numbers. */
  QuarantineName(String id, long inode, long bornNanos, long untilSecond) {
    this(id, inode, bornNanos, null, false, untilSecond);
  }

  /**
   * The id of a tree. The ids of one record differ in their first digits, which are what people
   * type; the first digits of the record make them differ from those of other records too.
   *
   * @param record the id of the record that tells where the tree was, 12 hexadecimal digits
   * @param number the number of the tree among those of the record, below 65536
   */
  public static String id(String record, int number) {
    int first = number ^ Integer.parseInt(record.substring(0, NUMBER_DIGITS), 16);
    return String.format(Locale.ROOT, "%04x", first) + record;
  }

  /** The number of a tree among those of its record, which are in the order of their removal. */
  public static int number(String id) {
    return Integer.parseInt(id.substring(0, NUMBER_DIGITS), 16)
        ^ Integer.parseInt(id.substring(NUMBER_DIGITS, 2 * NUMBER_DIGITS), 16);
  }

  /** The id of the record that tells where the tree was. */
  public String record() {
    return id.substring(NUMBER_DIGITS);
  }

  /** Parses a name; empty if it does not have this syntax. */
  public static Optional<QuarantineName> parse(Path name) {
    Matcher matcher = SYNTAX.matcher(String.valueOf(name.getFileName()));
    try {
      return matcher.matches() ? Optional.of(of(matcher)) : Optional.empty();
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static QuarantineName of(Matcher matcher) {
    String birthField = matcher.group(3);
    boolean isIdentified = birthField.equals(IDENTIFIED);
    boolean modified = birthField.startsWith(MODIFIED);
    return new QuarantineName(
        matcher.group(1),
        Long.parseUnsignedLong(matcher.group(2)),
        isIdentified || modified ? 0 : Long.parseLong(birthField),
        modified ? Long.valueOf(birthField.substring(MODIFIED.length())) : null,
        isIdentified,
        Long.parseLong(matcher.group(4)));
  }

  static QuarantineName of(String id, FileStatus status, long untilSecond) {
    return new QuarantineName(id, status.key().inode(), status.bornNanos(), untilSecond);
  }

  /**
   * Like {@link #of(String, FileStatus, long)}, on a file system that assigns new inode numbers
   * with each mount.
   */
  static QuarantineName of(String id, FileStatus status, long modifiedNanos, long untilSecond) {
    return new QuarantineName(id, status.key().inode(), 0, modifiedNanos, false, untilSecond);
  }

  /** The name of the same tree, kept until another time. */
  public QuarantineName keptUntil(long second) {
    return new QuarantineName(id, inode, bornNanos, modifiedNanos, isIdentified, second);
  }

  /** The name of the same tree once it was identified and its removal begins. */
  QuarantineName removalBegun() {
    return new QuarantineName(id, inode, bornNanos, null, isIdentified || modifiedNanos != null, 0);
  }

  /** Whether the tree is certainly complete and may be restored. */
  public boolean isComplete() {
    return untilSecond != 0;
  }

  /** Whether the name contains the modification time, which must match. */
  boolean hasModificationTime() {
    return modifiedNanos != null;
  }

  /** Whether this name matches the file that was found under it. */
  boolean isNameOf(FileStatus status, long modified) {
    if (modifiedNanos != null) {
      return modifiedNanos == modified;
    }
    return isIdentified
        || (inode == status.key().inode()
            && (bornNanos == status.bornNanos() || bornNanos == 0 || status.bornNanos() == 0));
  }

  static FileIdentity identity(FileStatus status) {
    return new FileIdentity(
        status.kind(), status.key().device(), status.key().inode(), 0, status.bornNanos());
  }

  /** The text of the name. */
  @Override
  public String toString() {
    String birthField =
        isIdentified
            ? IDENTIFIED
            : modifiedNanos != null ? MODIFIED + modifiedNanos : Long.toString(bornNanos);
    return id + "." + Long.toUnsignedString(inode) + "-" + birthField + "." + untilSecond;
  }
}
