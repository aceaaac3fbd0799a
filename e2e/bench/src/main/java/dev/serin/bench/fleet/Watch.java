package dev.serin.bench.fleet;

import dev.serin.bench.content.Marker;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/** One push on its way: who has seen it, and when. */
public final class Watch {
  private final Marker marker;
  private final long[] seen;
  private final int watched;
  private final AtomicInteger missing;
  private final CompletableFuture<Void> all = new CompletableFuture<>();
  private volatile long begun;

  Watch(Marker marker, int watched) {
    this.marker = marker;
    this.seen = new long[watched];
    this.watched = watched;
    this.missing = new AtomicInteger(watched);
  }

  /** The clock starts: called just before the server is told. */
  public void begin() {
    begun = System.nanoTime();
  }

  Marker marker() {
    return marker;
  }

  /** Called on the stream's event loop. */
  void seen(int stream) {
    if (stream < watched && seen[stream] == 0) {
      seen[stream] = Math.max(1, System.nanoTime() - begun);
      if (missing.decrementAndGet() == 0) {
        all.complete(null);
      }
    }
  }

  /** Done when every watched stream has seen it. */
  public CompletableFuture<Void> all() {
    return all;
  }

  /** How many watched streams have not seen it. */
  public int missing() {
    return missing.get();
  }

  /** Nanoseconds of the streams that have seen it, ascending. */
  public long[] latencies() {
    return Arrays.stream(seen).filter(nanos -> nanos > 0).sorted().toArray();
  }
}
