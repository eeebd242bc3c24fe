package dev.lowtide.policies.python.buildtrees;

import static java.util.Objects.requireNonNull;

import dev.lowtide.FileKind;
import dev.lowtide.HostEnvironment;
import dev.lowtide.policies.python.files.Beside;
import dev.lowtide.policies.python.files.RecordedPath;
import dev.lowtide.policy.Account;
import dev.lowtide.policy.Explanation;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Explains a build tree, or a part of one, by what CMake, Meson, ninja and setuptools recorded. One
 * tree may lie in another: setuptools runs CMake in its {@code temp*}, and CMake runs itself for
 * FetchContent. Where sources lie among what was built, they are what no record explains. For one
 * thread; {@link #ACCOUNT} makes one for each question.
 */
public final class BuildAccount {
  static final Account ACCOUNT =
      (subtree, host) -> {
        Explanation.Builder unexplained = new Explanation.Builder();
        new BuildAccount(subtree, host, record -> true)
            .unexplained()
            .forEach(entry -> unexplained.add(entry, "is in no build record"));
        return unexplained.build();
      };

  /** What was read for a snapshot, which is asked about part by part. Holds no entries. */
  private static final Map<Snapshot, Map<Path, List<BuildRecord>>> READ =
      Collections.synchronizedMap(new WeakHashMap<>());

  private static final Pattern BYTECODE =
      Pattern.compile("([^.]+)\\.[a-z]+-?[0-9]{2,3}[a-z]?(\\.opt-[12])?\\.pyc");

  private final HostEnvironment host;
  private final Predicate<BuildRecord> accepted;
  private final Beside beside;
  private final List<BuildRecord> records = new ArrayList<>();
  private final List<BuildRecord> rejected = new ArrayList<>();
  private final List<Entry> explained = new ArrayList<>();
  private final List<Entry> unexplained = new ArrayList<>();

  /** How much of a directory is explained; nothing of an empty one needs to be. */
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
   * Looks at a subtree, a whole build tree or a part of one.
   *
   * @param accepted which records count
   */
  BuildAccount(Entry subtree, HostEnvironment host, Predicate<BuildRecord> accepted) {
    this.host = host;
    this.accepted = accepted;
    this.beside = new Beside(subtree.snapshot());
    List<Path> directories = new ArrayList<>();
    for (Path path = subtree.path().getParent(); path != null; path = path.getParent()) {
      directories.add(0, path);
    }
    for (Path directory : directories) {
      boolean isSetuptools =
          SetuptoolsRecord.isPart(directory.relativize(subtree.path()).getName(0).toString());
      records.addAll(recordsOf(directory, isSetuptools));
    }
    Share share = look(subtree, List.copyOf(records));
    if (share == Share.ALL || (share == Share.EMPTY && !records.isEmpty())) {
      explained.add(subtree);
    } else if (share != Share.SOME) {
      unexplained.add(subtree);
    }
  }

  /** The parts that are explained as wholes: the subtree itself, or none that lies in another. */
  List<Entry> explained() {
    return explained;
  }

  /** The parts of which nothing is explained, none of which lies in another. */
  List<Entry> unexplained() {
    return unexplained;
  }

  /** All records at, above and below the subtree. */
  List<BuildRecord> records() {
    return records;
  }

  /** Records that do not count, since they were not accepted or their project is gone. */
  List<BuildRecord> rejected() {
    return rejected;
  }

  private Share look(Entry directory, List<BuildRecord> outer) {
    if (!directory.isDirectory()) {
      return isExplained(directory, outer) ? Share.ALL : Share.NONE;
    }
    List<BuildRecord> own =
        isMarked(directory)
            ? recordsOf(directory.path(), SetuptoolsRecord.isOne(directory))
            : List.of();
    records.addAll(own);
    List<BuildRecord> known = new ArrayList<>(outer);
    known.addAll(own);
    List<Entry> whole = new ArrayList<>();
    List<Entry> nothing = new ArrayList<>();
    Share all = Share.EMPTY;
    for (Entry child : directory.children()) {
      Share share = look(child, known);
      if (share == Share.ALL) {
        whole.add(child);
      } else if (share == Share.NONE) {
        nothing.add(child);
      }
      all = all.and(share);
    }
    if (all == Share.SOME) {
      explained.addAll(whole);
      unexplained.addAll(nothing);
    }
    return all == Share.EMPTY && isMadeEmpty(directory, known) ? Share.ALL : all;
  }

  /** Tools make directories before they know whether they have something for them. */
  private static boolean isMadeEmpty(Entry directory, List<BuildRecord> known) {
    return !known.isEmpty()
        && (SetuptoolsRecord.isPart(directory.name()) || directory.name().equals("CMakeFiles"));
  }

  /** Whether a directory itself is a build tree of a project that is there. */
  static boolean isTree(Entry directory, HostEnvironment host) {
    Beside beside = new Beside(directory.snapshot());
    return recordsAt(directory.path(), SetuptoolsRecord.isOne(directory), beside, host).stream()
        .anyMatch(record -> beside.isProject(record.sources()));
  }

  private static boolean isMarked(Entry directory) {
    return directory.hasFile(CMakeNames.CACHE)
        || directory.hasFile(CMakeNames.SKBUILD)
        || directory.hasDirectory("meson-info")
        || directory.hasFile(MesonRecord.MESON_PYTHON)
        || SetuptoolsRecord.isOne(directory);
  }

  private boolean isExplained(Entry entry, List<BuildRecord> known) {
    if (known.isEmpty() || entry.path().toString().indexOf('\uFFFD') >= 0) {
      return false;
    } else if (!entry.isFile() && entry.kind() != FileKind.SYMLINK) {
      return false;
    }
    Path path = entry.path();
    return known.stream()
            .anyMatch(
                record ->
                    record.explains(entry, RecordedPath.slashed(record.tree().relativize(path))))
        || isBytecode(entry);
  }

  /** With its source beside it, as Python itself demands. */
  private boolean isBytecode(Entry entry) {
    Matcher matcher = BYTECODE.matcher(entry.name());
    Path directory = requireNonNull(entry.path().getParent());
    return matcher.matches()
        && directory.endsWith("__pycache__")
        && beside.file(directory.resolveSibling(matcher.group(1) + ".py")).isPresent();
  }

  private List<BuildRecord> recordsOf(Path directory, boolean isSetuptools) {
    Map<Boolean, List<BuildRecord>> all =
        recordsAt(directory, isSetuptools, beside, host).stream()
            .collect(
                Collectors.partitioningBy(
                    record -> beside.isProject(record.sources()) && accepted.test(record)));
    rejected.addAll(all.getOrDefault(false, List.of()));
    return all.getOrDefault(true, List.of());
  }

  private static List<BuildRecord> recordsAt(
      Path directory, boolean isSetuptools, Beside beside, HostEnvironment host) {
    Map<Path, List<BuildRecord>> read =
        READ.computeIfAbsent(beside.snapshot(), snapshot -> new ConcurrentHashMap<>());
    List<BuildRecord> found =
        new ArrayList<>(
            read.computeIfAbsent(
                directory,
                path ->
                    Stream.<Optional<? extends BuildRecord>>of(
                            CMakeRecord.of(path, beside, host), MesonRecord.of(path, beside, host))
                        .<BuildRecord>flatMap(Optional::stream)
                        .toList()));
    if (isSetuptools) {
      found.add(SetuptoolsRecord.of(directory, beside, host));
    }
    return found;
  }
}
