package dev.lowtide.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lowtide.testing.ChildProcess;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** With pieces of work that are numbers. */
@Timeout(60)
class WorkerPoolTest {
  private final Set<Thread> workers = ConcurrentHashMap.newKeySet();
  private final AtomicInteger done = new AtomicInteger();
  private final AtomicInteger discarded = new AtomicInteger();
  private final AtomicInteger created = new AtomicInteger();

  /** Works off what begins with one number, and what the pieces add to that. */
  private void work(int first, BiConsumer<Integer, WorkerPool.Worker<Integer>> piece)
      throws InterruptedIOException {
    WorkerPool.work(
        first,
        pool -> {
          created.incrementAndGet();
          return new WorkerPool.Worker<>(pool) {
            @Override
            void process(Integer work) {
              workers.add(Thread.currentThread());
              piece.accept(work, this);
              done.incrementAndGet();
              share();
            }

            @Override
            void discard(Integer work) {
              discarded.incrementAndGet();
            }
          };
        });
  }

  /** A tree in which each piece but a leaf has ten others below it. */
  private static void tenBelow(int level, WorkerPool.Worker<Integer> worker) {
    for (int i = 0; i < 10 && level > 0; i++) {
      worker.add(level - 1);
    }
  }

  private static void assumeTwoProcessors() {
    assumeTrue(
        Runtime.getRuntime().availableProcessors() > 1, "one processor has one thread's work");
  }

  @Test
  void aSmallTreeIsTheWorkOfItsCaller() throws InterruptedIOException {
    work(1, WorkerPoolTest::tenBelow);

    assertThat(done).hasValue(11);
    assertThat(workers).containsExactly(Thread.currentThread());
    assertThat(created).hasValue(1); // nobody was called who came too late
  }

  @Test
  void aLargeTreeGetsHelp() throws InterruptedIOException {
    assumeTwoProcessors();

    work(
        4,
        (level, worker) -> {
          tenBelow(level, worker);
          while (done.get() > 100 && workers.size() == 1) {
            Thread.onSpinWait(); // the caller could do all of it before the others are there
          }
        });

    assertThat(done).hasValue(11_111);
    assertThat(workers).contains(Thread.currentThread()).hasSizeGreaterThan(1);
  }

  @Test
  void aPartOfALargePieceIsHandedOverAtOnce() throws InterruptedIOException {
    assumeTwoProcessors();

    work(
        1,
        (number, worker) -> {
          if (number == 1) {
            assertThat(worker.othersAreIdle()).isTrue();
            worker.handOver(2);
            while (workers.size() == 1) {
              Thread.onSpinWait();
            }
          }
        });

    assertThat(done).hasValue(2);
    assertThat(workers).hasSize(2);
  }

  @Test
  void anInterruptEndsItAndIsThereAfterwards() {
    assertThatThrownBy(
            () ->
                work(
                    4,
                    (level, worker) -> {
                      tenBelow(level, worker);
                      if (level == 2) {
                        Thread.currentThread().interrupt();
                      }
                    }))
        .isInstanceOf(InterruptedIOException.class);

    assertThat(Thread.interrupted()).isTrue();
    assertThat(done).hasValueLessThan(11_111);
  }

  @Test
  void whatIsLeftWhenAPieceFailsIsDiscarded() {
    assertThatThrownBy(
            () ->
                work(
                    1,
                    (level, worker) -> {
                      tenBelow(level, worker);
                      if (level == 0 && done.get() == 4) {
                        throw new IllegalStateException("the fifth");
                      }
                    }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the fifth");

    assertThat(done).hasValue(4);
    assertThat(discarded).hasValue(11 - 5);
  }

  @Test
  void whereNoMoreThreadsCanBeHadTheCallerDoesAllTheWork() {
    assumeTwoProcessors();
    ChildProcess.runAsNobody(WithoutMoreThreads.class);
  }

  /** Root may have as many threads as it likes, so this is to be run by somebody else. */
  static final class WithoutMoreThreads {
    public static void main(String[] args) throws IOException {
      String self = Long.toString(ProcessHandle.current().pid());
      ChildProcess.run(Path.of("/"), "prlimit", "--nproc=100", "--pid", self);
      assertThatThrownBy(WithoutMoreThreads::startThreads).isInstanceOf(OutOfMemoryError.class);
      WorkerPoolTest test = new WorkerPoolTest();

      test.work(4, WorkerPoolTest::tenBelow);

      assertThat(test.done).hasValue(11_111);
      assertThat(test.workers).containsExactly(Thread.currentThread());
    }

    private static void startThreads() {
      for (int i = 0; i < 100; i++) {
        Thread thread = new Thread(LockSupport::park);
        thread.setDaemon(true);
        thread.start();
      }
    }
  }
}
