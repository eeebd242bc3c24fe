package dev.lowtide.guard;

import dev.lowtide.FileKind;
import dev.lowtide.Printable;
import dev.lowtide.fs.ForeignFile;
import dev.lowtide.fs.QuarantinePlace;
import dev.lowtide.fs.Stat;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Requirement;
import dev.lowtide.policy.Requirement.Exists;
import dev.lowtide.policy.Requirement.SameContent;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Checks what candidates require of files outside them. The same checks are made when planning and
 * right before removal.
 */
public final class Evidence {
  private Evidence() {}

  /**
   * Why a requirement of a candidate on other files is not met now: the first such reason; empty if
   * all are met.
   *
   * @param currentPath where the candidate is now, which differs from its path if it was moved
   */
  public static Optional<String> objection(Candidate candidate, Path currentPath)
      throws IOException {
    for (Requirement requirement : candidate.requires()) {
      Optional<String> objection = objection(candidate.path(), currentPath, requirement);
      if (objection.isPresent()) {
        return objection;
      }
    }
    return Optional.empty();
  }

  private static Optional<String> objection(Path item, Path currentPath, Requirement requirement)
      throws IOException {
    try {
      if (requirement instanceof SameContent same) {
        if (!same.mine().startsWith(item)) {
          return Optional.of(Printable.of(same.mine()) + " is not part of it");
        }
        Optional<String> misplaced = misplaced(item, same.other());
        return misplaced.isPresent()
            ? misplaced
            : difference(currentPath.resolve(item.relativize(same.mine())), same.other());
      } else if (requirement instanceof Exists other) {
        Optional<String> misplaced = misplaced(item, other.path());
        return misplaced.isPresent() ? misplaced : difference(other);
      }
      return Optional.empty();
    } catch (NoSuchFileException e) {
      return Optional.of(Printable.of(e.getFile()) + " is gone, and this depends on it");
    }
  }

  /**
   * Why the other file is no evidence because of its path: it is in the item, behind a symbolic
   * link or in a quarantine. Empty if none of this applies.
   */
  private static Optional<String> misplaced(Path item, Path other) throws IOException {
    if (other.startsWith(item)) {
      return Optional.of(Printable.of(other) + " is inside it, so it proves nothing");
    }
    Path parent = other.toAbsolutePath().getParent();
    if (parent == null || !parent.toRealPath().equals(parent)) {
      return Optional.of("a symbolic link leads to " + Printable.of(other));
    }
    return QuarantinePlace.isInQuarantine(other)
        ? Optional.of(Printable.of(other) + " is in a quarantine and will be removed")
        : Optional.empty();
  }

  private static Optional<String> difference(Path file, Path other) throws IOException {
    Stat stat = Stat.of(file);
    Stat otherStat = Stat.of(other);
    if (stat.kind() != FileKind.REGULAR || otherStat.kind() != FileKind.REGULAR) {
      return Optional.of(
          Printable.of(file) + " and " + Printable.of(other) + " are not both regular files");
    }
    boolean isOneFile = stat.device() == otherStat.device() && stat.inode() == otherStat.inode();
    if (isOneFile && stat.links() == 1) {
      return Optional.of(
          Printable.of(other) + " is the same file at another path, for example through a mount");
    }
    return stat.size() == otherStat.size() && ForeignFile.haveSameContent(file, other)
        ? Optional.empty()
        : Optional.of(Printable.of(other) + " is not the same as " + Printable.of(file));
  }

  private static Optional<String> difference(Exists required) throws IOException {
    var current = Stat.of(required.path()).identity();
    boolean isSame =
        current.isSameFile(required.identity())
            && (current.kind() == FileKind.DIRECTORY
                || current.changedNanos() == required.identity().changedNanos());
    return isSame
        ? Optional.empty()
        : Optional.of(Printable.of(required.path()) + " has changed since it was planned");
  }

  /**
   * Why a candidate must not be removed: it requires a file that the plan removes too. Empty if
   * there is no such file.
   *
   * @param isRemoved whether the plan removes a path
   */
  public static Optional<String> removedEvidence(Candidate candidate, Predicate<Path> isRemoved) {
    return candidate.requires().stream()
        .flatMap(Evidence::pathsThatMustStay)
        .filter(path -> isAtOrBelow(path, isRemoved))
        .findFirst()
        .map(
            path ->
                Printable.of(path) + " is needed as evidence for this, and would be removed too");
  }

  private static Stream<Path> pathsThatMustStay(Requirement requirement) {
    if (requirement instanceof Exists required) {
      return Stream.of(required.path());
    }
    return requirement instanceof SameContent same && same.stays()
        ? Stream.of(same.other())
        : Stream.empty();
  }

  /** The paths that prove where a candidate comes from, and may be removed after it. */
  public static Stream<Path> removableAfterwards(Candidate candidate) {
    return candidate.requires().stream()
        .flatMap(
            requirement ->
                requirement instanceof SameContent same && !same.stays()
                    ? Stream.of(same.other())
                    : Stream.empty());
  }

  /** Whether a condition holds for a path or for a directory above it. */
  static boolean isAtOrBelow(Path path, Predicate<Path> condition) {
    for (Path ancestor = path; ancestor != null; ancestor = ancestor.getParent()) {
      if (condition.test(ancestor)) {
        return true;
      }
    }
    return false;
  }
}
