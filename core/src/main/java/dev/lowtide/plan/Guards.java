package dev.lowtide.plan;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.Streams;
import dev.lowtide.CleanupTarget;
import dev.lowtide.Durations;
import dev.lowtide.FileKind;
import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.Printable;
import dev.lowtide.Problem;
import dev.lowtide.fs.LockSet;
import dev.lowtide.fs.MountTable;
import dev.lowtide.fs.QuarantineDirectory;
import dev.lowtide.fs.QuarantineName;
import dev.lowtide.fs.Stat;
import dev.lowtide.policy.Account;
import dev.lowtide.policy.Action.RunCommand;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.CommandShape;
import dev.lowtide.policy.Marker;
import dev.lowtide.policy.Ownership;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.Requirement.Unlocked;
import dev.lowtide.probe.Entry;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.text.Normalizer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The guards that Lowtide always asks, in this order: what a path may be, where it lies, what it
 * holds, whose it is and how fresh. Each is asked when planning and again right before a deletion;
 * docs/safety.md says which of them keeps what.
 */
public final class Guards {
  /**
   * Where the operating system, its packages and its containers live, as in hier(7): there,
   * bytecode is installed and an image layer is shared.
   */
  private static final ImmutableListMultimap<OperatingSystem, String> SYSTEM_DIRECTORIES =
      ImmutableListMultimap.<OperatingSystem, String>builder()
          .putAll(OperatingSystem.LINUX, "/bin", "/boot", "/dev", "/etc", "/lib", "/lib32")
          .putAll(OperatingSystem.LINUX, "/lib64", "/libx32", "/proc", "/sbin", "/sys", "/usr")
          .putAll(OperatingSystem.LINUX, "/var/lib/containerd", "/var/lib/containers")
          .putAll(OperatingSystem.LINUX, "/var/lib/docker", "/var/lib/dpkg", "/var/lib/rpm")
          .putAll(OperatingSystem.MACOS, "/Applications", "/Library", "/System", "/bin", "/dev")
          .putAll(OperatingSystem.MACOS, "/etc", "/private/etc", "/sbin", "/usr")
          .putAll(OperatingSystem.WINDOWS, "C:\\Windows", "C:\\Program Files")
          .putAll(OperatingSystem.WINDOWS, "C:\\Program Files (x86)", "C:\\ProgramData")
          .build();

  /** What lies in these belongs to whoever works on the machine. */
  private static final ImmutableList<String> OPEN =
      ImmutableList.of("/dev/shm", "/usr/local", "/usr/src");

  /** What makes a directory somebody's project, whatever else it bears. */
  private static final Set<String> PROJECT_FILES =
      Set.of(
          ".git",
          ".hg",
          ".svn",
          ".jj",
          "Cargo.toml",
          "CMakeLists.txt",
          "Makefile",
          "build.gradle",
          "build.gradle.kts",
          "go.mod",
          "meson.build",
          "package.json",
          "pom.xml",
          "pyproject.toml",
          "setup.cfg",
          "setup.py");

  private Guards() {}

  /**
   * What the guards go by.
   *
   * @param host the machine, with the directories that are never removed
   * @param clock tells how old things are
   * @param protectedPaths what must never go as a whole, beside home and the working directory
   * @param keptByTools where nothing goes but by a command of its tool
   * @param gracePeriod how long something must have been left alone, if not what the kind of target
   *     says
   * @param foreignOwners whether files of other users may go
   * @param assumeIdle whether what processes do that cannot be seen counts as nothing
   * @param takeUnexplained whether entries that an account does not explain may go
   * @param accounts by the id of each policy that is loaded, what explains what it proposes; what
   *     another policy has proposed does not go
   * @param commands by the id of each policy that is loaded, what it may have run
   */
  public record Rules(
      HostEnvironment host,
      Clock clock,
      Set<Path> protectedPaths,
      Set<Path> keptByTools,
      Optional<Duration> gracePeriod,
      boolean foreignOwners,
      boolean assumeIdle,
      boolean takeUnexplained,
      Map<String, Optional<Account>> accounts,
      Map<String, List<CommandShape>> commands) {

    public Rules {
      protectedPaths = Set.copyOf(protectedPaths);
      keptByTools = Set.copyOf(keptByTools);
      accounts = Map.copyOf(accounts);
      commands = Map.copyOf(commands);
    }

    /** The strictest rules, with no policies. */
    public static Rules of(HostEnvironment host, Clock clock) {
      return new Rules(
          host,
          clock,
          Set.of(),
          Set.of(),
          Optional.empty(),
          false,
          false,
          false,
          Map.of(),
          Map.of());
    }

    /** The same rules where these policies are loaded. */
    public Rules with(Collection<? extends Policy> policies) {
      return new Rules(
          host,
          clock,
          protectedPaths,
          keptByTools,
          gracePeriod,
          foreignOwners,
          assumeIdle,
          takeUnexplained,
          policies.stream().collect(Collectors.toMap(Policy::id, Policy::account)),
          policies.stream().collect(Collectors.toMap(Policy::id, Policy::commands)));
    }

    /** The same rules on another machine. */
    public Rules on(HostEnvironment another) {
      return new Rules(
          another,
          clock,
          protectedPaths,
          keptByTools,
          gracePeriod,
          foreignOwners,
          assumeIdle,
          takeUnexplained,
          accounts,
          commands);
    }
  }

  /** All guards for a set of targets that are cleaned together. */
  public static List<Guard> standard(Rules rules, Collection<CleanupTarget> targets) {
    ImmutableList.Builder<Guard> guards = ImmutableList.builder();
    // What the path may be
    guards.add(insideTarget(targets)).add(storesByTheirTool());
    guards.add(new CommandGuard(rules)).add(notProtected(rules));
    // Where it lies
    Surroundings.All surroundings = new Surroundings.All();
    guards.add(noSymbolicLinkOnTheWay(surroundings)).add(spelledAsOnDisk());
    guards.add(noMount(surroundings));
    // What it holds
    guards.add(wholeRead()).add(keep(targets)).add(quarantine(rules)).add(marker());
    guards.add(git(surroundings));
    guards.add(ordinaryFiles());
    // Whose it is, how fresh, and who uses it
    if (!rules.foreignOwners()) {
      guards.add(owner());
    }
    guards.add(removable());
    guards.add(gracePeriod(rules, targets)).add(lock()).add(evidence());
    guards.add(new UnexplainedGuard(rules));
    return guards.add(new InUseGuard(targets, rules.assumeIdle())).build();
  }

  /**
   * The first objection to a candidate. A guard that cannot tell, for whatever reason, objects too.
   *
   * @param policy the id of the policy that proposed it, for the refusal
   * @throws InterruptedIOException if the thread is interrupted
   */
  public static Optional<Refusal> refusal(
      List<Guard> guards, String policy, CleanupTarget target, Candidate candidate, Entry subtree)
      throws InterruptedIOException {
    for (Guard guard : guards) {
      Verdict verdict;
      try {
        verdict = guard.check(policy, target, candidate, subtree);
      } catch (InterruptedIOException e) {
        throw e;
      } catch (IOException e) {
        verdict = Verdict.refused("it could not be checked: " + reason(e, candidate.path()));
      } catch (RuntimeException e) {
        verdict = Verdict.refused("it could not be checked: " + Printable.of(e.toString()));
      }
      if (!verdict.allowed()) {
        return Optional.of(new Refusal(policy, candidate.path(), guard.id(), verdict.reason()));
      }
    }
    return Optional.empty();
  }

  /** The message of an exception often is no more than a path. */
  private static String reason(IOException e, Path path) {
    String message = Problem.of(path, "check", e).message();
    return Printable.of(
        e instanceof FileSystemException file && file.getFile() != null
            ? file.getFile() + ": " + message
            : message);
  }

  /**
   * Whether a directory may be cleaned at all. The working directory may: it is a place to look in,
   * and never goes itself.
   *
   * @throws RefusedTargetException if not
   */
  public static void checkRoot(CleanupTarget target, HostEnvironment host) throws IOException {
    Path root = target.root();
    if (target.kind() == CleanupTarget.Kind.STORE) {
      return; // a name that a tool gave, and nothing in it is touched
    }
    if (QuarantineDirectory.isNamedLikeOneOrBelow(root)) {
      throw new RefusedTargetException(
          target,
          "quarantine",
          "what lies there was removed and may be restored; use 'lowtide trash' instead");
    }
    String pass = "name a directory inside it instead";
    if (root.getNameCount() == 0) {
      throw new RefusedTargetException(
          target, "protected", "it is the root of the file system; " + pass);
    }
    Path real = realPath(root);
    Set<Path> names = new HashSet<>(otherPaths(real));
    names.add(root);
    names.add(real);
    for (Path home : allPaths(host.home())) {
      if (names.stream().anyMatch(home::startsWith)) {
        throw new RefusedTargetException(
            target,
            "protected",
            "the home directory " + Printable.of(host.home()) + " lies in it; " + pass);
      }
    }
    for (Path place : systemDirectories(host)) {
      boolean inIt = names.stream().anyMatch(name -> name.startsWith(place) && !isOpen(name, host));
      if (inIt || (names.stream().anyMatch(place::startsWith) && Files.exists(place))) {
        throw new RefusedTargetException(
            target,
            "protected",
            Printable.of(place)
                + (inIt ? " belongs to the system and its packages; " : " lies in it; ")
                + "name the directory of a project or a cache instead");
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

  /** Without symbolic links; the same for what is not there, or not any more. */
  private static Path realPath(Path path) throws IOException {
    try {
      return Files.exists(path) ? path.toRealPath() : path;
    } catch (NoSuchFileException e) {
      return path;
    }
  }

  private static List<Path> systemDirectories(HostEnvironment host) {
    return SYSTEM_DIRECTORIES.get(host.operatingSystem()).stream().map(host::path).toList();
  }

  private static boolean isOpen(Path path, HostEnvironment host) {
    return host.operatingSystem() != OperatingSystem.WINDOWS
        && OPEN.stream().map(host::path).anyMatch(path::startsWith);
  }

  /** The guards that go by names alone, and so can be asked about what is not looked into. */
  private static final Set<String> WITHOUT_LOOKING = Set.of("inside-target", "store", "keep");

  private static Guard guard(String id, Check check) {
    return new Guard() {
      @Override
      public String id() {
        return id;
      }

      @Override
      public Verdict check(String policy, CleanupTarget target, Candidate candidate, Entry subtree)
          throws IOException {
        if (target.kind() == CleanupTarget.Kind.STORE && !WITHOUT_LOOKING.contains(id)) {
          return Verdict.ALLOWED;
        }
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
          Optional<String> dots = dots(path);
          if (dots.isPresent()) {
            // From the text alone, target/../.. would lie inside the target
            return Optional.of(
                Printable.of(path)
                    + " contains '"
                    + dots.get()
                    + "', and may mean another place; name the path without it");
          }
          boolean mayBeRoot = candidate.action() instanceof RunCommand;
          if (!path.startsWith(target.root()) || (path.equals(target.root()) && !mayBeRoot)) {
            return Optional.of(
                Printable.of(path)
                    + " does not lie inside the target "
                    + Printable.of(target.root())
                    + "; make it a target of its own if it is meant");
          }
          return targets.stream()
              .filter(other -> !other.root().equals(target.root()) && other.root().startsWith(path))
              .map(
                  other ->
                      "the target "
                          + Printable.of(other.root())
                          + " lies in it; clean that one first")
              .findFirst();
        });
  }

  private static Optional<String> dots(Path path) {
    return path.toString().contains(path.getFileSystem().getSeparator() + ".")
        ? Streams.stream(path)
            .map(Path::toString)
            .filter(name -> name.equals(".") || name.equals(".."))
            .findFirst()
        : Optional.empty();
  }

  private static Guard storesByTheirTool() {
    return guard(
        "store",
        (target, candidate, subtree) ->
            target.kind() == CleanupTarget.Kind.STORE && candidate.deletes()
                ? Optional.of("only the tool itself may remove something from its store")
                : Optional.empty());
  }

  private static Guard notProtected(Rules rules) {
    List<Path> never = new ArrayList<>();
    never.addAll(allPaths(rules.host().home()));
    never.addAll(allPaths(rules.host().workingDirectory()));
    rules.protectedPaths().forEach(path -> never.addAll(allPaths(path)));
    Set<Path> byTools =
        rules.keptByTools().stream()
            .flatMap(path -> allPaths(path).stream())
            .collect(Collectors.toSet());
    return guard(
        "protected",
        (target, candidate, subtree) ->
            never.stream()
                .filter(path -> path.startsWith(candidate.path()) && !path.equals(target.root()))
                .map(
                    path ->
                        Printable.of(path)
                            + " is never removed; change to another directory or keep it")
                .findFirst()
                .or(() -> keptByTool(byTools, candidate)));
  }

  private static Optional<String> keptByTool(Set<Path> byTools, Candidate candidate) {
    Path path = candidate.path();
    return byTools.stream()
        .filter(kept -> candidate.deletes() && (path.startsWith(kept) || kept.startsWith(path)))
        .map(kept -> "only its own tool removes something in " + Printable.of(kept) + "; use that")
        .findFirst();
  }

  /** As it was named, as it is without symbolic links, and where else that is mounted. */
  private static Set<Path> allPaths(Path path) {
    Set<Path> all = new HashSet<>(Set.of(path));
    try {
      Path real = path.toRealPath();
      all.add(real);
      all.addAll(otherPaths(real));
    } catch (IOException e) {
      // it is not there, or cannot be resolved: then what was named counts
    }
    return all;
  }

  private static Set<Path> otherPaths(Path real) throws IOException {
    return real.getFileSystem().equals(FileSystems.getDefault())
        ? MountTable.read().otherPaths(real)
        : Set.of();
  }

  private static Guard noSymbolicLinkOnTheWay(Surroundings.All surroundings) {
    return guard(
        "symlink",
        (target, candidate, subtree) ->
            surroundings
                .of(subtree)
                .linkOnTheWay()
                .map(
                    link ->
                        "the symbolic link "
                            + Printable.of(link)
                            + " leads there; name the real path"));
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
          } else if (subtree.snapshot().rootPath().equals(target.root())) {
            return Optional.empty(); // its names were read from the disk
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

  private static Guard noMount(Surroundings.All surroundings) {
    return guard(
        "mount",
        (target, candidate, subtree) -> {
          Optional<Path> mount =
              subtree
                  .entries()
                  .filter(entry -> entry.kind() == FileKind.MOUNT)
                  .map(Entry::path)
                  .findFirst();
          // What is mounted on a link hides it, and where a link leads is of no interest
          boolean mayHoldOne =
              !(candidate.action() instanceof RunCommand) && subtree.kind() != FileKind.SYMLINK;
          if (mount.isEmpty() && mayHoldOne) {
            mount =
                surroundings.of(subtree).mounts().stream()
                    .filter(point -> point.startsWith(candidate.path()))
                    .min(Path::compareTo);
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
          if (candidate.action() instanceof RunCommand || subtree.unreadable() == 0) {
            return Optional.empty();
          }
          return subtree.snapshot().problems().stream()
              .filter(problem -> problem.path().startsWith(candidate.path()))
              .findFirst()
              .map(Problem::toString)
              .or(() -> Optional.of("a part of it cannot be read"))
              .map(why -> why + "; make it readable, or run as a user who may read it");
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

  /** Whether an entry is named as a quarantine is. */
  static boolean isQuarantine(Entry entry) {
    return entry.nameStartsWith(QuarantineDirectory.NAME_PREFIX)
        && entry.isDirectory()
        && QuarantineDirectory.isNamedLikeOne(entry.path());
  }

  /** Refuses a directory that holds a quarantine with trees that can be restored. */
  private static Guard quarantine(Rules rules) {
    return guard(
        "quarantine",
        (target, candidate, subtree) -> {
          long now = rules.clock().instant().getEpochSecond();
          return subtree
              .entries()
              .filter(Guards::isQuarantine)
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

  /**
   * A tool that was told to keep its cache in the top directory of a project marks that: a mark
   * beside the files of a project proves nothing.
   */
  private static Guard marker() {
    return guard(
        "marker",
        (target, candidate, subtree) -> {
          Optional<Marker> marker = candidate.marker();
          if (marker.isEmpty()) {
            return Optional.empty();
          } else if (!marker.get().isIn(subtree)) {
            return Optional.of(
                "it has no "
                    + marker.get().fileName()
                    + " that proves what it is; if you know, remove it by hand");
          }
          if (isOwned(candidate) && Ownership.of(subtree).isEmpty()) {
            return Optional.of(
                "its "
                    + Marker.OWNED.fileName()
                    + " was not written for this directory; if you know what it is, remove it by"
                    + " hand");
          }
          if (isOwned(candidate) || isCargoCheckout(candidate)) {
            return Optional.empty(); // whatever a build has put there, and a project by its nature
          }
          return subtree.children().stream()
              .filter(child -> PROJECT_FILES.contains(child.name()))
              .findFirst()
              .map(
                  child ->
                      Printable.of(child.path())
                          + " lies beside its "
                          + marker.get().fileName()
                          + ", so it is a project; remove by hand what may go");
        });
  }

  /** What is tracked, and what is about to be; docs/adr/0009. */
  private static Guard git(Surroundings.All surroundings) {
    GitRepository.Indexes indexes = new GitRepository.Indexes();
    MercurialDirstate.Known dirstates = new MercurialDirstate.Known();
    return guard(
        "git",
        (target, candidate, subtree) -> {
          if (isOwned(candidate)) {
            return DisposableClones.objection(subtree);
          }
          Surroundings around = surroundings.of(subtree);
          if (isCargoCheckout(candidate)) { // a repository itself, and may go all the same
            Optional<Path> changed = changedSince(Marker.CARGO_CHECKOUT, subtree);
            return changed.isPresent()
                ? changed.map(
                    path ->
                        "it is a clone that cargo made, and "
                            + Printable.of(path)
                            + " has changed since; if nothing in it is needed, remove it by hand")
                : GitRepository.objection(
                    above(candidate.path()), indexes, dirstates, around.signsAround(subtree));
          }
          if (candidate.deletes()) {
            boolean mirrorsToo = target.kind() != CleanupTarget.Kind.CACHE;
            Optional<Path> repository = GitRepository.in(subtree, mirrorsToo);
            if (repository.isPresent()) {
              return repository.map(
                  path ->
                      "it holds the repository "
                          + Printable.of(path)
                          + "; if nothing in that is needed, remove it by hand");
            }
          }
          return GitRepository.objection(
              candidate.path(), indexes, dirstates, around.signsAt(subtree));
        });
  }

  private static Path above(Path path) {
    Path parent = path.getParent();
    return parent == null ? path : parent;
  }

  private static boolean isOwned(Candidate candidate) {
    return candidate.marker().filter(Marker.OWNED::equals).isPresent();
  }

  private static boolean isCargoCheckout(Candidate candidate) {
    return candidate.marker().filter(Marker.CARGO_CHECKOUT::equals).isPresent();
  }

  /**
   * An edit, a commit and a stash all leave something that is newer than what the tool put there
   * last.
   */
  private static Optional<Path> changedSince(Marker marker, Entry clone) {
    Instant finished = clone.child(marker.fileName()).map(Entry::lastModified).orElse(Instant.MIN);
    return clone
        .entries()
        .filter(entry -> entry.lastModified().isAfter(finished))
        .map(Entry::path)
        .findFirst();
  }

  /**
   * In places that many users share, what is neither file, directory nor link was put there for
   * somebody, and so was a program that runs as its owner.
   */
  private static Guard ordinaryFiles() {
    return guard(
        "special-file",
        (target, candidate, subtree) -> {
          if (target.kind() != CleanupTarget.Kind.TEMPORARY || isOwned(candidate)) {
            return Optional.empty();
          }
          for (Entry entry : (Iterable<Entry>) subtree.entries()::iterator) {
            boolean special = entry.kind() == FileKind.OTHER;
            if (special || (entry.isFile() && runsAsItsOwner(entry.path()))) {
              return Optional.of(
                  Printable.of(entry.path())
                      + (special
                          ? " is a socket, a FIFO or a device"
                          : " is a program that runs as its owner")
                      + "; remove it by hand if nobody uses it");
            }
          }
          return Optional.empty();
        });
  }

  /** {@code S_ISUID} or {@code S_ISGID}, inode(7). */
  private static boolean runsAsItsOwner(Path file) throws IOException {
    return file.getFileSystem().equals(FileSystems.getDefault())
        && file.getFileSystem().supportedFileAttributeViews().contains("unix")
        && Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS) instanceof Integer mode
        && (mode & 06000) != 0;
  }

  /**
   * What cannot be removed as a whole is left as a whole. A directory of this user's own that only
   * its permissions protect is no obstacle.
   */
  private static Guard removable() {
    int user = Stat.currentUser();
    return guard(
        "removable",
        (target, candidate, subtree) -> {
          if (!candidate.deletes()
              || !candidate.path().getFileSystem().equals(FileSystems.getDefault())) {
            return Optional.empty();
          }
          for (Entry entry : (Iterable<Entry>) subtree.entries()::iterator) {
            if (entry.isFixed()) {
              return Optional.of(
                  Printable.of(entry.path())
                      + " is immutable or append-only; 'chattr -i -a' it if it may be removed");
            } else if (entry.isDirectory()
                && entry.owner() != user
                && entry.owner() != Stat.UNKNOWN_OWNER
                && !entry.children().isEmpty()
                && !Files.isWritable(entry.path())) {
              return Optional.of(
                  "this user may remove nothing from "
                      + Printable.of(entry.path())
                      + ", which belongs to user "
                      + Integer.toUnsignedString(entry.owner())
                      + "; run as that user");
            }
          }
          return Optional.empty();
        });
  }

  private static Guard owner() {
    int user = Stat.currentUser();
    return guard(
        "owner",
        (target, candidate, subtree) -> {
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

  /**
   * A tool that cleans a place of its own knows what it is using there; one that is told to remove
   * a certain thing does as it is told.
   */
  static boolean cleansItsOwn(CleanupTarget target, Candidate candidate) {
    return candidate.action() instanceof RunCommand
        && (target.kind() == CleanupTarget.Kind.STORE || candidate.path().equals(target.root()));
  }

  /** Looks only; what is removed is removed with the locks held, or by a tool that takes them. */
  private static Guard lock() {
    return guard(
        "lock",
        (target, candidate, subtree) ->
            Stream.concat(
                    candidate.locks().stream(),
                    candidate.requires().stream()
                        .filter(Unlocked.class::isInstance)
                        .map(requirement -> ((Unlocked) requirement).file()))
                .flatMap(file -> LockSet.busy(file).stream())
                .findFirst());
  }

  /** What it requires of other files, such as that a copy stays. */
  private static Guard evidence() {
    return guard(
        "order", (target, candidate, subtree) -> Evidence.objection(candidate, candidate.path()));
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
          if (grace.isZero() || cleansItsOwn(target, candidate)) {
            return Optional.empty();
          }
          Instant now = rules.clock().instant();
          Instant newest =
              candidate.isDatedByModification() ? subtree.newestModified() : subtree.newestChange();
          return newest.isAfter(now.minus(grace))
              ? Optional.of(
                  "something in it changed at "
                      + newest
                      + ", within the grace period of "
                      + Durations.format(grace)
                      + (newest.isAfter(now) ? ", which lies in the future" : "")
                      + "; wait, or set a shorter one")
              : Optional.empty();
        });
  }
}
