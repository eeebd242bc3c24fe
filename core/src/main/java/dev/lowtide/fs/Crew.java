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
 * <p>The calling thread is the first member and begins alone: most trees are small, and starting a
 * thread takes longer than walking them. Further threads are started when it has processed {@value
 * #PIECES_ALONE} pieces and more are waiting, or when it hands over a part of a large piece.
 *
 * <p>Each member has a list of its own and processes the newest piece first, depth first, which
 * keeps the lists short. When another member is idle, it gives away pieces from the old end of its
 * list, where the large subtrees are.
 *
 * @param <W> a piece of work
 */
final class Crew<W> {
  /**
   * The maximum number of threads: reading file metadata is limited by the kernel, where more than
   * a few threads only wait for each other.
   */
  private static final int MOST_THREADS = 8;

  /** About the number of directories that can be read in the time in which a thread starts. */
  private static final int PIECES_ALONE = 32;

  private final int threads = Math.min(MOST_THREADS, Runtime.getRuntime().availableProcessors());
  private final Function<Crew<W>, Member<W>> newMember;

  // guarded by this
  private final Deque<W> shared = new ArrayDeque<>();
  private final List<Member<W>> members = new ArrayList<>();
  private final List<Thread> helpers = new ArrayList<>();
  private int idle;
  private boolean interrupted;
  private @Nullable Throwable failure;

  /** Whether further threads were started. */
  private volatile boolean helped;

  /** Whether a thread waits for work or could be started; read without the lock, as a hint. */
  private volatile boolean hungry = threads > 1;

  private volatile boolean over;

  private Crew(Function<Crew<W>, Member<W>> newMember) {
    this.newMember = newMember;
  }

  /** One thread's part of the crew. */
  abstract static class Member<W> {
    private final Crew<W> crew;
    private final Deque<W> own = new ArrayDeque<>();
    private int done;

    Member(Crew<W> crew) {
      this.crew = crew;
    }

    /** Processes a piece of work; may add others. */
    abstract void process(W work);

    /** Called only for pieces that are left when the crew stops early. */
    void discard(W work) {}

    /** Whether the crew must stop; then a long piece of work should end. */
    final boolean isOver() {
      return crew.isOver();
    }

    /** Adds a piece of work for later. */
    final void add(W work) {
      own.addLast(work);
    }

    /** Whether another member is idle; a cheap check. */
    final boolean othersAreIdle() {
      return crew.hungry;
    }

    /** Gives a piece of work to another member. */
    final void handOver(W work) {
      crew.submit(List.of(work));
    }

    /** Gives half of the own list to other members if they are idle. */
    final void share() {
      if (crew.hungry && own.size() > 1 && (crew.helped || done >= PIECES_ALONE)) {
        List<W> half = new ArrayList<>();
        for (int i = own.size() / 2; i > 0; i--) {
          half.add(own.removeFirst());
        }
        crew.submit(half);
      }
    }

    private void run() {
      for (W work = crew.take(); work != null; work = next()) {
        process(work);
        done++;
      }
    }

    private @Nullable W next() {
      return own.isEmpty() || crew.isOver() ? crew.take() : own.pollLast();
    }
  }

  /**
   * Processes all work.
   *
   * @param newMember makes the member for each thread
   * @throws InterruptedIOException if the calling thread is interrupted; then all members have
   *     stopped
   */
  static <W> void work(W first, Function<Crew<W>, Member<W>> newMember)
      throws InterruptedIOException {
    new Crew<>(newMember).work(first);
  }

  private void work(W first) throws InterruptedIOException {
    Member<W> caller = newMember.apply(this);
    synchronized (this) {
      shared.add(first);
      members.add(caller);
    }
    run(caller);
    join();
    discard(caller);
    rethrow();
  }

  private void run(Member<W> member) {
    try {
      member.run();
    } catch (RuntimeException | Error e) {
      end(e);
    }
  }

  /** No thread is started later: only the calling thread could start one, and it has finished. */
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

  private synchronized void discard(Member<W> caller) {
    members.forEach(member -> member.own.forEach(member::discard));
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
    hungry = false;
    if (!helped) {
      callHelpers();
    }
    notifyAll();
  }

  private synchronized void callHelpers() {
    helped = true;
    while (members.size() < threads) {
      Member<W> member = newMember.apply(this);
      Thread thread = new Thread(() -> run(member), "lowtide-crew-" + helpers.size());
      thread.setDaemon(true);
      try {
        thread.start();
      } catch (OutOfMemoryError e) {
        return; // the system cannot start more threads: the existing ones do the work
      }
      members.add(member);
      helpers.add(thread);
    }
  }

  /** The next piece of work; null if there will be no more. */
  private synchronized @Nullable W take() {
    idle++;
    while (shared.isEmpty() && !isOver()) {
      if (idle == members.size()) {
        end(null);
        return null;
      }
      hungry = true;
      try {
        wait();
      } catch (InterruptedException e) {
        interrupt();
      }
    }
    idle--;
    return isOver() ? null : shared.pollFirst();
  }

  private boolean isOver() {
    if (Thread.currentThread().isInterrupted()) {
      interrupt();
    }
    return over;
  }

  private synchronized void interrupt() {
    interrupted = true;
    end(null);
  }

  private synchronized void end(@Nullable Throwable cause) {
    over = true;
    if (failure == null) {
      failure = cause;
    }
    notifyAll();
  }
}
