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
 * One measurement that skips what is already known: in a directory that has not changed, it visits
 * only the subdirectories.
 *
 * <p>The two lowest bits of a directory's number are flags, see {@link #ADDRESSED}.
 */
final class IncrementalWalk implements TreeWalker.Receiver {
  /** Flag: the files of the directory are content-addressed. */
  private static final int ADDRESSED = 1;

  /**
   * Flag: the directory is content-addressed and has not changed, so that only its subdirectories
   * are visited.
   */
  private static final int UNCHANGED = 2;

  private final KnownTree known;
  private final boolean within;
  private final Set<Long> regions;
  private final Consumer<Problem> problems;
  private final AtomicInteger numbers = new AtomicInteger();
  private final List<Share> shares = new ArrayList<>();
  private long unreadable;

  /**
   * @param within whether the root is inside a content-addressed directory
   * @param regions the inodes of directories whose whole contents are content-addressed
   */
  IncrementalWalk(KnownTree known, boolean within, Set<Long> regions, Consumer<Problem> problems) {
    this.known = known;
    this.within = within;
    this.regions = regions;
    this.problems = problems;
  }

  @Override
  public synchronized TreeWalker.Visitor newVisitor() {
    Share share = new Share();
    shares.add(share);
    return share;
  }

  @Override
  public boolean wantsTimes() {
    return true; // the times of directories are needed: they show whether one has changed
  }

  @Override
  public synchronized void problem(Path path, String operation, IOException cause) {
    unreadable++;
    problems.accept(Problem.of(path, operation, cause));
  }

  /** The part of the walk that one thread does. */
  private final class Share implements TreeWalker.Visitor {
    /**
     * The sum of all directories, and of all other entries in directories that are not remembered.
     */
    final UsageSum sum = new UsageSum();

    final List<KnownDirectory> unchanged = new ArrayList<>();

    /** The directories that were read, by number. */
    final Map<Integer, KnownDirectory> read = new HashMap<>();

    /** What this thread has seen in each directory, even if another thread began with it. */
    final Map<Integer, KnownDirectory> parts = new HashMap<>();

    private int current = -1;
    private @Nullable KnownDirectory part;
    private @Nullable List<byte[]> only;

    @Override
    public int visit(int parent, TreeWalker.Name name, Stat stat) {
      boolean directory = stat.kind() == FileKind.DIRECTORY;
      boolean addressed = parent < 0 ? within : (parent & ADDRESSED) != 0;
      boolean listed = parent >= 0 && addressed && (parent & UNCHANGED) == 0;
      if (listed) {
        part(parent).add(name, stat);
      }
      if (directory || !listed) {
        sum.add(stat);
      }
      only = null;
      return directory ? number(addressed || regions.contains(stat.inode()), stat) : -1;
    }

    private int number(boolean addressed, Stat stat) {
      int number = numbers.getAndIncrement() << 2;
      if (!addressed) {
        return number;
      }
      KnownDirectory before = known.directory(stat.inode());
      if (before != null && before.isUnchanged(stat)) {
        unchanged.add(before);
        only = before.below();
        return number | ADDRESSED | UNCHANGED;
      }
      number |= ADDRESSED;
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

    /** Moving a directory further up does not change the times of this one. */
    @Override
    public void missed(int directory) {
      if ((directory & (ADDRESSED | UNCHANGED)) == ADDRESSED) {
        part(directory).missed();
      }
    }
  }

  /** The result of the walk. */
  final class Result {
    private final UsageSum total = new UsageSum();

    /** The files with several names that were visited in this walk. */
    private final LinkTable fresh = new LinkTable();

    private final LinkTable elsewhere = new LinkTable();
    private final List<KnownDirectory> unchanged = new ArrayList<>();
    private final Map<Integer, KnownDirectory> read = new HashMap<>();

    private Result() {
      for (Share share : shares) {
        total.add(share.sum);
        elsewhere.add(share.sum.linked());
        unchanged.addAll(share.unchanged);
        read.putAll(share.read);
      }
      for (Share share : shares) {
        share.parts.forEach(
            (number, part) -> {
              requireNonNull(read.get(number)).add(part);
            });
      }
      unchanged.forEach(each -> total.add(each.held()));
      read.values().forEach(each -> total.add(each.held()));
      fresh.add(elsewhere);
      read.values().forEach(each -> fresh.add(each.held().linked()));
    }

    DiskUsage usage() {
      return total.usage(unreadable);
    }

    /**
     * Whether names of files were added or removed so that the remembered sums may be wrong: a file
     * that had a single name in an unchanged directory and has got another one since would count
     * twice.
     */
    boolean isAmbiguous() {
      if (unchanged.isEmpty() || !isNews()) {
        return false;
      }
      LinkTable before = known.linked();
      boolean[] ambiguous = {false};
      fresh.forEach(
          (inode, kind, links, size, allocated, seen) ->
              ambiguous[0] |= total.linked().seen(inode) < links && before.links(inode) != links);
      total
          .linked()
          .forEach(
              (inode, kind, links, size, allocated, seen) ->
                  ambiguous[0] |= seen < links && before.seen(inode) == links);
      return ambiguous[0];
    }

    /** Whether the walk has found anything new to remember. */
    boolean isNews() {
      return !read.isEmpty()
          || unchanged.size() != known.size()
          || !elsewhere.tellsTheSameAs(known.linkedElsewhere());
    }

    /** Whether anything was skipped because it was already known. */
    boolean leftOut() {
      return !unchanged.isEmpty();
    }

    /** Whether everything could be read. */
    boolean isWhole() {
      return unreadable == 0;
    }

    /**
     * The state to remember for the next measurement.
     *
     * @param full when everything was last visited
     * @param nanos the beginning of the clock interval in which the walk began
     */
    KnownTree tree(Instant full, long nanos) {
      List<KnownDirectory> settled = new ArrayList<>(unchanged);
      LinkTable linkedElsewhere = new LinkTable();
      linkedElsewhere.add(elsewhere);
      for (KnownDirectory each : read.values()) {
        if (each.isSettled(nanos)) {
          settled.add(each);
        } else {
          linkedElsewhere.add(each.held().linked());
        }
      }
      return new KnownTree(full, settled, linkedElsewhere);
    }
  }

  /** The result; call it only after the walk has ended. */
  synchronized Result result() {
    return new Result();
  }
}
