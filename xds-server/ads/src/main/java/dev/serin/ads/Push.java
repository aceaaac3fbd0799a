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

  /** The homes with streams that have not answered yet, and the fan-out itself. */
  private final AtomicInteger open = new AtomicInteger(1);

  private final AtomicBoolean fannedOut = new AtomicBoolean();
  private final AtomicBoolean finished = new AtomicBoolean();
  private volatile boolean touched;

  Push(long startNanos, LongConsumer done) {
    this.startNanos = startNanos;
    this.done = done;
  }

  /**
   * The part in it of one home's streams, who count among themselves: two threads that count to ten
   * thousand together spend their time on that. Confined to that home.
   */
  final class Share {
    private int waiting;

    void enter() {
      if (waiting++ == 0) {
        open.incrementAndGet();
      }
    }

    /** A stream that has entered has something to answer. */
    void touch() {
      if (!touched) {
        touched = true;
      }
    }

    /** A stream that has entered has nothing left to answer. */
    void leave() {
      if (--waiting == 0) {
        Push.this.leave();
      }
    }

    boolean of(Push push) {
      return push == Push.this;
    }
  }

  Share share() {
    return new Share();
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
