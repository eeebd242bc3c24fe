package dev.lowtide.fs;

import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A few threads that work off a tree of work.
 *
 * <p>The caller is the first of them and begins alone: most trees are small, and to start a thread
 * takes longer than to walk them. It gets help when it has done {@value #PIECES_ALONE} pieces and
 * more are waiting, or hands over a part of a large one.
 *
 * <p>Each member works on a list of its own, the newest piece first, which goes into depth and
 * keeps the lists short; it gives from the old end of it, where the large subtrees are, when
 * another member has nothing to do.
 *
 * @param <W> a piece of work
 */
final class Crew<W> {
  /**
   * Looking at files is bound by the kernel; beyond a few threads they only wait for each other.
   */
  private static final int MOST_THREADS = 8;

  /** About as many directories as are read in the time in which a thread starts. */
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

  /** Whether the caller has, or had, anybody beside it. */
  private volatile boolean helped;

  /** Whether a thread waits for work or would come for it; read without the lock as a hint. */
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

    /** Does a piece of work; may add others. */
    abstract void process(W work);

    /** Called for work that is left when the crew stops early, and for nothing else. */
    void discard(W work) {}

    /** Whether the crew is told to stop; a long piece of work is to end then. */
    final boolean isOver() {
      return crew.isOver();
    }

    /** Adds a piece of work for later. */
    final void add(W work) {
      own.addLast(work);
    }

    /** Whether another member has nothing to do; cheap to ask. */
    final boolean othersAreIdle() {
      return crew.hungry;
    }

    /** Gives a piece of work to another member. */
    final void handOver(W work) {
      crew.submit(List.of(work));
    }

    /** Gives half of the own list to others if they have nothing to do. */
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
   * Works until nothing is left to do.
   *
   * @param newMember makes a thread's part of the crew
   * @throws InterruptedIOException if the calling thread is interrupted; all members have stopped
   *     then
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

  /** Nobody comes later: the only one who could call for help is the caller, which is done. */
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
        return; // the system gives no more threads: those that are here do the work
      }
      members.add(member);
      helpers.add(thread);
    }
  }

  /** The next piece of work; null when there will be none. */
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
