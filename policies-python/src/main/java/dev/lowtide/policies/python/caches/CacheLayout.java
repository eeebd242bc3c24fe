package dev.lowtide.policies.python.caches;

import dev.lowtide.HostEnvironment;
import dev.lowtide.policy.Account;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Explanation;
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
 * How a tool lays out a part of its cache, by which its own entries are told from anybody else's: a
 * variable or a settings file may name any directory as a cache, and a person may have a folder
 * called {@code wheels} there. What the tool would not have named so is reported and stays, and so
 * does everything where nothing at all is the tool's.
 *
 * @param tool its name, for people
 * @param tops the directories that lie directly in the cache
 * @param directory what the paths of its directories look like, from one of the tops on
 * @param file the same of its files
 * @param unit what files of one directory that belong together have in common
 */
record CacheLayout(
    String tool, Set<String> tops, Pattern directory, Pattern file, Function<Entry, String> unit)
    implements Account {

  /** Whether an entry looks like one that the tool has made. */
  private boolean isMade(Entry entry) {
    if (!entry.isDirectory() && !entry.isFile()) {
      return false;
    }
    return isMade(entry.path(), entry.isDirectory() ? directory : file);
  }

  private boolean isMade(Path path, Pattern pattern) {
    StringBuilder tail = new StringBuilder();
    for (int i = path.getNameCount() - 1; i >= 0; i--) {
      String name = path.getName(i).toString();
      tail.insert(0, name);
      if (tops.contains(name) && pattern.matcher(tail).matches()) {
        // No tool puts one of these directories into another: a person moved it there
        return i == 0 || !isMade(path.subpath(0, i), directory);
      }
      tail.insert(0, '/');
    }
    return false;
  }

  /** Whether a directory holds what the tool has cached. */
  boolean isUsedIn(Entry cache) {
    for (String name : tops) {
      Optional<Entry> top = cache.child(name).filter(Entry::isDirectory);
      if (top.isPresent()
          && top.get().entries().anyMatch(entry -> entry.isFile() && isMade(entry))) {
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
        .filter(entry -> !isMade(entry))
        .forEach(entry -> unexplained.add(entry, "is not named as " + tool + " names its own"));
    return unexplained.build();
  }

  /**
   * Proposes what the tool has made: whole directories where all of it may go, else single units.
   *
   * @param candidate makes a candidate of an entry, which lies in the given top
   */
  List<Candidate> propose(
      Entry cache, PolicyContext context, BiFunction<String, Entry, Candidate> candidate) {
    List<Candidate> candidates = new ArrayList<>();
    for (Entry top : cache.children()) {
      if (top.isDirectory() && tops.contains(top.name())) {
        Part part = new Search(context, entry -> candidate.apply(top.name(), entry)).look(top);
        candidates.addAll(
            part.anyMade()
                ? part.candidates()
                : List.of(foreign(candidate.apply(top.name(), top))));
      }
    }
    return candidates;
  }

  private Candidate foreign(Candidate candidate) {
    return candidate.withheld("it is not a file of " + tool);
  }

  /**
   * What a subtree holds.
   *
   * @param whole whether all of it is the tool's
   * @param anyMade whether a file in it is the tool's
   * @param newest when the last of its files was written, if there are any
   */
  private record Part(
      boolean whole, boolean anyMade, Optional<Instant> newest, List<Candidate> candidates) {}

  private final class Search {
    private final Function<Entry, Candidate> candidate;
    private final PolicyContext context;

    /** What is older than this may go by whole directories. */
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

    Part look(Entry directory) {
      Map<String, Instant> written = new HashMap<>();
      List<Entry> files = new ArrayList<>();
      List<Candidate> candidates = new ArrayList<>();
      Optional<Instant> newest = Optional.empty();
      boolean whole = isMade(directory);
      boolean anyMade = false;
      boolean leaf = true;
      for (Entry child : directory.children()) {
        if (child.isDirectory()) {
          leaf = false;
          Part part = look(child);
          candidates.addAll(part.candidates());
          whole &= part.whole();
          anyMade |= part.anyMade();
          newest = later(newest, part.newest());
        } else if (isMade(child)) {
          files.add(child);
          anyMade = true;
          written.merge(unit.apply(child), child.lastModified(), CacheLayout::later);
          newest = later(newest, Optional.of(child.lastModified()));
        } else {
          whole = false;
          candidates.add(foreign(candidate.apply(child)));
        }
      }
      boolean oneUnit = leaf && written.size() == 1;
      if (whole && (newest.isEmpty() || mayGoTogether(newest.get()) || oneUnit)) {
        Instant time = newest.orElse(directory.lastModified());
        return new Part(
            true, anyMade, newest, List.of(candidate.apply(directory).datedByModification(time)));
      } else if (!whole && !anyMade) {
        return new Part(false, false, newest, List.of(foreign(candidate.apply(directory))));
      }
      for (Entry each : files) {
        Instant time = written.getOrDefault(unit.apply(each), each.lastModified());
        candidates.add(candidate.apply(each).datedByModification(time));
      }
      return new Part(whole, anyMade, newest, candidates);
    }

    private boolean mayGoTogether(Instant newest) {
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
