package dev.lowtide.policies.python.buildtrees;

import static java.util.Objects.requireNonNull;

import dev.lowtide.FileKind;
import dev.lowtide.HostEnvironment;
import dev.lowtide.policies.python.files.FileLookup;
import dev.lowtide.policies.python.files.RecordedPath;
import dev.lowtide.policy.Account;
import dev.lowtide.policy.Account.Explanation;
import dev.lowtide.probe.Entry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Explains a build tree, or a part of it, by the records of CMake, Meson, ninja and setuptools. A
 * tree may contain another: setuptools runs CMake in its {@code temp*}, and CMake runs itself for
 * FetchContent. No record explains a project's own sources in a tree. Not thread-safe; {@link
 * #ACCOUNT} makes a new instance for each subtree.
 */
final class BuildAccount {
  static final Account ACCOUNT =
      (subtree, host) -> {
        Explanation.Builder unexplained = new Explanation.Builder();
        new BuildAccount(subtree, host, record -> true)
            .unexplained()
            .forEach(entry -> unexplained.add(entry, "is in no build record"));
        return unexplained.build();
      };

  /**
   * The records in a snapshot, by directory. They are kept with it, because the planner asks about
   * a snapshot part by part, in several threads.
   */
  private static final class Records {
    final Map<Path, List<BuildRecord>> byDirectory = new ConcurrentHashMap<>();
  }

  private static final Pattern BYTECODE =
      Pattern.compile("([^.]+)\\.[a-z]+-?[0-9]{2,3}[a-z]?(\\.opt-[12])?\\.pyc");

  private final HostEnvironment host;
  private final Predicate<BuildRecord> accepted;
  private final FileLookup lookup;
  private final List<BuildRecord> records = new ArrayList<>();
  private final List<BuildRecord> rejected = new ArrayList<>();
  private final List<Entry> explained = new ArrayList<>();
  private final List<Entry> unexplained = new ArrayList<>();

  /** How much of a directory is explained. */
  private enum Share {
    EMPTY,
    ALL,
    SOME,
    NONE;

    Share and(Share other) {
      return this == EMPTY || this == other ? other : other == EMPTY ? this : SOME;
    }
  }

  /**
   * Examines a build tree or a part of it.
   *
   * @param accepted which records are used
   */
  BuildAccount(Entry subtree, HostEnvironment host, Predicate<BuildRecord> accepted) {
    this.host = host;
    this.accepted = accepted;
    this.lookup = new FileLookup(subtree.snapshot());
    List<Path> directories = new ArrayList<>();
    for (Path path = subtree.path().getParent(); path != null; path = path.getParent()) {
      directories.add(0, path);
    }
    for (Path directory : directories) {
      boolean isSetuptools =
          SetuptoolsRecord.isBuildSubdirectory(
              directory.relativize(subtree.path()).getName(0).toString());
      records.addAll(recordsOf(directory, isSetuptools));
    }
    Share share = examine(subtree, List.copyOf(records));
    if (share == Share.ALL || (share == Share.EMPTY && !records.isEmpty())) {
      explained.add(subtree);
    } else if (share != Share.SOME) {
      unexplained.add(subtree);
    }
  }

  /** The largest parts that are completely explained; none is inside another. */
  List<Entry> explained() {
    return explained;
  }

  /** The largest parts in which nothing is explained; none is inside another. */
  List<Entry> unexplained() {
    return unexplained;
  }

  /** The records that were used: in the subtree and in the directories above it. */
  List<BuildRecord> records() {
    return records;
  }

  /**
   * The records that were not used, because they were not accepted or their project no longer
   * exists.
   */
  List<BuildRecord> rejected() {
    return rejected;
  }

  private Share examine(Entry directory, List<BuildRecord> outer) {
    if (!directory.isDirectory()) {
      return isExplained(directory, outer) ? Share.ALL : Share.NONE;
    }
    List<BuildRecord> ownRecords =
        mayHaveRecord(directory)
            ? recordsOf(directory.path(), SetuptoolsRecord.isBuildDirectory(directory))
            : List.of();
    records.addAll(ownRecords);
    List<BuildRecord> applicable = new ArrayList<>(outer);
    applicable.addAll(ownRecords);
    List<Entry> explainedChildren = new ArrayList<>();
    List<Entry> unexplainedChildren = new ArrayList<>();
    Share all = Share.EMPTY;
    for (Entry child : directory.children()) {
      Share share = examine(child, applicable);
      if (share == Share.ALL) {
        explainedChildren.add(child);
      } else if (share == Share.NONE) {
        unexplainedChildren.add(child);
      }
      all = all.and(share);
    }
    if (all == Share.SOME) {
      explained.addAll(explainedChildren);
      unexplained.addAll(unexplainedChildren);
    }
    return all == Share.EMPTY && isCreatedInAdvance(directory, applicable) ? Share.ALL : all;
  }

  /** Whether an empty directory is one that a tool creates before it needs it. */
  private static boolean isCreatedInAdvance(Entry directory, List<BuildRecord> applicable) {
    return !applicable.isEmpty()
        && (SetuptoolsRecord.isBuildSubdirectory(directory.name())
            || directory.name().equals("CMakeFiles"));
  }

  /** Whether a directory is the build tree of a project that exists. */
  static boolean isBuildTree(Entry directory, HostEnvironment host) {
    FileLookup lookup = new FileLookup(directory.snapshot());
    return recordsAt(directory.path(), SetuptoolsRecord.isBuildDirectory(directory), lookup, host)
        .stream()
        .anyMatch(record -> lookup.isProject(record.sources()));
  }

  private static boolean mayHaveRecord(Entry directory) {
    return directory.hasFile(CMakeNames.CACHE)
        || directory.hasFile(CMakeNames.SKBUILD)
        || directory.hasDirectory("meson-info")
        || directory.hasFile(MesonRecord.MESON_PYTHON)
        || SetuptoolsRecord.isBuildDirectory(directory);
  }

  private boolean isExplained(Entry entry, List<BuildRecord> applicable) {
    if (applicable.isEmpty() || entry.path().toString().indexOf('\uFFFD') >= 0) {
      return false;
    } else if (!entry.isFile() && entry.kind() != FileKind.SYMLINK) {
      return false;
    }
    Path path = entry.path();
    return applicable.stream()
            .anyMatch(
                record ->
                    record.explains(
                        entry, RecordedPath.withSlashes(record.tree().relativize(path))))
        || isBytecode(entry);
  }

  /**
   * Whether a file is bytecode whose source exists. Python reads a file in {@code __pycache__} only
   * if its source exists.
   */
  private boolean isBytecode(Entry entry) {
    Matcher matcher = BYTECODE.matcher(entry.name());
    Path directory = requireNonNull(entry.path().getParent());
    return matcher.matches()
        && directory.endsWith("__pycache__")
        && lookup.file(directory.resolveSibling(matcher.group(1) + ".py")).isPresent();
  }

  private List<BuildRecord> recordsOf(Path directory, boolean isSetuptools) {
    Map<Boolean, List<BuildRecord>> all =
        recordsAt(directory, isSetuptools, lookup, host).stream()
            .collect(
                Collectors.partitioningBy(
                    record -> lookup.isProject(record.sources()) && accepted.test(record)));
    rejected.addAll(all.getOrDefault(false, List.of()));
    return all.getOrDefault(true, List.of());
  }

  private static List<BuildRecord> recordsAt(
      Path directory, boolean isSetuptools, FileLookup lookup, HostEnvironment host) {
    Records records = lookup.snapshot().derived(Records.class, snapshot -> new Records());
    List<BuildRecord> found =
        new ArrayList<>(
            records.byDirectory.computeIfAbsent(
                directory,
                path ->
                    Stream.<Optional<? extends BuildRecord>>of(
                            CMakeRecord.of(path, lookup, host), MesonRecord.of(path, lookup, host))
                        .<BuildRecord>flatMap(Optional::stream)
                        .toList()));
    if (isSetuptools) {
      found.add(SetuptoolsRecord.of(directory, lookup, host));
    }
    return found;
  }
}
