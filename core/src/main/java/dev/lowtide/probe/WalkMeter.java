package dev.lowtide.probe;

import dev.lowtide.fs.Stat;
import dev.lowtide.fs.TreeWalker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Counts what the walks of a {@link SizeProbe} visit, to show progress. Safe for use by many
 * threads.
 *
 * @param entries the visited names of all walks
 * @param allocatedBytes the space that these occupy on the disk
 */
record WalkMeter(LongAdder entries, LongAdder allocatedBytes) {

  /** Wraps a walker so that this meter counts what it visits. */
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
