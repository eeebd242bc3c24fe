package dev.lowtide.fs;

import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A few threads that process a tree of tasks.
 *
 * <p>The calling thread is the first worker and begins alone: most trees are small, and starting a
 * thread takes longer than walking them. Helper threads are started when it has processed {@value
 * #PIECES_BEFORE_HELPERS} pieces and more are waiting, or when it hands over a part of a large
 * piece.
 *
 * <p>Each worker has a local list and processes the newest piece first: this order is depth first,
 * which keeps the lists short. When another worker is idle, it shares the oldest pieces of its
 * list, which have the largest subtrees.
 *
 * @param <W> a piece of work
 */
final class WorkerPool<W> {
  /**
   * The maximum number of threads: reading file metadata is limited by the kernel, where more than
   * a few threads only wait for each other.
   */
  private static final int MAX_THREADS = 8;

  /** About as many directories as can be read while a thread starts. */
  private static final int PIECES_BEFORE_HELPERS = 32;

  /** Read once: a tree of a few files takes less time than the system call. */
  private static final int THREADS =
      Math.min(MAX_THREADS, Runtime.getRuntime().availableProcessors());

  private final Function<WorkerPool<W>, Worker<W>> newWorker;

  // guarded by this
  private final Deque<W> shared = new ArrayDeque<>();
  private final List<Worker<W>> workers = new ArrayList<>();
  private final List<Thread> helpers = new ArrayList<>();
  private int idle;
  private boolean interrupted;
  private @Nullable Throwable failure;

  /** Whether the helper threads were started. */
  private volatile boolean hasHelpers;

  /** Whether a thread waits for work or could be started; read without the lock, as a hint. */
  private volatile boolean hasIdleThread = THREADS > 1;

  private volatile boolean stopped;

  private WorkerPool(Function<WorkerPool<W>, Worker<W>> newWorker) {
    this.newWorker = newWorker;
  }

  /** The part of the pool that runs on one thread. */
  abstract static class Worker<W> {
    private final WorkerPool<W> pool;
    private final Deque<W> local = new ArrayDeque<>();
    private int processed;

    Worker(WorkerPool<W> pool) {
      this.pool = pool;
    }

    /** Processes a piece of work; may add others. */
    abstract void process(W work);

    /** Called for the pieces that are left unprocessed when the pool stops early. */
    void discard(W work) {}

    /** Whether the pool was stopped; then a long piece of work should end. */
    final boolean isStopped() {
      return pool.isStopped();
    }

    /** Adds a piece of work for later. */
    final void add(W work) {
      local.addLast(work);
    }

    /** Whether another worker is idle; a cheap check. */
    final boolean othersAreIdle() {
      return pool.hasIdleThread;
    }

    /** Gives a piece of work to another worker. */
    final void handOver(W work) {
      pool.submit(List.of(work));
    }

    /** Gives the older half of the local list to other workers if they are idle. */
    final void share() {
      if (pool.hasIdleThread
          && local.size() > 1
          && (pool.hasHelpers || processed >= PIECES_BEFORE_HELPERS)) {
        List<W> half = new ArrayList<>();
        for (int i = local.size() / 2; i > 0; i--) {
          half.add(local.removeFirst());
        }
        pool.submit(half);
      }
    }

    private void run() {
      for (W work = pool.take(); work != null; work = next()) {
        process(work);
        processed++;
      }
    }

    private @Nullable W next() {
      return local.isEmpty() || pool.isStopped() ? pool.take() : local.pollLast();
    }
  }

  /**
   * Processes all work.
   *
   * @param newWorker creates the worker for each thread
   * @throws InterruptedIOException if the calling thread is interrupted; then all workers have
   *     stopped
   */
  static <W> void work(W first, Function<WorkerPool<W>, Worker<W>> newWorker)
      throws InterruptedIOException {
    new WorkerPool<>(newWorker).work(first);
  }

  private void work(W first) throws InterruptedIOException {
    Worker<W> caller = newWorker.apply(this);
    synchronized (this) {
      shared.add(first);
      workers.add(caller);
    }
    run(caller);
    join();
    discard(caller);
    rethrow();
  }

  private void run(Worker<W> worker) {
    try {
      worker.run();
    } catch (RuntimeException | Error e) {
      stop(e);
    }
  }

  /**
   * Waits for the helper threads. No more are started: only the calling thread starts them, and it
   * has finished its own work.
   */
  private void join() {
    for (Thread helper : List.copyOf(helpers)) {
      while (helper.isAlive()) {
        try {
          helper.join();
        } catch (InterruptedException e) {
          interrupt();
        }
      }
    }
  }

  private synchronized void discard(Worker<W> caller) {
    workers.forEach(worker -> worker.local.forEach(worker::discard));
    shared.forEach(caller::discard);
  }

  private synchronized void rethrow() throws InterruptedIOException {
    if (failure instanceof RuntimeException e) {
      throw e;
    } else if (failure instanceof Error e) {
      throw e;
    } else if (interrupted) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("Interrupted while working on a tree");
    }
  }

  private synchronized void submit(List<W> work) {
    shared.addAll(work);
    hasIdleThread = false;
    if (!hasHelpers) {
      startHelpers();
    }
    notifyAll();
  }

  private synchronized void startHelpers() {
    hasHelpers = true;
    while (workers.size() < THREADS) {
      Worker<W> worker = newWorker.apply(this);
      Thread thread = new Thread(() -> run(worker), "lowtide-worker-" + helpers.size());
      thread.setDaemon(true);
      try {
        thread.start();
      } catch (OutOfMemoryError e) {
        return; // the system cannot start more threads: the existing ones do the work
      }
      workers.add(worker);
      helpers.add(thread);
    }
  }

  /** Waits for the next shared piece of work; null if there will be none. */
  private synchronized @Nullable W take() {
    idle++;
    while (shared.isEmpty() && !isStopped()) {
      if (idle == workers.size()) {
        stop(null);
        return null;
      }
      hasIdleThread = true;
      try {
        wait();
      } catch (InterruptedException e) {
        interrupt();
      }
    }
    idle--;
    return isStopped() ? null : shared.pollFirst();
  }

  private boolean isStopped() {
    if (Thread.currentThread().isInterrupted()) {
      interrupt();
    }
    return stopped;
  }

  private synchronized void interrupt() {
    interrupted = true;
    stop(null);
    helpers.forEach(Thread::interrupt); // a piece may itself be the work of another pool
  }

  private synchronized void stop(@Nullable Throwable cause) {
    stopped = true;
    if (failure == null) {
      failure = cause;
    }
    notifyAll();
  }
}
