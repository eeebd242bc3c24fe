package dev.lowtide.fs;

import dev.lowtide.FileIdentity;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of a tree in a {@link QuarantineDirectory}. It is the record: written by the same rename
 * that moves the tree, it can neither be lost nor be torn.
 *
 * @param id 16 hexadecimal digits, never used again
 * @param inode what the tree's root must turn out to be
 * @param bornNanos when that was made, in nanoseconds since 1970; 0 where that is not told
 * @param untilSecond until when the tree is kept, in seconds since 1970; 0 if its removal may have
 *     begun, so that it is no longer whole for certain
 */
public record QuarantineName(String id, long inode, long bornNanos, long untilSecond) {
  /** As kept by nobody's wish, and so until somebody decides: the last second of the year 9999. */
  public static final long UNTIL_DECIDED = 253_402_300_799L;

  private static final Pattern SYNTAX =
      Pattern.compile("([0-9a-f]{16})\\.([0-9]{1,20})-([0-9]{1,19})\\.([0-9]{1,12})");

  /** Reads a name; empty if it is no such one. */
  public static Optional<QuarantineName> parse(Path name) {
    Matcher matcher = SYNTAX.matcher(String.valueOf(name.getFileName()));
    try {
      return matcher.matches()
          ? Optional.of(
              new QuarantineName(
                  matcher.group(1),
                  Long.parseUnsignedLong(matcher.group(2)),
                  Long.parseLong(matcher.group(3)),
                  Long.parseLong(matcher.group(4))))
          : Optional.empty();
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  static QuarantineName of(String id, OpenDirectory.Found found, long untilSecond) {
    return new QuarantineName(id, found.key().inode(), found.bornNanos(), untilSecond);
  }

  /** The same tree with another end. */
  public QuarantineName until(long second) {
    return new QuarantineName(id, inode, bornNanos, second);
  }

  /** Whether the tree is there in full for certain, and may be taken back. */
  public boolean isWhole() {
    return untilSecond != 0;
  }

  /** Whether this is the name of what was found under it. */
  boolean isNameOf(OpenDirectory.Found found) {
    return inode == found.key().inode()
        && (bornNanos == found.bornNanos() || bornNanos == 0 || found.bornNanos() == 0);
  }

  static FileIdentity identity(OpenDirectory.Found found) {
    return new FileIdentity(
        found.kind(), found.key().device(), found.key().inode(), 0, found.bornNanos());
  }

  /** As it stands in the directory. */
  @Override
  public String toString() {
    return id + "." + Long.toUnsignedString(inode) + "-" + bornNanos + "." + untilSecond;
  }
}
