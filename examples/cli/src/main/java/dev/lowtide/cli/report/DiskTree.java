package dev.lowtide.cli.report;

import com.google.common.math.LongMath;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.lowtide.BoundedSize;
import dev.lowtide.BoundedSize.Bound;
import dev.lowtide.Printable;
import dev.lowtide.Problem;
import dev.lowtide.probe.DiskUsage;
import dev.lowtide.probe.Entry;
import dev.lowtide.probe.Snapshot;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A tree of sizes for a report. It shows only as much as can be seen: entries smaller than 0.05% of
 * the whole are merged into the "others" of their directory, however many there are. Bytes are
 * allocated bytes; a file with several names counts under the first one.
 *
 * <p>Immutable.
 */
public final class DiskTree {
  private static final long SMALLEST_SHARE = 2000;

  /** A limit for deep trees with many large directories. */
  private static final int MAX_NODES = 20_000;

  /** What a command does, or did, to an entry. */
  public enum Mark {
    /** It is removed, with everything below it. */
    GOES("goes"),
    /** A policy proposed it, and it is kept with everything below it. */
    STAYS("stays"),
    /** It is larger than before. */
    GREW("grown"),
    /** It is new, with everything below it. */
    NEW("grown");

    private final String key;

    Mark(String key) {
      this.key = key;
    }
  }

  private final Node root;
  private final String path;
  private final DiskUsage usage;
  private final Map<Path, Long> marked;
  private final long aggregated;

  private DiskTree(Node root, String path, DiskUsage usage, Growing growing) {
    this.root = root;
    this.path = path;
    this.usage = usage;
    this.marked = growing.marked;
    this.aggregated = growing.aggregated;
  }

  /**
   * The tree of a snapshot.
   *
   * @param name the name of the location
   * @param marks by absolute path; paths outside of the snapshot are ignored
   */
  public static DiskTree of(String name, Snapshot snapshot, Map<Path, Mark> marks) {
    DiskUsage usage = snapshot.usage();
    Growing growing =
        new Growing(
            marks,
            named(snapshot, marks.keySet()),
            openEnds(snapshot),
            Math.max(1, usage.allocatedBytes() / SMALLEST_SHARE));
    snapshot.entries().forEach(growing::add);
    Node root = growing.finish();
    root.name = name;
    return new DiskTree(root, Printable.of(snapshot.rootPath()), usage, growing);
  }

  /** The size of the whole tree. */
  public DiskUsage usage() {
    return usage;
  }

  /** The size of a marked path with everything below it; empty if it is not in the tree. */
  Optional<BoundedSize> size(Path path) {
    return Optional.ofNullable(marked.get(path))
        .map(
            bytes -> new BoundedSize(bytes, usage.allocatedExact() ? Bound.EXACT : Bound.ESTIMATE));
  }

  /** The number of entries that are merged into others. */
  long aggregated() {
    return aggregated;
  }

  /** The path, printable. */
  String path() {
    return path;
  }

  JsonObject json() {
    JsonObject json = root.json();
    json.addProperty("path", path);
    if (!usage.allocatedExact()) {
      json.addProperty("bound", Bound.ESTIMATE.word());
    }
    return json;
  }

  private static Map<Entry, Path> named(Snapshot snapshot, Set<Path> paths) {
    Map<Entry, Path> named = new HashMap<>();
    for (Path path : paths) {
      entry(snapshot, path).ifPresent(entry -> named.put(entry, path));
    }
    return named;
  }

  /** The directories whose sizes are "at least", because something below them could not be read. */
  private static Set<Entry> openEnds(Snapshot snapshot) {
    Set<Entry> ends = new HashSet<>();
    for (Problem problem : snapshot.problems()) {
      Optional<Entry> entry = entry(snapshot, problem.path());
      while (entry.isPresent() && ends.add(entry.get())) {
        entry = entry.get().parent();
      }
    }
    return ends;
  }

  private static Optional<Entry> entry(Snapshot snapshot, Path path) {
    return path.startsWith(snapshot.rootPath()) ? snapshot.entry(path) : Optional.empty();
  }

  /** A directory, a file, or several small ones. */
  private static final class Node {
    String name;
    final @Nullable Path marked;
    final @Nullable Mark mark;
    final Map<Mark, Long> bytesOf = new EnumMap<>(Mark.class);
    final List<Node> children = new ArrayList<>();
    @Nullable Node others;
    long bytes;
    long entries;
    int end;
    boolean least;

    Node(String name, @Nullable Path marked, @Nullable Mark mark) {
      this.name = name;
      this.marked = marked;
      this.mark = mark;
    }

    void count(Node part) {
      bytes = LongMath.saturatedAdd(bytes, part.bytes);
      entries += part.entries;
      part.bytesOf.forEach((mark, bytes) -> bytesOf.merge(mark, bytes, LongMath::saturatedAdd));
    }

    JsonObject json() {
      JsonObject json = new JsonObject();
      json.addProperty("name", Printable.of(name));
      json.addProperty("bytes", bytes);
      json.addProperty("entries", entries);
      for (Mark each : Mark.values()) {
        long of = bytesOf.getOrDefault(each, 0L);
        if (of > 0) {
          json.addProperty(each.key, json.has(each.key) ? json.get(each.key).getAsLong() + of : of);
        }
      }
      if (least) {
        json.addProperty("bound", Bound.AT_LEAST.word());
      }
      // If all of it is small, the directory itself is enough
      if (!children.isEmpty()) {
        JsonArray array = new JsonArray();
        children.forEach(child -> array.add(child.json()));
        if (others != null) {
          JsonObject rest = others.json();
          rest.addProperty("others", others.entries);
          array.add(rest);
        }
        json.add("children", array);
      }
      return json;
    }
  }

  /** Builds the nodes from entries in tree order, and keeps only the large ones. */
  private static final class Growing {
    private final Map<Path, Mark> marks;
    private final Map<Entry, Path> named;
    private final Set<Entry> openEnds;
    private final long smallest;
    private final Deque<Node> open = new ArrayDeque<>();
    private final Map<Path, Long> marked = new HashMap<>();
    private final Set<Long> linked = new HashSet<>();
    private int visited;
    private int kept;
    private long aggregated;

    Growing(Map<Path, Mark> marks, Map<Entry, Path> named, Set<Entry> openEnds, long smallest) {
      this.marks = marks;
      this.named = named;
      this.openEnds = openEnds;
      this.smallest = smallest;
    }

    void add(Entry entry) {
      while (!open.isEmpty() && open.getLast().end <= visited) {
        close();
      }
      Node parent = open.peekLast();
      Mark above = parent == null || parent.mark == Mark.GREW ? null : parent.mark;
      Path at = named.get(entry);
      Mark mark = at == null ? above : marks.get(at);
      Node node = new Node(entry.name(), at, mark);
      node.end = visited + entry.count();
      node.bytes = bytes(entry);
      node.entries = 1;
      node.least = openEnds.contains(entry);
      if (mark != null) {
        node.bytesOf.put(mark, node.bytes);
      }
      open.addLast(node);
      visited++;
    }

    /** The size of the entry itself; a file with several names counts under the first one. */
    private long bytes(Entry entry) {
      boolean again = !entry.isDirectory() && entry.links() != 1 && !linked.add(entry.inode());
      return again ? 0 : entry.ownBytes();
    }

    private void close() {
      Node node = open.removeLast();
      record(node);
      Node parent = open.getLast();
      parent.count(node);
      if (node.bytes >= smallest && kept < MAX_NODES) {
        kept++;
        parent.children.add(node);
      } else {
        parent.others = parent.others == null ? new Node("others", null, null) : parent.others;
        parent.others.count(node);
        aggregated++;
      }
    }

    private void record(Node node) {
      if (node.marked != null) {
        marked.put(node.marked, node.bytes);
      }
    }

    Node finish() {
      while (open.size() > 1) {
        close();
      }
      record(open.getLast());
      return open.getLast();
    }
  }

  /** The sum of several trees. */
  static DiskUsage sum(Collection<DiskTree> trees) {
    return trees.stream().map(DiskTree::usage).reduce(DiskUsage.NONE, DiskUsage::plus);
  }
}
