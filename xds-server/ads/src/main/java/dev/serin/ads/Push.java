package dev.serin.ads;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongConsumer;

/**
 * Measures one publication from its trigger to the last answer to it. A stream that is overtaken by
 * the next publication, or ends, is no longer waited for. Thread-safe.
 */
final class Push {
  private final long startNanos;
  private final LongConsumer done;

  /** The streams that have not answered yet, and the fan-out itself. */
  private final AtomicInteger open = new AtomicInteger(1);

  private final AtomicBoolean fannedOut = new AtomicBoolean();
  private final AtomicBoolean finished = new AtomicBoolean();
  private volatile boolean touched;

  Push(long startNanos, LongConsumer done) {
    this.startNanos = startNanos;
    this.done = done;
  }

  /** One stream's part in it. Confined to that stream. */
  final class Part {
    private boolean left;

    private Part() {
      open.incrementAndGet();
    }

    /** The stream has something to answer. */
    void touch() {
      touched = true;
    }

    void leave() {
      if (!left) {
        left = true;
        Push.this.leave();
      }
    }

    boolean of(Push push) {
      return push == Push.this;
    }
  }

  Part enter() {
    return new Part();
  }

  /** The fan-out has reached every stream, or the next one has begun. */
  void fannedOut() {
    if (fannedOut.compareAndSet(false, true)) {
      leave();
    }
  }

  private void leave() {
    if (open.decrementAndGet() == 0 && touched && finished.compareAndSet(false, true)) {
      done.accept(System.nanoTime() - startNanos);
    }
  }
}
