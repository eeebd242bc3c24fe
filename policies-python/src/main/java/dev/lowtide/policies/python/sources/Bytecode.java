package dev.lowtide.policies.python.sources;

import static java.util.Objects.requireNonNull;

import dev.lowtide.CleanupTarget;
import dev.lowtide.HostEnvironment;
import dev.lowtide.policies.python.environments.SourceTree;
import dev.lowtide.policies.python.environments.VirtualEnvironments;
import dev.lowtide.policies.python.files.BytecodeName;
import dev.lowtide.policies.python.places.Places;
import dev.lowtide.policy.Account.Explanation;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Cause;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.RebuildCost;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Bytecode in {@code __pycache__} (PEP 3147), which Python reads only if the source is beside that
 * directory; Python 2's bytecode beside its sources, which Python also reads without the sources;
 * and the tree of bytecode that {@code PYTHONPYCACHEPREFIX} names.
 */
public final class Bytecode {
  private static final RebuildCost COST = RebuildCost.TRIVIAL;

  public static final Policy POLICY =
      Policy.of(
          "python.bytecode",
          "bytecode caches",
          COST,
          target ->
              target.kind() == CleanupTarget.Kind.WORKSPACE
                  || Places.isCache(Places.BYTECODE, target),
          Bytecode::propose,
          Bytecode::explain);

  private static final String PYCACHE = "__pycache__";
  private static final String REASON = "bytecode; Python compiles it again";

  /**
   * Names of any bytecode. They end in a number if the interpreter was killed while writing ({@code
   * _write_atomic} of CPython's importlib).
   */
  private static final Pattern ANY_BYTECODE = Pattern.compile(".+\\.py[co](\\.[0-9]+)?");

  /** As {@code importlib.util.cache_from_source} names it: {@code a.cpython-312.opt-1.pyc}. */
  private static final Pattern MIRRORED_BYTECODE =
      Pattern.compile(".+\\.[a-z]+-?[0-9]+[a-z]*(\\.opt-[a-z0-9]+)?\\.pyc(\\.[0-9]+)?");

  private Bytecode() {}

  static List<Candidate> propose(Snapshot snapshot, PolicyContext context) {
    List<Candidate> candidates = new ArrayList<>();
    if (context.target().id().equals(Places.BYTECODE)) {
      collectMirrored(snapshot.root(), context, candidates);
      return candidates;
    }
    collect(snapshot.root(), candidates);
    SourceTree.entries(snapshot)
        .filter(Entry::isDirectory)
        .filter(directory -> !VirtualEnvironments.isVirtualEnvironment(directory))
        .forEach(directory -> collect(directory, candidates));
    return candidates;
  }

  private static void collect(Entry directory, List<Candidate> candidates) {
    List<Entry> children = directory.children();
    if (!directory.name().equals(PYCACHE)) {
      List<Entry> compiled =
          children.stream()
              .filter(child -> child.isFile() && BytecodeName.isPycOrPyo(child.name()))
              .toList();
      if (!compiled.isEmpty()) {
        Set<String> files = files(directory);
        compiled.forEach(file -> candidates.add(judge(file, files)));
      }
      return;
    }
    Set<String> sources = directory.parent().map(Bytecode::files).orElse(Set.of());
    List<Candidate> compiled =
        children.stream()
            .filter(child -> child.isFile() && BytecodeName.source(child.name()).isPresent())
            .map(child -> judge(child, sources))
            .toList();
    boolean allRemovable =
        compiled.size() == children.size()
            && compiled.stream().allMatch(each -> each.withheld().isEmpty());
    if (allRemovable && directory.parent().isPresent()) {
      candidates.add(propose(directory));
    } else {
      candidates.addAll(compiled);
    }
  }

  private static Set<String> files(Entry directory) {
    return directory.children().stream()
        .filter(Entry::isFile)
        .map(Entry::name)
        .collect(Collectors.toSet());
  }

  /**
   * Explains bytecode by the source beside it, or beside its {@code __pycache__}. A {@linkplain
   * #collectMirrored mirrored} tree has no sources, so there the names decide.
   */
  static Explanation explain(Entry subtree, HostEnvironment host) {
    Path parent = requireNonNull(subtree.path().getParent());
    if (subtree.isDirectory() && subtree.name().equals(PYCACHE)) {
      return explain(subtree, filesBeside(subtree, host));
    } else if (parent.endsWith(PYCACHE)) {
      return explain(subtree, fileNames(requireNonNull(parent.getParent()), host));
    } else if (subtree.isFile() && BytecodeName.isBesideSource(subtree.name())) {
      return explain(subtree, filesBeside(subtree, host));
    }
    Explanation.Builder explanation = new Explanation.Builder();
    subtree
        .entries()
        .filter(entry -> !entry.isDirectory())
        .filter(entry -> !entry.isFile() || !isCompiled(entry, ANY_BYTECODE))
        .forEach(entry -> explanation.add(entry, "is not bytecode"));
    return explanation.build();
  }

  private static Explanation explain(Entry subtree, Set<String> sources) {
    Explanation.Builder explanation = new Explanation.Builder();
    subtree
        .entries()
        .skip(subtree.isDirectory() ? 1 : 0)
        .filter(
            entry ->
                !entry.isFile()
                    || BytecodeName.source(entry.name()).filter(sources::contains).isEmpty())
        .forEach(entry -> explanation.add(entry, "has no source beside it"));
    return explanation.build();
  }

  /**
   * The names of the files beside an entry: from the snapshot if it contains their directory,
   * otherwise from the disk.
   */
  private static Set<String> filesBeside(Entry entry, HostEnvironment host) {
    return entry
        .parent()
        .map(Bytecode::files)
        .orElseGet(() -> fileNames(requireNonNull(entry.path().getParent()), host));
  }

  private static Set<String> fileNames(Path directory, HostEnvironment host) {
    return host.list(directory).orElse(List.of()).stream()
        .map(file -> file.getFileName().toString())
        .collect(Collectors.toSet());
  }

  /**
   * Proposes bytecode in the directory that {@code PYTHONPYCACHEPREFIX} names. It mirrors the tree
   * of all sources, with bytecode instead of the sources. So its top directories have the names of
   * top directories of the machine, and it contains no {@code __pycache__}. Everything else is the
   * user's own and kept, without a report for empty directories. No source is looked for, since
   * Python reads this bytecode only if its source exists.
   */
  private static void collectMirrored(
      Entry cache, PolicyContext context, List<Candidate> candidates) {
    Path root = cache.path().getRoot();
    for (Entry child : cache.children()) {
      if (child.isDirectory() && !context.host().isGone(root.resolve(child.name()))) {
        collectMirrored(child, context.proposesSingly(), candidates);
      }
    }
  }

  /**
   * Proposes the bytecode in a directory of the mirrored tree.
   *
   * @param eachFileSeparately whether each file is judged by its own age
   * @return whether it contains only bytecode
   */
  private static boolean collectMirrored(
      Entry directory, boolean eachFileSeparately, List<Candidate> candidates) {
    List<Candidate> contents = new ArrayList<>();
    boolean onlyBytecode = !directory.name().equals(PYCACHE) && !directory.children().isEmpty();
    for (Entry child : directory.children()) {
      if (child.isDirectory()) {
        onlyBytecode &= collectMirrored(child, eachFileSeparately, contents);
      } else if (child.isFile()
          && isCompiled(child, MIRRORED_BYTECODE)
          && !directory.name().equals(PYCACHE)) {
        contents.add(propose(child));
      } else {
        onlyBytecode = false;
      }
    }
    if (onlyBytecode && !eachFileSeparately) {
      candidates.add(propose(directory));
    } else {
      candidates.addAll(contents);
    }
    return onlyBytecode;
  }

  private static boolean isCompiled(Entry file, Pattern pattern) {
    return pattern.matcher(file.name()).matches();
  }

  private static Candidate judge(Entry compiled, Set<String> files) {
    Optional<String> source = BytecodeName.source(compiled.name());
    return source.filter(files::contains).isPresent()
        ? propose(compiled)
        : propose(compiled).withheld("its source is not beside it, so it may be the only copy");
  }

  private static Candidate propose(Entry entry) {
    return Candidate.delete(entry, Cause.REGENERABLE, COST, REASON);
  }
}
