package dev.lowtide.probe;

import static java.util.Objects.requireNonNull;

import dev.lowtide.FileKind;
import dev.lowtide.Problem;
import dev.lowtide.fs.Stat;
import dev.lowtide.fs.TreeWalker;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One measurement that skips known entries: in a directory that has not changed, it visits only the
 * subdirectories.
 *
 * <p>The two lowest bits of a directory's number are the flags {@link #CONTENT_ADDRESSED} and
 * {@link #UNCHANGED}.
 */
final class IncrementalWalk implements TreeWalker.Receiver {
  /** Flag: the files of the directory are content-addressed. */
  private static final int CONTENT_ADDRESSED = 1;

  /**
   * Flag, only together with {@link #CONTENT_ADDRESSED}: the directory has not changed, so that
   * only its subdirectories are visited.
   */
  private static final int UNCHANGED = 2;

  private final KnownTree known;
  private final boolean isInside;
  private final Set<Long> regions;
  private final Consumer<Problem> problems;
  private final AtomicInteger numbers = new AtomicInteger();
  private final List<ThreadPart> threadParts = new ArrayList<>();
  private long unreadable;

  /**
   * @param isInside whether the root is inside a content-addressed directory
   * @param regions the inodes of directories whose whole contents are content-addressed
   */
  IncrementalWalk(
      KnownTree known, boolean isInside, Set<Long> regions, Consumer<Problem> problems) {
    this.known = known;
    this.isInside = isInside;
    this.regions = regions;
    this.problems = problems;
  }

  @Override
  public synchronized TreeWalker.Visitor newVisitor() {
    ThreadPart threadPart = new ThreadPart();
    threadParts.add(threadPart);
    return threadPart;
  }

  @Override
  public boolean wantsTimes() {
    return true; // the times of a directory show whether it has changed
  }

  @Override
  public synchronized void problem(Path path, String operation, IOException cause) {
    unreadable++;
    problems.accept(Problem.of(path, operation, cause));
  }

  /** The part of the walk that one thread does. */
  private final class ThreadPart implements TreeWalker.Visitor {
    /**
     * The sum of all visited directories, and of the other entries in directories whose files are
     * not content-addressed.
     */
    final UsageSum sum = new UsageSum();

    /** The remembered directories that this thread found unchanged. */
    final List<KnownDirectory> unchanged = new ArrayList<>();

    /** The content-addressed directories that are read again, by number; without their entries. */
    final Map<Integer, KnownDirectory> read = new HashMap<>();

    /**
     * The entries that this thread visited in the directories that are read again, by the number of
     * the directory. Other threads may visit other entries of the same directory.
     */
    final Map<Integer, KnownDirectory> parts = new HashMap<>();

    private int current = -1;
    private @Nullable KnownDirectory part;
    private @Nullable List<byte[]> only;

    @Override
    public int visit(int parent, TreeWalker.Name name, Stat stat) {
      boolean directory = stat.kind() == FileKind.DIRECTORY;
      boolean isAddressed = parent < 0 ? isInside : (parent & CONTENT_ADDRESSED) != 0;
      boolean isListed = parent >= 0 && isAddressed && (parent & UNCHANGED) == 0;
      if (isListed) {
        part(parent).add(name, stat);
      }
      if (directory || !isListed) {
        sum.add(stat);
      }
      only = null;
      return directory ? number(isAddressed || regions.contains(stat.inode()), stat) : -1;
    }

    private int number(boolean isAddressed, Stat stat) {
      int number = numbers.getAndIncrement() << 2;
      if (!isAddressed) {
        return number;
      }
      KnownDirectory before = known.directory(stat.inode());
      if (before != null && before.isUnchanged(stat)) {
        unchanged.add(before);
        only = before.subdirectories();
        return number | CONTENT_ADDRESSED | UNCHANGED;
      }
      number |= CONTENT_ADDRESSED;
      read.put(number, KnownDirectory.of(stat));
      return number;
    }

    private KnownDirectory part(int number) {
      KnownDirectory found = part;
      if (found == null || number != current) {
        found = parts.computeIfAbsent(number, each -> KnownDirectory.of(new Stat()));
        part = found;
        current = number;
      }
      return found;
    }

    @Override
    public @Nullable List<byte[]> onlyNames(int directory) {
      return only;
    }

    /**
     * Marks the directory as incomplete: if an ancestor was moved during the walk, entries may be
     * missing although the times of this directory do not change.
     */
    @Override
    public void missed(int directory) {
      if ((directory & (CONTENT_ADDRESSED | UNCHANGED)) == CONTENT_ADDRESSED) {
        part(directory).markIncomplete();
      }
    }
  }

  /** The result of the walk. */
  final class Result {
    private final UsageSum total = new UsageSum();

    /** The files with several names that were visited in this walk. */
    private final LinkTable visitedLinks = new LinkTable();

    private final LinkTable unrememberedLinks = new LinkTable();
    private final List<KnownDirectory> unchanged = new ArrayList<>();
    private final Map<Integer, KnownDirectory> read = new HashMap<>();

    private Result() {
      for (ThreadPart threadPart : threadParts) {
        total.add(threadPart.sum);
        unrememberedLinks.add(threadPart.sum.linked());
        unchanged.addAll(threadPart.unchanged);
        read.putAll(threadPart.read);
      }
      for (ThreadPart threadPart : threadParts) {
        threadPart.parts.forEach(
            (number, part) -> {
              requireNonNull(read.get(number)).add(part);
            });
      }
      unchanged.forEach(each -> total.add(each.sum()));
      read.values().forEach(each -> total.add(each.sum()));
      visitedLinks.add(unrememberedLinks);
      read.values().forEach(each -> visitedLinks.add(each.sum().linked()));
    }

    DiskUsage usage() {
      return total.usage(unreadable);
    }

    /**
     * Whether the remembered sums may be wrong because files have got or lost names. For example, a
     * file that had a single name, in an unchanged directory, would count twice if this walk has
     * visited a second name.
     */
    boolean isAmbiguous() {
      if (unchanged.isEmpty() || !hasChanges()) {
        return false;
      }
      LinkTable before = known.linked();
      boolean[] ambiguous = {false};
      visitedLinks.forEach(
          (inode, kind, links, size, allocated, seen) ->
              ambiguous[0] |= total.linked().seen(inode) < links && before.links(inode) != links);
      total
          .linked()
          .forEach(
              (inode, kind, links, size, allocated, seen) ->
                  ambiguous[0] |= seen < links && before.seen(inode) == links);
      return ambiguous[0];
    }

    /** Whether the walk has found changes that must be remembered. */
    boolean hasChanges() {
      return !read.isEmpty()
          || unchanged.size() != known.size()
          || !unrememberedLinks.hasSameLinksAs(known.linkedElsewhere());
    }

    /** Whether entries were skipped because their directory was known and unchanged. */
    boolean hasSkipped() {
      return !unchanged.isEmpty();
    }

    /** Whether everything could be read. */
    boolean isComplete() {
      return unreadable == 0;
    }

    /**
     * The state to store for the next measurement.
     *
     * @param full when everything was last visited
     * @param nanos the beginning of the clock interval in which the walk began
     */
    KnownTree tree(Instant full, long nanos) {
      List<KnownDirectory> settledDirectories = new ArrayList<>(unchanged);
      LinkTable linkedElsewhere = new LinkTable();
      linkedElsewhere.add(unrememberedLinks);
      for (KnownDirectory each : read.values()) {
        if (each.isSettled(nanos)) {
          settledDirectories.add(each);
        } else {
          linkedElsewhere.add(each.sum().linked());
        }
      }
      return new KnownTree(full, settledDirectories, linkedElsewhere);
    }
  }

  /** The result; call it only after the walk has ended. */
  synchronized Result result() {
    return new Result();
  }
}
