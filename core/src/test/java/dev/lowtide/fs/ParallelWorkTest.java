package dev.lowtide.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class ParallelWorkTest {
  private static List<Integer> numbers(int count) {
    return IntStream.range(0, count).boxed().toList();
  }

  private static void waitForAnInterrupt() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void doesTheWorkOnceForEachItem() throws InterruptedIOException {
    List<Integer> done = Collections.synchronizedList(new ArrayList<>());

    ParallelWork.forEach(numbers(10_000), done::add);

    assertThat(done).containsExactlyInAnyOrderElementsOf(numbers(10_000));
  }

  @Test
  void aFewItemsAreDoneInTheirOrderByTheCaller() throws InterruptedIOException {
    List<Integer> done = new ArrayList<>();
    Set<Thread> threads = ConcurrentHashMap.newKeySet();

    ParallelWork.forEach(
        numbers(8),
        number -> {
          done.add(number);
          threads.add(Thread.currentThread());
        });

    assertThat(done).isEqualTo(numbers(8));
    assertThat(threads).containsExactly(Thread.currentThread());
  }

  @Test
  void anExceptionEndsTheWork() {
    Set<Integer> done = ConcurrentHashMap.newKeySet();

    assertThatThrownBy(
            () ->
                ParallelWork.forEach(
                    numbers(10_000),
                    number -> {
                      if (number == 3) {
                        throw new IllegalStateException("three");
                      }
                      done.add(number);
                    }))
        .hasMessage("three");

    assertThat(done).hasSize(3);
  }

  @Test
  @Timeout(60)
  void anInterruptReachesTheOtherThreads() {
    assumeThat(Runtime.getRuntime().availableProcessors()).as("processors").isGreaterThan(1);
    Thread caller = Thread.currentThread();
    CountDownLatch helperIsAtWork = new CountDownLatch(1);

    assertThatThrownBy(
            () ->
                ParallelWork.forEach(
                    numbers(1_000_000),
                    number -> {
                      if (!caller.equals(Thread.currentThread())) {
                        helperIsAtWork.countDown();
                        waitForAnInterrupt();
                      } else if (helperIsAtWork.getCount() == 0) {
                        caller.interrupt();
                      }
                    }))
        .isInstanceOf(InterruptedIOException.class);

    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void anInterruptEndsTheWorkOfAllThreads() {
    Set<Integer> done = ConcurrentHashMap.newKeySet();
    Thread caller = Thread.currentThread();

    assertThatThrownBy(
            () ->
                ParallelWork.forEach(
                    numbers(10_000),
                    number -> {
                      done.add(number);
                      if (number == 100) {
                        caller.interrupt();
                      }
                    }))
        .isInstanceOf(InterruptedIOException.class);

    assertThat(Thread.interrupted()).isTrue();
    assertThat(done).hasSizeLessThan(10_000);
  }
}
