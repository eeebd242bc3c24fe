package dev.lowtide.policies.python.caches;

import dev.lowtide.HostEnvironment;
import dev.lowtide.policy.Account;
import dev.lowtide.policy.Account.Explanation;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.PolicyContext;
import dev.lowtide.policy.Retention;
import dev.lowtide.probe.Entry;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * How a tool names the entries in a part of its cache. The names tell the tool's entries from
 * others: a variable or a settings file may name any directory as a cache, and that may contain a
 * user's own folder called {@code wheels}. Entries with other names are reported and kept. If no
 * file in a top directory has a name of the tool, all of that directory is kept.
 *
 * @param tool the tool's name for messages
 * @param topDirectories the directories directly in the cache that this layout describes
 * @param directory matches the paths of the tool's directories, beginning with a top directory
 * @param file matches the paths of the tool's files in the same way
 * @param unitKey makes a key that is equal for the files of one directory that belong together
 */
record CacheLayout(
    String tool,
    Set<String> topDirectories,
    Pattern directory,
    Pattern file,
    Function<Entry, String> unitKey)
    implements Account {

  /** Whether an entry has a name that the tool gives. */
  private boolean isOfTool(Entry entry) {
    if (!entry.isDirectory() && !entry.isFile()) {
      return false;
    }
    return isOfTool(entry.path(), entry.isDirectory() ? directory : file);
  }

  private boolean isOfTool(Path path, Pattern pattern) {
    StringBuilder tail = new StringBuilder();
    for (int i = path.getNameCount() - 1; i >= 0; i--) {
      String name = path.getName(i).toString();
      tail.insert(0, name);
      if (topDirectories.contains(name) && pattern.matcher(tail).matches()) {
        // If a parent matches too, a person moved it there: no tool nests these directories
        return i == 0 || !isOfTool(path.subpath(0, i), directory);
      }
      tail.insert(0, '/');
    }
    return false;
  }

  /** Whether a directory contains files that the tool cached. */
  boolean isUsedIn(Entry cache) {
    for (String name : topDirectories) {
      Optional<Entry> top = cache.child(name).filter(Entry::isDirectory);
      if (top.isPresent()
          && top.get().entries().anyMatch(entry -> entry.isFile() && isOfTool(entry))) {
        return true;
      }
    }
    return false;
  }

  @Override
  public Explanation explain(Entry subtree, HostEnvironment host) {
    Explanation.Builder unexplained = new Explanation.Builder();
    subtree
        .entries()
        .filter(entry -> !isOfTool(entry))
        .forEach(entry -> unexplained.add(entry, "does not have a name that " + tool + " gives"));
    return unexplained.build();
  }

  /**
   * Proposes the entries of the tool: whole directories if everything in them can be removed, else
   * the units in them one by one.
   *
   * @param candidate makes a candidate from the name of a top directory and an entry in it
   */
  List<Candidate> propose(
      Entry cache, PolicyContext context, BiFunction<String, Entry, Candidate> candidate) {
    List<Candidate> candidates = new ArrayList<>();
    for (Entry top : cache.children()) {
      if (top.isDirectory() && topDirectories.contains(top.name())) {
        Part part = new Search(context, entry -> candidate.apply(top.name(), entry)).search(top);
        candidates.addAll(
            part.containsFilesOfTool()
                ? part.candidates()
                : List.of(withheldAsForeign(candidate.apply(top.name(), top))));
      }
    }
    return candidates;
  }

  private Candidate withheldAsForeign(Candidate candidate) {
    return candidate.withheld("it is not from " + tool);
  }

  /**
   * The result of searching a subtree.
   *
   * @param allOfTool whether everything in it is the tool's
   * @param containsFilesOfTool whether a file in it is the tool's
   * @param newest when the newest of the tool's files was written, if there are any
   */
  private record Part(
      boolean allOfTool,
      boolean containsFilesOfTool,
      Optional<Instant> newest,
      List<Candidate> candidates) {}

  private final class Search {
    private final Function<Entry, Candidate> candidate;
    private final PolicyContext context;

    /** Directories whose content is older than this are removed as a whole. */
    private final Optional<Instant> cutoff;

    Search(PolicyContext context, Function<Entry, Candidate> candidate) {
      this.candidate = candidate;
      this.context = context;
      Retention retention = context.retention();
      boolean byAgeAlone =
          !context.forGoal()
              && retention.maxSize().isEmpty()
              && retention.keepNewest().isEmpty()
              && retention.unusedSince().isEmpty();
      cutoff = byAgeAlone ? retention.olderThan().map(context.now()::minus) : Optional.empty();
    }

    Part search(Entry directory) {
      Map<String, Instant> written = new HashMap<>();
      List<Entry> files = new ArrayList<>();
      List<Candidate> candidates = new ArrayList<>();
      Optional<Instant> newest = Optional.empty();
      boolean allOfTool = isOfTool(directory);
      boolean containsFilesOfTool = false;
      boolean leaf = true;
      for (Entry child : directory.children()) {
        if (child.isDirectory()) {
          leaf = false;
          Part childPart = search(child);
          candidates.addAll(childPart.candidates());
          allOfTool &= childPart.allOfTool();
          containsFilesOfTool |= childPart.containsFilesOfTool();
          newest = later(newest, childPart.newest());
        } else if (isOfTool(child)) {
          files.add(child);
          containsFilesOfTool = true;
          written.merge(unitKey.apply(child), child.lastModified(), CacheLayout::later);
          newest = later(newest, Optional.of(child.lastModified()));
        } else {
          allOfTool = false;
          candidates.add(withheldAsForeign(candidate.apply(child)));
        }
      }
      boolean oneUnit = leaf && written.size() == 1;
      if (allOfTool && (newest.isEmpty() || mayBeRemovedTogether(newest.get()) || oneUnit)) {
        Instant time = newest.orElse(directory.lastModified());
        return new Part(
            true,
            containsFilesOfTool,
            newest,
            List.of(candidate.apply(directory).datedByModification(time)));
      } else if (!allOfTool && !containsFilesOfTool) {
        return new Part(
            false, false, newest, List.of(withheldAsForeign(candidate.apply(directory))));
      }
      for (Entry each : files) {
        Instant time = written.getOrDefault(unitKey.apply(each), each.lastModified());
        candidates.add(candidate.apply(each).datedByModification(time));
      }
      return new Part(allOfTool, containsFilesOfTool, newest, candidates);
    }

    private boolean mayBeRemovedTogether(Instant newest) {
      return !context.proposesSingly() || cutoff.filter(time -> !newest.isAfter(time)).isPresent();
    }
  }

  private static Instant later(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }

  private static Optional<Instant> later(Optional<Instant> one, Optional<Instant> other) {
    return one.isPresent() && other.isPresent()
        ? Optional.of(later(one.get(), other.get()))
        : one.or(() -> other);
  }
}
