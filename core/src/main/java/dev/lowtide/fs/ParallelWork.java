package dev.lowtide.fs;

import java.io.InterruptedIOException;
import java.util.List;
import java.util.function.Consumer;

/** Work on many independent things, by the calling thread and a few others. */
public final class ParallelWork {
  private ParallelWork() {}

  /**
   * Processes each item, roughly in their order. If there are only a few, the calling thread
   * processes all of them.
   *
   * @param work safe for use by many threads; if it throws, no more items are begun, and the
   *     exception is thrown here
   * @throws InterruptedIOException if the calling thread is interrupted; then the other threads are
   *     interrupted too, and have ended
   */
  public static <T> void forEach(List<T> items, Consumer<T> work) throws InterruptedIOException {
    if (!items.isEmpty()) {
      WorkerPool.work(items, pool -> new ItemWorker<>(pool, work));
    }
  }

  /**
   * A piece of work is a list of items. A worker processes a list of one item, and splits a longer
   * list into lists of one.
   */
  private static final class ItemWorker<T> extends WorkerPool.Worker<List<T>> {
    private final Consumer<T> work;

    ItemWorker(WorkerPool<List<T>> pool, Consumer<T> work) {
      super(pool);
      this.work = work;
    }

    @Override
    void process(List<T> items) {
      if (items.size() == 1) {
        work.accept(items.get(0));
      } else {
        for (int i = items.size() - 1; i >= 0; i--) {
          add(items.subList(i, i + 1)); // what is added last is processed first
        }
      }
      share();
    }
  }
}
