package dev.lowtide.plan;

import com.google.common.collect.ImmutableList;
import dev.lowtide.CleanupTarget;
import dev.lowtide.Durations;
import dev.lowtide.FileKind;
import dev.lowtide.HostEnvironment;
import dev.lowtide.Printable;
import dev.lowtide.Problem;
import dev.lowtide.fs.LockSet;
import dev.lowtide.fs.MountTable;
import dev.lowtide.fs.QuarantineDirectory;
import dev.lowtide.fs.QuarantineName;
import dev.lowtide.fs.Stat;
import dev.lowtide.policy.Action.RunCommand;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Marker;
import dev.lowtide.probe.Entry;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.text.Normalizer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The guards that Lowtide always asks, in this order: what a path may be, where it lies, what it
 * holds, whose it is and how fresh.
 */
public final class Guards {
  private Guards() {}

  /**
   * What the guards go by.
   *
   * @param host the machine, with the directories that are never removed
   * @param clock tells how old things are
   * @param protectedPaths what must never go as a whole, beside home and the working directory
   * @param gracePeriod how long something must have been left alone, if not what the kind of target
   *     says
   * @param foreignOwners whether files of other users may go
   * @param assumeIdle whether what processes do that cannot be seen counts as nothing
   */
  public record Rules(
      HostEnvironment host,
      Clock clock,
      Set<Path> protectedPaths,
      Optional<Duration> gracePeriod,
      boolean foreignOwners,
      boolean assumeIdle) {}

  /** All guards for a set of targets that are cleaned together. */
  public static List<Guard> standard(Rules rules, Collection<CleanupTarget> targets) {
    ImmutableList.Builder<Guard> guards = ImmutableList.builder();
    guards
        .add(insideTarget(targets))
        .add(notProtected(rules))
        .add(noSymbolicLinkOnTheWay())
        .add(spelledAsOnDisk())
        .add(noMount())
        .add(wholeRead())
        .add(keep(targets))
        .add(quarantine(rules))
        .add(marker())
        .add(git())
        .add(ordinaryFiles());
    if (!rules.foreignOwners()) {
      guards.add(owner());
    }
    return guards
        .add(gracePeriod(rules, targets))
        .add(lock())
        .add(new InUseGuard(targets, rules.assumeIdle()))
        .build();
  }

  /**
   * Whether a directory may be cleaned at all. The working directory may: it is a place to look in,
   * and never goes itself.
   *
   * @throws RefusedTargetException if not
   */
  public static void checkRoot(CleanupTarget target, HostEnvironment host) throws IOException {
    Path root = target.root();
    String pass = "name a directory inside it instead";
    if (root.getNameCount() == 0) {
      throw new RefusedTargetException(
          target, "protected", "it is the root of the file system; " + pass);
    }
    Path real = Files.exists(root) ? root.toRealPath() : root;
    for (Path home : bothWays(host.home())) {
      if (home.startsWith(root) || home.startsWith(real)) {
        throw new RefusedTargetException(
            target,
            "protected",
            "the home directory " + Printable.of(host.home()) + " lies in it; " + pass);
      }
    }
    if (Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
      if (!real.equals(root)) {
        throw new RefusedTargetException(
            target,
            "symlink",
            "a symbolic link leads there; if it is meant, name " + Printable.of(real));
      }
      if (!Files.isDirectory(root, LinkOption.NOFOLLOW_LINKS)) {
        throw new RefusedTargetException(
            target, "directory", "it is not a directory; name the directory that holds it");
      }
    }
  }

  private static Guard guard(String id, Check check) {
    return new Guard() {
      @Override
      public String id() {
        return id;
      }

      @Override
      public Verdict check(CleanupTarget target, Candidate candidate, Entry subtree)
          throws IOException {
        return check
            .objection(target, candidate, subtree)
            .map(Verdict::refused)
            .orElse(Verdict.ALLOWED);
      }
    };
  }

  private interface Check {
    Optional<String> objection(CleanupTarget target, Candidate candidate, Entry subtree)
        throws IOException;
  }

  private static Guard insideTarget(Collection<CleanupTarget> targets) {
    return guard(
        "inside-target",
        (target, candidate, subtree) -> {
          Path path = candidate.path();
          for (Path name : path) {
            // From the text alone, target/../.. would lie inside the target
            if (name.toString().equals(".") || name.toString().equals("..")) {
              return Optional.of(
                  Printable.of(path) + " contains '" + name + "', and may mean another place");
            }
          }
          boolean mayBeRoot = candidate.action() instanceof RunCommand;
          if (!path.startsWith(target.root()) || (path.equals(target.root()) && !mayBeRoot)) {
            return Optional.of(
                Printable.of(path)
                    + " does not lie inside the target "
                    + Printable.of(target.root()));
          }
          return targets.stream()
              .filter(other -> !other.root().equals(target.root()) && other.root().startsWith(path))
              .map(other -> "the target " + Printable.of(other.root()) + " lies in it")
              .findFirst();
        });
  }

  private static Guard notProtected(Rules rules) {
    List<Path> never = new ArrayList<>();
    never.addAll(bothWays(rules.host().home()));
    never.addAll(bothWays(rules.host().workingDirectory()));
    rules.protectedPaths().forEach(path -> never.addAll(bothWays(path)));
    return guard(
        "protected",
        (target, candidate, subtree) ->
            never.stream()
                .filter(path -> path.startsWith(candidate.path()) && !path.equals(target.root()))
                .map(
                    path ->
                        Printable.of(path)
                            + " is never removed; change to another directory or keep it")
                .findFirst());
  }

  /** As it was named and as it is without symbolic links. */
  private static Set<Path> bothWays(Path path) {
    try {
      return Set.copyOf(List.of(path, path.toRealPath()));
    } catch (IOException e) {
      return Set.of(path);
    }
  }

  private static Guard noSymbolicLinkOnTheWay() {
    return guard(
        "symlink",
        (target, candidate, subtree) -> {
          for (Path above = candidate.path().getParent();
              above != null;
              above = above.getParent()) {
            if (Files.isSymbolicLink(above)) {
              return Optional.of("the symbolic link " + Printable.of(above) + " leads there");
            }
          }
          return Optional.empty();
        });
  }

  /**
   * What keeps things goes by names. Where {@code DIST} opens {@code dist}, a name that is spelled
   * otherwise would pass it.
   */
  private static Guard spelledAsOnDisk() {
    return guard(
        "spelling",
        (target, candidate, subtree) -> {
          Path path = candidate.path();
          if (subtree.kind() == FileKind.SYMLINK || path.equals(target.root())) {
            return Optional.empty(); // the real path of a link is another one's
          }
          Path real = path.toRealPath();
          return below(target.root().toRealPath(), real).equals(below(target.root(), path))
              ? Optional.empty()
              : Optional.of("on the disk it is " + Printable.of(real) + "; name it so");
        });
  }

  /** Composed, as macOS gives the same name composed or not. */
  private static String below(Path root, Path path) {
    return Normalizer.normalize(root.relativize(path).toString(), Normalizer.Form.NFC);
  }

  private static Guard noMount() {
    return guard(
        "mount",
        (target, candidate, subtree) -> {
          Optional<Path> mount =
              subtree
                  .entries()
                  .filter(entry -> entry.kind() == FileKind.MOUNT)
                  .map(Entry::path)
                  .findFirst();
          if (mount.isEmpty() && !(candidate.action() instanceof RunCommand)) {
            mount = MountTable.read().atOrBelow(candidate.path()).stream().min(Path::compareTo);
          }
          return mount.map(
              path -> "something is mounted at " + Printable.of(path) + "; unmount it first");
        });
  }

  /** What nobody could look into may hold what the other guards would keep. */
  private static Guard wholeRead() {
    return guard(
        "unreadable",
        (target, candidate, subtree) -> {
          if (candidate.action() instanceof RunCommand || subtree.usage().unreadable() == 0) {
            return Optional.empty();
          }
          return subtree.snapshot().problems().stream()
              .filter(problem -> problem.path().startsWith(candidate.path()))
              .findFirst()
              .map(Problem::toString)
              .or(() -> Optional.of("a part of it cannot be read"));
        });
  }

  /** Every target's patterns hold, for a target may lie in another one. */
  private static Guard keep(Collection<CleanupTarget> targets) {
    record Kept(Path root, List<PathMatcher> matchers) {}
    List<Kept> all =
        targets.stream()
            .filter(target -> !target.keep().isEmpty())
            .map(target -> new Kept(target.root(), target.keepMatchers()))
            .toList();
    return guard(
        "keep",
        (target, candidate, subtree) -> {
          for (Kept kept : all) {
            if (!candidate.path().startsWith(kept.root())) {
              continue;
            }
            for (Path path = candidate.path();
                path != null && !path.equals(kept.root());
                path = path.getParent()) {
              if (matches(kept.matchers(), kept.root().relativize(path))) {
                return Optional.of(Printable.of(path) + " is to be kept");
              }
            }
            Optional<Path> below =
                subtree
                    .entries()
                    .skip(1)
                    .map(Entry::path)
                    .filter(path -> matches(kept.matchers(), kept.root().relativize(path)))
                    .findFirst();
            if (below.isPresent()) {
              return below.map(path -> Printable.of(path) + " in it is to be kept");
            }
          }
          return Optional.empty();
        });
  }

  private static boolean matches(List<PathMatcher> matchers, Path relative) {
    return matchers.stream().anyMatch(matcher -> matcher.matches(relative));
  }

  /** What somebody was promised to have back is no leftover. */
  private static Guard quarantine(Rules rules) {
    return guard(
        "quarantine",
        (target, candidate, subtree) -> {
          long now = rules.clock().instant().getEpochSecond();
          return subtree
              .entries()
              .filter(entry -> QuarantineDirectory.isName(entry.name()))
              .flatMap(entry -> entry.children().stream())
              .filter(
                  entry ->
                      QuarantineName.parse(entry.path())
                          .filter(tree -> tree.untilSecond() > now)
                          .isPresent())
              .findFirst()
              .map(
                  entry ->
                      Printable.of(entry.path())
                          + " in it can still be had back; restore or purge it with 'lowtide"
                          + " trash' first");
        });
  }

  private static Guard marker() {
    return guard(
        "marker",
        (target, candidate, subtree) ->
            candidate
                .marker()
                .filter(marker -> !marker.isIn(subtree))
                .map(marker -> "it has no " + marker.fileName() + " that proves what it is"));
  }

  private static Guard git() {
    return guard(
        "git",
        (target, candidate, subtree) -> {
          if (candidate.marker().filter(Marker.OWNED::equals).isPresent()) {
            return Optional.empty(); // made by Lowtide, with all the checkouts in it
          }
          Optional<Path> repository =
              subtree
                  .entries()
                  .filter(entry -> entry.name().equals(".git"))
                  .map(Entry::path)
                  .findFirst();
          if (repository.isPresent() && !(candidate.action() instanceof RunCommand)) {
            return repository.map(path -> "it holds the Git repository " + Printable.of(path));
          }
          Path path = candidate.path();
          Optional<Path> workingTree = GitIndex.workingTree(path);
          if (workingTree.isEmpty()) {
            return Optional.empty();
          }
          if (path.startsWith(workingTree.get().resolve(".git"))) {
            return Optional.of(
                "it is part of the Git repository " + Printable.of(workingTree.get()));
          }
          return GitIndex.read(workingTree.get())
              .trackedAtOrBelow(workingTree.get().relativize(path))
              .map(file -> "Git tracks " + Printable.of(workingTree.get() + "/" + file));
        });
  }

  /**
   * In places that many users share, what is neither file, directory nor link was put there for
   * somebody.
   */
  private static Guard ordinaryFiles() {
    return guard(
        "special-file",
        (target, candidate, subtree) ->
            target.kind() != CleanupTarget.Kind.TEMPORARY
                    || candidate.marker().filter(Marker.OWNED::equals).isPresent()
                ? Optional.empty()
                : subtree
                    .entries()
                    .filter(entry -> entry.kind() == FileKind.OTHER)
                    .map(entry -> Printable.of(entry.path()) + " is a socket, a FIFO or a device")
                    .findFirst());
  }

  private static Guard owner() {
    return guard(
        "owner",
        (target, candidate, subtree) -> {
          int user = Stat.currentUser();
          // The numbers of another file system's users say nothing about this machine's
          return user == Stat.UNKNOWN_OWNER
                  || !candidate.path().getFileSystem().equals(FileSystems.getDefault())
              ? Optional.empty()
              : subtree
                  .entries()
                  .filter(entry -> entry.owner() != user && entry.owner() != Stat.UNKNOWN_OWNER)
                  .map(
                      entry ->
                          Printable.of(entry.path())
                              + " belongs to user "
                              + Integer.toUnsignedString(entry.owner())
                              + "; run as that user or allow foreign owners")
                  .findFirst();
        });
  }

  /** Looks only; what is removed is removed with the locks held. */
  private static Guard lock() {
    return guard(
        "lock",
        (target, candidate, subtree) ->
            candidate.locks().stream().flatMap(file -> LockSet.busy(file).stream()).findFirst());
  }

  /** A cache in a workspace stays a cache, so the longest period on the way down to it holds. */
  private static Guard gracePeriod(Rules rules, Collection<CleanupTarget> targets) {
    return guard(
        "grace-period",
        (target, candidate, subtree) -> {
          Duration grace =
              rules
                  .gracePeriod()
                  .orElseGet(
                      () ->
                          targets.stream()
                              .filter(each -> each.root().startsWith(target.root()))
                              .filter(each -> candidate.path().startsWith(each.root()))
                              .map(each -> each.kind().gracePeriod())
                              .reduce(
                                  target.kind().gracePeriod(),
                                  (one, other) -> one.compareTo(other) < 0 ? other : one));
          if (grace.isZero() || candidate.action() instanceof RunCommand) {
            return Optional.empty(); // a tool that cleans its own cache knows what it is using
          }
          Instant now = rules.clock().instant();
          Instant newest = subtree.newestModified();
          return newest.isAfter(now.minus(grace))
              ? Optional.of(
                  "something in it changed at "
                      + newest
                      + ", within the grace period of "
                      + Durations.format(grace)
                      + (newest.isAfter(now) ? ", which lies in the future" : ""))
              : Optional.empty();
        });
  }
}
