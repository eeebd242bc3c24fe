package dev.lowtide.policy;

import com.google.common.collect.ImmutableList;
import dev.lowtide.HostEnvironment;
import dev.lowtide.Printable;
import dev.lowtide.probe.Entry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Explains the entries of a candidate from the records of the tool that made them, such as a list
 * of installed files, a build system's list of outputs or a signature. It decides nothing and
 * changes nothing.
 *
 * <p>Lowtide calls it when planning and again right before removal. A candidate with an unexplained
 * entry is kept, so an entry in doubt must stay unexplained. Records are read once for each call; a
 * file is compared with its record by size and time, and by its content only if these do not
 * suffice.
 *
 * <p>Implementations must be safe for use by many threads.
 */
@FunctionalInterface
public interface Account {

  /**
   * Explains the entries of a subtree.
   *
   * @param subtree the candidate with everything below it, as it is now; its snapshot may contain
   *     only the subtree
   * @param host the machine, for records that name other paths
   */
  Explanation explain(Entry subtree, HostEnvironment host);

  /** Which entries of a candidate an {@link Account} could not explain, and why. Immutable. */
  final class Explanation {
    /** How many unexplained entries are kept with their reasons; the others are only counted. */
    public static final int MAX_LISTED = 20;

    private static final Explanation COMPLETE = new Explanation(ImmutableList.of(), 0);

    private final ImmutableList<Unexplained> unexplained;
    private final long count;

    private Explanation(ImmutableList<Unexplained> unexplained, long count) {
      this.unexplained = unexplained;
      this.count = count;
    }

    /**
     * An entry that no record explains.
     *
     * @param path of the entry
     * @param why as the end of a sentence that begins with the path: "is in no RECORD"
     */
    public record Unexplained(Path path, String why) {
      @Override
      public String toString() {
        return Printable.of(path) + " " + why;
      }
    }

    /** Every entry is explained. */
    public static Explanation complete() {
      return COMPLETE;
    }

    /** One entry is unexplained. */
    public static Explanation unexplained(Entry entry, String why) {
      return new Builder().add(entry, why).build();
    }

    /** Whether every entry is explained. */
    public boolean isComplete() {
      return count == 0;
    }

    /**
     * Whether this entry itself is unexplained, and not only something in it: it lacks the marker
     * of its tool, or no record names it. It must be added before the entries in it.
     */
    public boolean isMissingFor(Entry entry) {
      return unexplained.stream().anyMatch(each -> each.path().equals(entry.path()));
    }

    /** The first {@link #MAX_LISTED} unexplained entries. */
    public List<Unexplained> unexplained() {
      return unexplained;
    }

    /** How many entries are unexplained, including those that are not listed. */
    public long count() {
      return count;
    }

    /** One line for people: the first entries and the number of the others. */
    @Override
    public String toString() {
      String first =
          unexplained.stream().limit(3).map(Object::toString).collect(Collectors.joining("; "));
      return count > 3 ? first + "; and " + (count - 3) + " more" : first;
    }

    /** Collects unexplained entries. Not thread-safe. */
    public static final class Builder {
      private final List<Unexplained> unexplained = new ArrayList<>();
      private long count;

      /** A builder without unexplained entries. */
      public Builder() {}

      /** Adds an entry that is unexplained. */
      public Builder add(Entry entry, String why) {
        count++;
        if (unexplained.size() < MAX_LISTED) {
          unexplained.add(new Unexplained(entry.path(), why));
        }
        return this;
      }

      /** Adds the unexplained entries of another explanation. */
      public Builder addAll(Explanation other) {
        count += other.count;
        other.unexplained.stream().limit(MAX_LISTED - unexplained.size()).forEach(unexplained::add);
        return this;
      }

      /** The entries collected so far. */
      public Explanation build() {
        return count == 0 ? COMPLETE : new Explanation(ImmutableList.copyOf(unexplained), count);
      }
    }
  }
}
