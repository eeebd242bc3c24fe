package dev.lowtide.fs;

import dev.lowtide.FileKind;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The walker for every file system that {@link java.nio.file} knows.
 *
 * <p>Each thread works depth first on a list of its own, which keeps the lists short, and gives
 * from the old end of it, where the large subtrees are, when another thread has nothing to do.
 * Names of a wide directory are handed over in batches, since reading them is the small part of the
 * work and looking at each one the large part.
 */
final class PortableTreeWalker implements TreeWalker {
  /**
   * Looking at files is bound by the kernel; beyond a few threads they only wait for each other.
   */
  private static final int MOST_THREADS = 8;

  /**
   * Large enough that handing it over costs nothing, small enough that two threads end together.
   */
  private static final int BATCH = 512;

  @Override
  public String name() {
    return "portable";
  }

  @Override
  public void walk(Path root, Receiver receiver) throws IOException {
    Stat.Reader reader = new Stat.Reader(root);
    Stat stat = reader.read(root);
    long device = stat.device();
    boolean descend = stat.kind() == FileKind.DIRECTORY;
    int id = receiver.newVisitor().visit(-1, () -> Names.bytes(root), stat);
    if (!descend) {
      return;
    }
    Set<Path> mounts = MountTable.read().atOrBelow(root);
    Walk walk = new Walk(receiver, device, mounts);
    walk.submit(List.of(new Work(root, id, null)));
    walk.run(Math.min(MOST_THREADS, Runtime.getRuntime().availableProcessors()));
  }

  /** A directory to read or, where names are given, some names of it to look at. */
  private record Work(Path directory, int id, @Nullable List<Path> names) {}

  private static final class Walk {
    private final Receiver receiver;
    private final long device;
    private final Set<Path> mounts;

    // guarded by this
    private final Deque<Work> shared = new ArrayDeque<>();
    private int idle;
    private int threads;
    private boolean over;
    private @Nullable Throwable failure;

    /** How many threads wait for work; read without the lock as a hint. */
    private volatile boolean hungry;

    Walk(Receiver receiver, long device, Set<Path> mounts) {
      this.receiver = receiver;
      this.device = device;
      this.mounts = mounts;
    }

    void run(int count) throws IOException {
      threads = count;
      List<Thread> others = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        Thread thread = new Thread(this::work, "lowtide-walk-" + i);
        thread.setDaemon(true);
        thread.start();
        others.add(thread);
      }
      // A walk that is over before it is joined has nobody to notice the interrupt
      boolean interrupted = Thread.interrupted();
      if (interrupted) {
        end(null);
      }
      for (Thread thread : others) {
        while (thread.isAlive()) {
          try {
            thread.join();
          } catch (InterruptedException e) {
            interrupted = true;
            end(null);
          }
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("Interrupted while walking a tree");
      }
      rethrow();
    }

    private synchronized void rethrow() {
      if (failure instanceof RuntimeException e) {
        throw e;
      } else if (failure instanceof Error e) {
        throw e;
      }
    }

    private void work() {
      try {
        new Worker(this).run();
      } catch (RuntimeException | Error e) {
        end(e);
      }
    }

    synchronized void submit(List<Work> work) {
      shared.addAll(work);
      hungry = false;
      notifyAll();
    }

    /** The next piece of work; null when all is done. */
    synchronized @Nullable Work take() {
      idle++;
      while (shared.isEmpty() && !over) {
        if (idle == threads) {
          end(null);
          return null;
        }
        hungry = true;
        try {
          wait();
        } catch (InterruptedException e) {
          end(null);
        }
      }
      idle--;
      return over ? null : shared.pollFirst();
    }

    synchronized void end(@Nullable Throwable cause) {
      over = true;
      if (failure == null) {
        failure = cause;
      }
      notifyAll();
    }

    synchronized boolean isOver() {
      return over;
    }
  }

  private static final class Worker {
    private final Walk walk;
    private final Visitor visitor;
    private final Deque<Work> own = new ArrayDeque<>();
    private Stat.@Nullable Reader reader;

    Worker(Walk walk) {
      this.walk = walk;
      this.visitor = walk.receiver.newVisitor();
    }

    void run() {
      for (Work work = walk.take(); work != null; work = next()) {
        if (work.names() != null) {
          visitAll(work.directory(), work.id(), work.names());
        } else {
          read(work.directory(), work.id());
        }
      }
    }

    private @Nullable Work next() {
      Work work = own.pollLast();
      return work == null || walk.isOver() ? walk.take() : work;
    }

    private void read(Path directory, int id) {
      List<Path> batch = new ArrayList<>();
      try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
        for (Path path : stream) {
          batch.add(path);
          if (batch.size() == BATCH) {
            if (walk.hungry) {
              walk.submit(List.of(new Work(directory, id, batch)));
            } else {
              visitAll(directory, id, batch);
            }
            batch = new ArrayList<>();
          }
        }
      } catch (NoSuchFileException | NotDirectoryException e) {
        // gone, or replaced, since it was seen: as if the walk had come later
      } catch (DirectoryIteratorException e) {
        walk.receiver.problem(directory, "read", e.getCause());
      } catch (IOException e) {
        walk.receiver.problem(directory, "open", e);
      }
      visitAll(directory, id, batch);
    }

    private void visitAll(Path directory, int id, List<Path> paths) {
      for (Path path : paths) {
        visit(path, id);
      }
      if (walk.hungry && own.size() > 1) {
        List<Work> share = new ArrayList<>();
        for (int i = own.size() / 2; i > 0; i--) {
          share.add(own.removeFirst());
        }
        walk.submit(share);
      }
    }

    private void visit(Path path, int parent) {
      if (reader == null) {
        reader = new Stat.Reader(path);
      }
      Stat stat;
      try {
        stat = reader.read(path);
      } catch (NoSuchFileException e) {
        return; // gone since it was seen
      } catch (IOException e) {
        walk.receiver.problem(path, "stat", e);
        return;
      }
      boolean directory = stat.kind() == FileKind.DIRECTORY;
      if (directory && stat.device() != walk.device
          || !walk.mounts.isEmpty() && walk.mounts.contains(path)) {
        stat.kind = FileKind.MOUNT;
        directory = false;
      }
      int id = visitor.visit(parent, () -> Names.bytes(path), stat);
      if (directory) {
        own.addLast(new Work(path, id, null));
      }
    }
  }
}
