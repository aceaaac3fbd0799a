package dev.serin.ads;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Where streams live: an executor that runs one task at a time, and the streams whose every step is
 * a task of it. Tasks of one home never overlap, so what they touch needs no lock.
 */
final class Home {
  /**
   * So many streams are looked at before the transport writes out what they have sent, and others
   * get their turn: new ones, ACKs, telemetry. With 16 instead of 256 what writing needs is still
   * in the processor's cache, which saves a tenth of a push's CPU.
   */
  private static final int CHUNK = 16;

  /**
   * And so many bytes are handed to the transport: the rest waits until these are on the wire, and
   * their buffers serve again.
   */
  private static final long CHUNK_BYTES = 1 << 20;

  private final Executor serial;
  private final BooleanSupplier inside;
  private final AtomicBoolean refreshQueued = new AtomicBoolean();

  private final ConcurrentLinkedQueue<Runnable> waiting = new ConcurrentLinkedQueue<>();

  // Touched by tasks alone.
  private final Set<Session> streams = new LinkedHashSet<>();
  private final Deque<Runnable> later = new ArrayDeque<>();
  private boolean busy;
  private Push.@Nullable Share share;

  /**
   * @param serial runs one task at a time
   * @param inside whether the calling thread is the one that runs them
   */
  Home(Executor serial, BooleanSupplier inside) {
    this.serial = serial;
    this.inside = inside;
  }

  /** Runs the task now if this is the thread for it and no other task is under way, else later. */
  void run(Runnable task) {
    if (inside.getAsBoolean()) {
      enter(task);
    } else {
      try {
        serial.execute(() -> enter(task));
      } catch (RejectedExecutionException e) {
        // The transport is being shut down, and its streams with it.
      }
    }
  }

  private void enter(Runnable task) {
    if (busy) {
      later.add(task);
      return;
    }
    busy = true;
    try {
      for (Runnable next = task; next != null; next = later.poll()) {
        next.run();
      }
    } finally {
      busy = false;
    }
  }

  /** By a task of this home. */
  void add(Session stream) {
    streams.add(stream);
  }

  /** The part of this home's streams in a push. By a task of this home. */
  Push.Share shareOf(Push push) {
    Push.Share known = share;
    if (known == null || !known.of(push)) {
      known = push.share();
      share = known;
    }
    return known;
  }

  /** By a task of this home. */
  void remove(Session stream) {
    streams.remove(stream);
  }

  /** Lets every stream look at what is newest, then calls {@code done}. */
  void refresh(Runnable done) {
    waiting.add(done);
    if (refreshQueued.compareAndSet(false, true)) {
      run(() -> {
        refreshQueued.set(false);
        List<Runnable> told = new ArrayList<>();
        for (Runnable one = waiting.poll(); one != null; one = waiting.poll()) {
          told.add(one);
        }
        inChunks(
            streams.toArray(Session[]::new),
            0,
            Session::refresh,
            () -> told.forEach(Runnable::run));
      });
    }
  }

  void forEach(Consumer<Session> action) {
    ToLongFunction<Session> silent =
        stream -> {
          action.accept(stream);
          return 0;
        };
    run(() -> inChunks(streams.toArray(Session[]::new), 0, silent, () -> {}));
  }

  /**
   * @param action returns how many bytes it has sent
   */
  private void inChunks(Session[] all, int from, ToLongFunction<Session> action, Runnable done) {
    long bytes = 0;
    int next = from;
    while (next < all.length && next < from + CHUNK && bytes < CHUNK_BYTES) {
      bytes += action.applyAsLong(all[next]);
      next++;
    }
    if (next == all.length) {
      done.run();
      return;
    }
    int to = next;
    try {
      serial.execute(() -> enter(() -> inChunks(all, to, action, done)));
    } catch (RejectedExecutionException e) {
      done.run();
    }
  }
}
