package dev.serin.ads;

import com.google.common.util.concurrent.MoreExecutors;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/** The homes of all streams: one an event loop, and a few for streams that are on none. */
final class Homes {
  private final StreamThreads threads;
  private final ConcurrentHashMap<Executor, Home> byLoop = new ConcurrentHashMap<>();
  private final List<Home> elsewhere = new ArrayList<>();
  private final AtomicInteger next = new AtomicInteger();

  Homes(StreamThreads threads, Executor work) {
    this.threads = threads;
    for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
      elsewhere.add(new Home(MoreExecutors.newSequentialExecutor(work), () -> false));
    }
  }

  /** A home for the stream that the calling thread opens. */
  Home choose() {
    Executor loop = threads.current();
    return loop == null
        ? elsewhere.get(Math.floorMod(next.getAndIncrement(), elsewhere.size()))
        : byLoop.computeIfAbsent(loop, l -> new Home(l, () -> l.equals(threads.current())));
  }

  List<Home> all() {
    List<Home> all = new ArrayList<>(elsewhere);
    all.addAll(byLoop.values());
    return all;
  }
}
