package dev.lowtide.fs;

import dev.lowtide.FileKind;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The walker for Linux: getdents64(2) and statx(2) relative to open directories, so that the kernel
 * never resolves a path of more than one name, and no Java string is created for a name that no
 * visitor stores.
 *
 * <p>A directory stays open until the last directory in it is opened. While {@value #MAX_OPEN} are
 * open, further ones are closed as soon as they are read, and their subdirectories are opened step
 * by step from the nearest open directory.
 */
final class LinuxTreeWalker implements TreeWalker {
  /**
   * The maximum number of directories that stay open for their subdirectories, well below the usual
   * limit of 1024 descriptors. The walk also works with a lower limit.
   */
  static final int MAX_OPEN = 256;

  @Override
  public String name() {
    return "linux";
  }

  @Override
  public void walk(Path root, Receiver receiver) throws IOException {
    if (!root.getFileSystem().equals(FileSystems.getDefault())) {
      TreeWalker.portable().walk(root, receiver);
      return;
    }
    WalkMemory memory = WalkMemory.take();
    try (Walk walk = new Walk(root, receiver, memory)) {
      Stat stat = new Stat();
      int error = memory.calls.stat(Libc.AT_FDCWD, walk.rootName);
      if (error < 0) {
        throw Errno.exception(root, -error);
      }
      memory.calls.statx().fill(stat);
      walk.device = stat.device();
      Visitor first = receiver.newVisitor();
      int id = first.visit(-1, () -> Names.bytes(root), stat);
      if (stat.kind() == FileKind.DIRECTORY) {
        Directory top = new Directory(null, new byte[0], id, first.onlyNames(id), false);
        WorkerPool.work(new Work(top, null, 0), pool -> new WalkWorker(pool, walk));
      }
    } finally {
      memory.release();
    }
  }

  /** What the threads of one walk share. */
  private static final class Walk implements AutoCloseable {
    final Path root;
    final MemorySegment rootName;
    final Receiver receiver;
    final AtomicInteger open = new AtomicInteger();
    final ConcurrentLinkedQueue<MemorySegment> freeBuffers = new ConcurrentLinkedQueue<>();
    final Set<Path> servedByOthers;
    private final AtomicReference<@Nullable WalkMemory> callersMemory;
    private @Nullable Arena arena; // guarded by this; few walks need it
    long device;

    Walk(Path root, Receiver receiver, WalkMemory callersMemory) throws IOException {
      this.root = root;
      this.receiver = receiver;
      this.callersMemory = new AtomicReference<>(callersMemory);
      this.rootName = callersMemory.path(root);
      this.servedByOthers = MountTable.read().servedByOthersAtOrBelow(root);
      freeBuffers.add(callersMemory.names);
    }

    /** The memory of the calling thread for the first worker, which runs on it; new for others. */
    WalkMemory memoryOfWorker() {
      WalkMemory callers = callersMemory.getAndSet(null);
      if (callers != null) {
        return callers;
      }
      WalkMemory memory = new WalkMemory();
      freeBuffers.add(memory.names);
      return memory;
    }

    MemorySegment buffer() {
      MemorySegment free = freeBuffers.poll();
      return free == null ? allocate() : free;
    }

    private synchronized MemorySegment allocate() {
      if (arena == null) {
        arena = Arena.ofShared();
      }
      return arena.allocate(WalkMemory.BUFFER_BYTES, 8);
    }

    @Override
    public synchronized void close() {
      if (arena != null) {
        arena.close();
      }
    }
  }

  /** A directory to read or, if a buffer is given, some of its names to visit. */
  private record Work(Directory directory, @Nullable MemorySegment names, int bytes) {}

  /** A directory of the tree, with a reference count of its descriptor. */
  private static final class Directory {
    private static final int CLOSED = -1;

    final @Nullable Directory parent;
    final byte[] name;
    final int id;

    /** The names in it to visit; null for all. */
    final @Nullable List<byte[]> only;

    /** Whether this directory keeps its parent open until it is opened itself. */
    final boolean holdsParent;

    // guarded by this
    private int descriptor = CLOSED;
    private int references;

    Directory(
        @Nullable Directory parent,
        byte[] name,
        int id,
        @Nullable List<byte[]> only,
        boolean holdsParent) {
      this.parent = parent;
      this.name = name;
      this.id = id;
      this.only = only;
      this.holdsParent = holdsParent;
    }

    synchronized void opened(int newDescriptor) {
      descriptor = newDescriptor;
      references = 1;
    }

    /** Adds a reference if the directory is open; returns the descriptor, or {@link #CLOSED}. */
    synchronized int acquire() {
      if (descriptor != CLOSED) {
        references++;
      }
      return descriptor;
    }

    /**
     * Removes a reference; returns the descriptor, to be closed, if it was the last one; otherwise
     * {@link #CLOSED}.
     */
    synchronized int release() {
      references--;
      int last = references == 0 ? descriptor : CLOSED;
      if (references == 0) {
        descriptor = CLOSED;
      }
      return last;
    }

    /** The descriptor. Call it only between {@link #acquire} and {@link #release}. */
    synchronized int descriptor() {
      return descriptor;
    }

    Path path(Path root) {
      Deque<byte[]> names = new ArrayDeque<>();
      for (Directory each = this; each.parent != null; each = each.parent) {
        names.addFirst(each.name);
      }
      Path path = root;
      for (byte[] each : names) {
        path = Names.resolve(path, each);
      }
      return path;
    }
  }

  private static final class WalkWorker extends WorkerPool.Worker<Work> {
    private final Walk walk;
    private final Visitor visitor;
    private final Libc.Calls calls;
    private final Stat stat = new Stat();
    private final NameInBuffer name = new NameInBuffer();
    private final MemorySegment ownName;

    WalkWorker(WorkerPool<Work> pool, Walk walk) {
      super(pool);
      this.walk = walk;
      this.visitor = walk.receiver.newVisitor();
      WalkMemory memory = walk.memoryOfWorker();
      this.calls = memory.calls;
      this.ownName = memory.name;
    }

    @Override
    void process(Work work) {
      Directory directory = work.directory();
      MemorySegment names = work.names();
      if (names != null) {
        try {
          visitAll(directory, names, work.bytes());
        } finally {
          release(directory);
        }
        walk.freeBuffers.add(names);
        return;
      }
      int descriptor = open(directory);
      if (descriptor >= 0) {
        directory.opened(descriptor);
        walk.open.incrementAndGet();
        try {
          if (directory.only == null) {
            read(directory, descriptor);
          } else {
            visitOnly(directory, descriptor, directory.only);
          }
        } finally {
          release(directory);
        }
      } else {
        failed(directory, null, "open", -descriptor);
      }
    }

    @Override
    void discard(Work work) {
      Directory directory = work.directory();
      if (work.names() != null) {
        release(directory);
      } else if (directory.parent != null && directory.holdsParent) {
        release(directory.parent);
      }
    }

    private void release(Directory directory) {
      int last = directory.release();
      if (last >= 0) {
        calls.close(last);
        walk.open.decrementAndGet();
      }
    }

    /** A new descriptor of a directory, or a negated error. */
    private int open(Directory directory) {
      Directory parent = directory.parent;
      if (parent == null) {
        return calls.openDirectory(Libc.AT_FDCWD, walk.rootName);
      } else if (!directory.holdsParent) {
        return openFromAncestor(directory);
      }
      try {
        return openIn(parent.descriptor(), directory);
      } finally {
        release(parent);
      }
    }

    private int openIn(int parent, Directory directory) {
      Libc.nulTerminated(directory.name, ownName);
      return calls.openDirectory(parent, ownName);
    }

    /** Opens a directory whose parent is closed, step by step from the nearest open ancestor. */
    private int openFromAncestor(Directory directory) {
      Deque<Directory> steps = new ArrayDeque<>();
      Directory ancestor = directory;
      int acquired = -1;
      while (acquired < 0 && ancestor.parent != null) {
        steps.addFirst(ancestor);
        ancestor = ancestor.parent;
        acquired = ancestor.acquire();
      }
      int descriptor = acquired >= 0 ? acquired : calls.openDirectory(Libc.AT_FDCWD, walk.rootName);
      while (descriptor >= 0 && !steps.isEmpty()) {
        int next = openIn(descriptor, steps.removeFirst());
        if (descriptor != acquired) {
          calls.close(descriptor);
        }
        descriptor = next;
      }
      if (acquired >= 0) {
        release(ancestor);
      }
      return descriptor;
    }

    private void read(Directory directory, int descriptor) {
      MemorySegment buffer = walk.buffer();
      int bytes = calls.read(descriptor, buffer);
      while (bytes > 0 && !isStopped()) {
        // More than half full: there may be many more names, so an idle thread visits these
        if (bytes > WalkMemory.BUFFER_BYTES / 2 && othersAreIdle()) {
          directory.acquire();
          handOver(new Work(directory, buffer, bytes));
          buffer = walk.buffer();
        } else {
          visitAll(directory, buffer, bytes);
        }
        bytes = calls.read(descriptor, buffer);
      }
      if (bytes < 0) {
        failed(directory, null, "read", -bytes);
      }
      walk.freeBuffers.add(buffer);
    }

    private void visitAll(Directory directory, MemorySegment buffer, int bytes) {
      int descriptor = directory.descriptor();
      for (int at = 0; at < bytes; at = name.next(at)) {
        name.set(buffer, at);
        if (!name.isDots()) {
          visit(directory, descriptor);
        }
      }
      share();
    }

    private void visitOnly(Directory directory, int descriptor, List<byte[]> names) {
      for (byte[] each : names) {
        if (isStopped()) {
          break;
        }
        name.set(ownName, each);
        visit(directory, descriptor);
      }
      share();
    }

    private void visit(Directory parent, int descriptor) {
      if (!walk.servedByOthers.isEmpty()
          && walk.servedByOthers.contains(Names.resolve(parent.path(walk.root), name.bytes()))) {
        visitor.visit(parent.id, name, Stat.unreadMountPoint());
        return;
      }
      int error = calls.stat(descriptor, name.address());
      if (error < 0) {
        failed(parent, name.bytes(), "stat", -error);
        return;
      }
      calls.statx().fill(stat);
      if (calls.statx().isMount()
          || (stat.kind() == FileKind.DIRECTORY && stat.device() != walk.device)) {
        stat.kind = FileKind.MOUNT;
      }
      int id = visitor.visit(parent.id, name, stat);
      if (stat.kind() == FileKind.DIRECTORY) {
        List<byte[]> only = visitor.onlyNames(id);
        if (only == null || !only.isEmpty()) {
          boolean hold = walk.open.get() < MAX_OPEN;
          if (hold) {
            parent.acquire();
          }
          add(new Work(new Directory(parent, name.bytes(), id, only, hold), null, 0));
        }
      }
    }

    private void failed(
        Directory directory, byte @Nullable [] entryName, String operation, int errno) {
      if (isGone(errno)) {
        visitor.missed(directory.id);
        return;
      }
      Path path = directory.path(walk.root);
      if (entryName != null) {
        path = Names.resolve(path, entryName);
      }
      walk.receiver.problem(path, operation, Errno.exception(path, errno));
    }
  }

  /**
   * Whether the entry was removed or replaced since it was listed. That is not an error: the result
   * is as if the walk had begun later.
   */
  private static boolean isGone(int errno) {
    return errno == Errno.ENOENT || errno == Errno.ENOTDIR || errno == Errno.ELOOP;
  }
}
