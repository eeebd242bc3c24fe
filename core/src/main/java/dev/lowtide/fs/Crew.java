package dev.lowtide.fs;

import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A few threads that work off a tree of work.
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

  // guarded by this
  private final Deque<W> shared = new ArrayDeque<>();
  private int idle;
  private int threads;
  private @Nullable Throwable failure;

  /** Whether somebody waits for work; read without the lock as a hint. */
  private volatile boolean hungry;

  private volatile boolean over;

  /** One thread's part of the crew. */
  abstract static class Member<W> {
    private final Crew<W> crew;
    private final Deque<W> own = new ArrayDeque<>();

    Member(Crew<W> crew) {
      this.crew = crew;
    }

    /** Does a piece of work; may add others. */
    abstract void process(W work);

    /** Called for work that is left when the crew stops early, and for nothing else. */
    void discard(W work) {}

    /** Whether the crew is told to stop; a long piece of work is to end then. */
    final boolean isOver() {
      return crew.over;
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
      if (crew.hungry && own.size() > 1) {
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
      }
    }

    private @Nullable W next() {
      return own.isEmpty() || crew.over ? crew.take() : own.pollLast();
    }
  }

  /**
   * Works until nothing is left to do.
   *
   * @throws InterruptedIOException if the calling thread is interrupted; all members have stopped
   *     then
   */
  void work(Collection<W> first, Function<Crew<W>, Member<W>> newMember)
      throws InterruptedIOException {
    threads = Math.min(MOST_THREADS, Runtime.getRuntime().availableProcessors());
    shared.addAll(first);
    List<Member<W>> members = new ArrayList<>();
    List<Thread> running = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      Member<W> member = newMember.apply(this);
      members.add(member);
      Thread thread = new Thread(() -> run(member), "lowtide-crew-" + i);
      thread.setDaemon(true);
      thread.start();
      running.add(thread);
    }
    // Work that is over before it is joined has nobody to notice the interrupt
    boolean interrupted = Thread.interrupted();
    if (interrupted) {
      end(null);
    }
    for (Thread thread : running) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
          end(null);
        }
      }
    }
    for (Member<W> member : members) {
      member.own.forEach(member::discard);
    }
    shared.forEach(members.get(0)::discard);
    if (interrupted) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("Interrupted while working on a tree");
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

  private void run(Member<W> member) {
    try {
      member.run();
    } catch (RuntimeException | Error e) {
      end(e);
    }
  }

  private synchronized void submit(List<W> work) {
    shared.addAll(work);
    hungry = false;
    notifyAll();
  }

  /** The next piece of work; null when there will be none. */
  private synchronized @Nullable W take() {
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

  private synchronized void end(@Nullable Throwable cause) {
    over = true;
    if (failure == null) {
      failure = cause;
    }
    notifyAll();
  }
}
