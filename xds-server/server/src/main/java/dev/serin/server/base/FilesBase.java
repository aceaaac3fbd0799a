package dev.serin.server.base;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.serin.mesh.BaseSnapshot;
import dev.serin.mesh.BaseSnapshots;
import dev.serin.mesh.Unsaid;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A watched folder of Envoy's resources. It is served as one set: while a file does not parse, what
 * was served before stands, and the problem is told. A thread of its own reads; {@link #now} is for
 * any thread.
 */
public final class FilesBase implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(FilesBase.class);

  /** Files that are renamed one after the other are one change; a single one must not wait long. */
  private static final long SETTLE_MS = 15;

  private static final long SETTLE_AT_MOST_MS = 60;

  /** Where the file system tells nobody; it is also looked at now and then where it does. */
  private static final long LOOK_MS = 50;

  private static final long LOOK_ALTHOUGH_TOLD_MS = 1_000;

  private final Path dir;
  private final FolderReader reader;
  private final Runnable changed;
  private final Counter failures;
  private final Thread thread;
  private final @Nullable WatchService watch;
  private volatile BaseSnapshot now;
  private volatile ImmutableList<String> problems = ImmutableList.of();
  private volatile boolean closed;
  private Map<Path, Object> seen = Map.of();

  /**
   * A folder that is not read yet.
   *
   * @param changed hears of every other snapshot; called on the folder's thread
   */
  public FilesBase(Path dir, BaseSnapshots shared, MeterRegistry meters, Runnable changed) {
    this.dir = dir;
    this.reader = new FolderReader(dir, shared);
    this.changed = changed;
    // Before the first whole look nothing is known, and nothing must be taken for gone.
    this.now = shared.snapshot(Map.of(), new Unsaid.Types(ImmutableMap.of(), Unsaid.EVERYTHING));
    this.failures =
        Counter.builder("serin.base.files.failures")
            .description("Looks at the folder that changed nothing, because of a problem in it.")
            .register(meters);
    Gauge.builder("serin.base.files.problems", this, base -> base.problems.size())
        .description("What is wrong in the folder now; what was served before stands.")
        .register(meters);
    this.watch = watching(dir);
    this.thread = Thread.ofPlatform().daemon().name("serin-files").unstarted(this::run);
  }

  private static @Nullable WatchService watching(Path dir) {
    try {
      WatchService watch = dir.getFileSystem().newWatchService();
      dir.register(
          watch,
          StandardWatchEventKinds.ENTRY_CREATE,
          StandardWatchEventKinds.ENTRY_MODIFY,
          StandardWatchEventKinds.ENTRY_DELETE);
      return watch;
    } catch (IOException | UnsupportedOperationException e) {
      log.warn(
          "mesh.base files {}: changes are looked for every {} ms: {}", dir, LOOK_MS, e.toString());
      return null;
    }
  }

  /** Reads the folder, here and now, and watches it from then on. */
  public void start() {
    look();
    thread.start();
  }

  /** What the folder had when it was whole last. */
  public BaseSnapshot now() {
    return now;
  }

  /** What is wrong in the folder now; empty when it is served as it is. */
  public ImmutableList<String> problems() {
    return problems;
  }

  /** Whether it has been whole once. */
  public boolean isKnown() {
    return !now.isUnsaid();
  }

  private void run() {
    try {
      while (!closed) {
        if (awaitChange() && !closed) {
          look();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits a while; returns whether the folder is to be read. */
  private boolean awaitChange() throws InterruptedException {
    WatchService told = watch;
    if (told == null) {
      Thread.sleep(LOOK_MS);
      return isOther();
    }
    WatchKey key = told.poll(LOOK_ALTHOUGH_TOLD_MS, TimeUnit.MILLISECONDS);
    if (key == null) {
      return isOther();
    }
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(SETTLE_AT_MOST_MS);
    while (key != null) {
      key.pollEvents();
      key.reset();
      key = System.nanoTime() < until ? told.poll(SETTLE_MS, TimeUnit.MILLISECONDS) : null;
    }
    return isOther();
  }

  private boolean isOther() {
    try {
      return !reader.state().equals(seen);
    } catch (IOException e) {
      return !seen.isEmpty() || problems.isEmpty(); // to be told, once
    }
  }

  /** Reads until nothing has changed meanwhile: so what is served was there at one moment. */
  private void look() {
    FolderReader.Result result;
    Map<Path, Object> before;
    do {
      before = state();
      result = reader.read();
      seen = state();
    } while (!before.equals(seen) && !closed);
    switch (result) {
      case FolderReader.Result.Whole(BaseSnapshot snapshot) -> {
        if (!problems.isEmpty()) {
          log.info("mesh.base files {}: whole again", dir);
          problems = ImmutableList.of();
        }
        if (!snapshot.equals(now)) {
          now = snapshot;
          log.info("mesh.base files {}: {}", dir, snapshot);
          changed.run();
        }
      }
      case FolderReader.Result.Broken(ImmutableList<String> found) -> {
        failures.increment();
        if (!found.equals(problems)) {
          problems = found;
          found.forEach(problem -> log.warn("mesh.base files: {}; nothing is changed", problem));
        }
      }
    }
  }

  private Map<Path, Object> state() {
    try {
      return reader.state();
    } catch (IOException e) {
      return Map.of(); // the reader says what is wrong
    }
  }

  @Override
  public void close() throws IOException {
    closed = true;
    thread.interrupt();
    if (watch != null) {
      watch.close();
    }
  }
}
