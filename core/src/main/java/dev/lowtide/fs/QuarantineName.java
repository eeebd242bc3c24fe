package dev.lowtide.fs;

import dev.lowtide.FileIdentity;
import java.nio.file.Path;
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
 * @param id 16 hexadecimal digits, never used again
 * @param inode the inode that the tree's root must have
 * @param bornNanos when the root was created, in nanoseconds since 1970; 0 if unknown
 * @param modifiedNanos when the root was last modified, in nanoseconds since 1970; null if the
 *     inode suffices
 * @param known whether the tree was identified when its removal began, and cannot be identified
 *     again
 * @param untilSecond until when the tree is kept, in seconds since 1970; 0 if its removal may have
 *     begun, so that it may be incomplete
 */
public record QuarantineName(
    String id,
    long inode,
    long bornNanos,
    @Nullable Long modifiedNanos,
    boolean known,
    long untilSecond) {
  /** Kept until a person decides: the last second of the year 9999. */
  public static final long UNTIL_DECIDED = 253_402_300_799L;

  private static final String KNOWN = "x";
  private static final String MODIFIED = "m";

  private static final Pattern SYNTAX =
      Pattern.compile(
          "([0-9a-f]{16})\\.([0-9]{1,20})-([0-9]{1,19}|m-?[0-9]{1,19}|x)\\.([0-9]{1,12})");

  /** A name on a file system with permanent inode numbers. */
  QuarantineName(String id, long inode, long bornNanos, long untilSecond) {
    this(id, inode, bornNanos, null, false, untilSecond);
  }

  /** Parses a name; empty if it is not such a name. */
  public static Optional<QuarantineName> parse(Path name) {
    Matcher matcher = SYNTAX.matcher(String.valueOf(name.getFileName()));
    try {
      return matcher.matches() ? Optional.of(of(matcher)) : Optional.empty();
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static QuarantineName of(Matcher matcher) {
    String mark = matcher.group(3);
    boolean known = mark.equals(KNOWN);
    boolean modified = mark.startsWith(MODIFIED);
    return new QuarantineName(
        matcher.group(1),
        Long.parseUnsignedLong(matcher.group(2)),
        known || modified ? 0 : Long.parseLong(mark),
        modified ? Long.valueOf(mark.substring(MODIFIED.length())) : null,
        known,
        Long.parseLong(matcher.group(4)));
  }

  static QuarantineName of(String id, FileStatus found, long untilSecond) {
    return new QuarantineName(id, found.key().inode(), found.bornNanos(), untilSecond);
  }

  /**
   * As {@link #of(String, FileStatus, long)}, on a file system that numbers its inodes anew with
   * each mount.
   */
  static QuarantineName of(String id, FileStatus found, long modifiedNanos, long untilSecond) {
    return new QuarantineName(id, found.key().inode(), 0, modifiedNanos, false, untilSecond);
  }

  /** The name of the same tree, kept until another time. */
  public QuarantineName until(long second) {
    return new QuarantineName(id, inode, bornNanos, modifiedNanos, known, second);
  }

  /** The name of the same tree after it was identified and its removal has begun. */
  QuarantineName going() {
    return new QuarantineName(id, inode, bornNanos, null, known || modifiedNanos != null, 0);
  }

  /** Whether the tree is certainly complete and may be restored. */
  public boolean isWhole() {
    return untilSecond != 0;
  }

  /** Whether the modification time must match the name. */
  boolean tellsModified() {
    return modifiedNanos != null;
  }

  /** Whether this name matches the file that was found under it. */
  boolean isNameOf(FileStatus found, long modified) {
    if (modifiedNanos != null) {
      return modifiedNanos == modified;
    }
    return known
        || (inode == found.key().inode()
            && (bornNanos == found.bornNanos() || bornNanos == 0 || found.bornNanos() == 0));
  }

  static FileIdentity identity(FileStatus found) {
    return new FileIdentity(
        found.kind(), found.key().device(), found.key().inode(), 0, found.bornNanos());
  }

  /** The text of the name. */
  @Override
  public String toString() {
    String mark =
        known ? KNOWN : modifiedNanos != null ? MODIFIED + modifiedNanos : Long.toString(bornNanos);
    return id + "." + Long.toUnsignedString(inode) + "-" + mark + "." + untilSecond;
  }
}
