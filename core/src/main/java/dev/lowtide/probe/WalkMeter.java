package dev.lowtide.probe;

import dev.lowtide.fs.Stat;
import dev.lowtide.fs.TreeWalker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * How much the walks of a {@link SizeProbe} have visited so far, for those who show it meanwhile.
 * What it says while a walk is under way is no result: a file with several names counts each time.
 *
 * <p>Safe for use by many threads; several probes may share one.
 */
public final class WalkMeter {
  private final LongAdder entries = new LongAdder();
  private final LongAdder allocatedBytes = new LongAdder();

  /** A meter that has counted nothing. */
  public WalkMeter() {}

  /** The names that were visited, of all walks. */
  public long entries() {
    return entries.sum();
  }

  /** What these take on the disk. */
  public long allocatedBytes() {
    return allocatedBytes.sum();
  }

  /** A walker that counts here what it visits. */
  TreeWalker counting(TreeWalker walker) {
    return new TreeWalker() {
      @Override
      public void walk(Path root, Receiver receiver) throws IOException {
        walker.walk(root, counting(receiver));
      }

      @Override
      public String name() {
        return walker.name();
      }
    };
  }

  private TreeWalker.Receiver counting(TreeWalker.Receiver receiver) {
    return new TreeWalker.Receiver() {
      @Override
      public TreeWalker.Visitor newVisitor() {
        TreeWalker.Visitor visitor = receiver.newVisitor();
        return new TreeWalker.Visitor() {
          @Override
          public int visit(int parent, TreeWalker.Name name, Stat stat) {
            entries.increment();
            allocatedBytes.add(stat.allocated());
            return visitor.visit(parent, name, stat);
          }

          @Override
          public @Nullable List<byte[]> onlyNames(int directory) {
            return visitor.onlyNames(directory);
          }

          @Override
          public void missed(int directory) {
            visitor.missed(directory);
          }
        };
      }

      @Override
      public boolean wantsTimes() {
        return receiver.wantsTimes();
      }

      @Override
      public void problem(Path path, String operation, IOException cause) {
        receiver.problem(path, operation, cause);
      }
    };
  }
}
