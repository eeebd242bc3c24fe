package dev.lowtide.fs;

import static java.util.Objects.requireNonNull;

import dev.lowtide.FileKind;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The walker for every file system that {@link java.nio.file} knows.
 *
 * <p>The names of a large directory are handed to other threads in batches, since reading the names
 * takes little of the time, and reading their attributes most of it.
 */
final class PortableTreeWalker implements TreeWalker {
  /**
   * Large enough to make the cost of handing over small, and small enough that threads end at about
   * the same time.
   */
  private static final int BATCH_NAMES = 512;

  @Override
  public String name() {
    return "portable";
  }

  @Override
  public void walk(Path root, Receiver receiver) throws IOException {
    Stat stat = new Stat.Reader(root, true).read(root);
    long device = stat.device();
    boolean descend = stat.kind() == FileKind.DIRECTORY;
    Visitor first = receiver.newVisitor();
    int id = first.visit(-1, () -> Names.bytes(root), stat);
    if (descend) {
      Work work = Work.in(root, id, first);
      MountTable table = MountTable.read();
      Set<Path> mounts = table.atOrBelow(root);
      Set<Path> servedByOthers = table.servedByOthersAtOrBelow(root);
      WorkerPool.work(
          work, pool -> new WalkWorker(pool, receiver, root, device, mounts, servedByOthers));
    }
  }

  /** A directory to read or, if names are given, some of its names to visit. */
  private record Work(Path directory, int id, @Nullable List<Path> names) {

    /**
     * The work for the directory that was just visited: only the names that the visitor asks for,
     * if it names any.
     */
    static Work in(Path directory, int id, Visitor visitor) {
      List<byte[]> only = visitor.onlyNames(id);
      return new Work(
          directory,
          id,
          only == null ? null : only.stream().map(name -> Names.resolve(directory, name)).toList());
    }
  }

  private static final class WalkWorker extends WorkerPool.Worker<Work> {
    private final Receiver receiver;
    private final Visitor visitor;
    private final Stat.Reader reader;
    private final long device;
    private final Set<Path> mounts;
    private final Set<Path> servedByOthers;

    WalkWorker(
        WorkerPool<Work> pool,
        Receiver receiver,
        Path root,
        long device,
        Set<Path> mounts,
        Set<Path> servedByOthers) {
      super(pool);
      this.receiver = receiver;
      this.visitor = receiver.newVisitor();
      this.reader = new Stat.Reader(root, receiver.wantsTimes());
      this.device = device;
      this.mounts = mounts;
      this.servedByOthers = servedByOthers;
    }

    @Override
    void process(Work work) {
      if (work.names() != null) {
        visitAll(work.id(), work.names());
      } else {
        read(work.directory(), work.id());
      }
    }

    private void read(Path directory, int id) {
      List<Path> batch = new ArrayList<>();
      try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
        for (Path path : stream) {
          batch.add(path);
          if (batch.size() == BATCH_NAMES) {
            if (othersAreIdle()) {
              handOver(new Work(directory, id, batch));
            } else {
              visitAll(id, batch);
            }
            batch = new ArrayList<>();
          }
        }
      } catch (NoSuchFileException | NotDirectoryException e) {
        visitor.missed(id); // removed or replaced since it was visited
      } catch (DirectoryIteratorException e) {
        receiver.problem(directory, "read", requireNonNull(e.getCause()));
      } catch (IOException e) {
        receiver.problem(directory, "open", e);
      }
      visitAll(id, batch);
    }

    private void visitAll(int id, List<Path> paths) {
      for (Path path : paths) {
        visit(path, id);
      }
      share();
    }

    private void visit(Path path, int parent) {
      if (!servedByOthers.isEmpty() && servedByOthers.contains(path)) {
        visitor.visit(parent, () -> Names.bytes(path), Stat.unreadMountPoint());
        return;
      }
      Stat stat;
      try {
        stat = reader.read(path);
      } catch (NoSuchFileException e) {
        visitor.missed(parent); // removed since it was listed
        return;
      } catch (IOException e) {
        receiver.problem(path, "stat", e);
        return;
      }
      boolean directory = stat.kind() == FileKind.DIRECTORY;
      boolean otherDevice = directory && stat.device() != device;
      if (otherDevice || (!mounts.isEmpty() && mounts.contains(path))) {
        stat.kind = FileKind.MOUNT;
        directory = false;
      }
      int id = visitor.visit(parent, () -> Names.bytes(path), stat);
      if (directory) {
        add(Work.in(path, id, visitor));
      }
    }
  }
}
