package dev.serin.e2e.features;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/** Waits for what other processes do: asks again and again, and gives up at a deadline. */
final class Await {
  private static final Duration POLL = Duration.ofMillis(20);

  private Await() {}

  /**
   * Asks until the answer is good and returns it.
   *
   * @throws AssertionError with the last answer, or the last failure, when none was in time
   */
  static <T> T until(String what, Duration timeout, Callable<T> question, Predicate<T> good) {
    long end = System.nanoTime() + timeout.toNanos();
    Optional<T> last = Optional.empty();
    Optional<Exception> failure = Optional.empty();
    do {
      try {
        T answer = question.call();
        if (good.test(answer)) {
          return answer;
        }
        last = Optional.of(answer);
        failure = Optional.empty();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError("interrupted while waiting for " + what, e);
      } catch (Exception e) {
        failure = Optional.of(e);
      }
      LockSupport.parkNanos(POLL.toNanos());
    } while (System.nanoTime() < end);
    throw new AssertionError(
        "no %s within %s; the last answer: %s"
            .formatted(what, timeout, last.map(Object::toString).orElse("none")),
        failure.orElse(null));
  }

  /** Watches that something stays as it is for a while. */
  static <T> void stays(String what, Duration time, Callable<T> question, Predicate<T> good) {
    long end = System.nanoTime() + time.toNanos();
    do {
      T answer;
      try {
        answer = question.call();
      } catch (Exception e) {
        throw new AssertionError("cannot tell " + what, e);
      }
      if (!good.test(answer)) {
        throw new AssertionError(what + " did not last: " + answer);
      }
      LockSupport.parkNanos(POLL.toNanos());
    } while (System.nanoTime() < end);
  }
}
