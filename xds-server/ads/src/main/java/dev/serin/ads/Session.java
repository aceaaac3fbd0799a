package dev.serin.ads;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import com.google.protobuf.ByteString;
import dev.serin.ads.NodeReader.Result;
import dev.serin.ads.ProxyView.TypeView;
import dev.serin.ads.StreamState.Variant;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One stream. Whatever happens to it (a message, a change to publish, a free send buffer, a tick,
 * its end) is a task of its {@link Home}, so sends and listener calls never overlap and hold no
 * lock; the monitor of {@link #lock} covers single steps of the state, for the sake of {@link
 * #view}.
 */
final class Session extends ServerCall.Listener<Ask> implements Fleet.Stream {
  private static final Logger log = LoggerFactory.getLogger(Session.class);

  private final AdsService service;
  private final Variant variant;
  private final ServerCall<Ask, Outgoing> call;
  private final Home home;
  private final AtomicInteger openStreams;
  private final Metadata headers;

  /** The one type of a single-type service; empty on an aggregated stream. */
  private final String onlyType;

  private final Object lock = new Object();

  @GuardedBy("lock")
  private @Nullable StreamState state;

  private volatile @Nullable Proxy proxy;
  private volatile Instant connectedAt = Instant.MAX;
  private volatile Instant lastSeen = Instant.MIN;

  // Touched by tasks of the home alone.
  private @Nullable Instant deadline;
  private Fleet.@Nullable Node node;
  private Push.@Nullable Share push;
  private boolean headersSent;
  private long sentBytes;
  private boolean closed;
  private Demand.Wants wants = Demand.Wants.NONE;

  /**
   * @param headers with which the call began
   * @param openStreams counts the open streams of this one's service
   */
  Session(
      AdsService service,
      Variant variant,
      ServerCall<Ask, Outgoing> call,
      Metadata headers,
      Home home,
      String onlyType,
      AtomicInteger openStreams) {
    this.service = service;
    this.variant = variant;
    this.call = call;
    this.headers = headers;
    this.home = home;
    this.onlyType = onlyType;
    this.openStreams = openStreams;
  }

  /** Called once, while the gRPC method that opens the stream runs. */
  void open() {
    openStreams.incrementAndGet();
    run(() -> home.add(this));
    // One message at a time is taken in: what waits stays in the transport's window.
    call.request(1);
  }

  @Override
  public void onMessage(Ask request) {
    run(() -> {
      accept(request);
      if (!closed) {
        call.request(1);
      }
    });
  }

  @Override
  public void onReady() {
    run(() -> pump(service.now()));
  }

  @Override
  public void onHalfClose() {
    run(() -> close(Optional.of(Status.OK)));
  }

  @Override
  public void onCancel() {
    run(() -> close(Optional.empty()));
  }

  /** Takes the newest snapshot, and returns how many bytes it sent. By a task of the home. */
  long refresh() {
    long before = sentBytes;
    guarded(() -> {
      takePart();
      serveNewest();
      pump(service.now());
    });
    return sentBytes - before;
  }

  /** Has it take the newest snapshot. Any thread. */
  @Override
  public void lookAgain() {
    home.run(this::refresh);
  }

  /** Looks at what has become due. By a task of the home. */
  void tick(Instant now) {
    Instant due = deadline;
    if (due != null && !now.isBefore(due)) {
      guarded(() -> pump(now));
    }
  }

  /** Ends the stream, so that its client looks for another server. */
  void shutDown() {
    run(() -> close(Optional.of(Status.UNAVAILABLE.withDescription("the server is going away"))));
  }

  private void run(Runnable task) {
    home.run(() -> guarded(task));
  }

  private void guarded(Runnable task) {
    if (closed) {
      return;
    }
    try {
      task.run();
    } catch (RuntimeException e) {
      // A bug, or a source's: it costs this stream, which comes back, and nobody else.
      log.error("xds stream failed node={}", nodeId(), e);
      close(Optional.of(Status.INTERNAL.withDescription("the server failed on this stream")));
    }
  }

  private void accept(Ask raw) {
    Instant now = service.now();
    lastSeen = now;
    Optional<Status> refused = identify(raw, now).or(() -> check(raw)).or(() -> admit(raw));
    if (refused.isPresent()) {
      service.meters().refused();
      log.info("xds stream refused node={} status={}", nodeId(), refused.get());
      close(refused);
      return;
    }
    if (raw.error() != null) {
      service.meters().nacked();
      log.warn("xds nack node={} type={} error={}", nodeId(), raw.typeUrl(), raw.error());
    }
    Ask ask = raw.typeUrl().isEmpty() ? raw.withType(onlyType) : raw;
    synchronized (lock) {
      if (state != null) {
        state.accept(ask, now);
        if (!wants.equals(Demand.Wants.NONE)) {
          state.tell(ask.typeUrl(), wants);
        }
      }
    }
    pump(now);
  }

  /** "Basic protocol overview": checking the first message is enough. */
  private Optional<Status> identify(Ask ask, Instant now) {
    if (proxy != null) {
      return Optional.empty();
    }
    return switch (service.nodes().read(ask)) {
      case Result.Refused(ImmutableList<String> problems) ->
          Optional.of(Status.INVALID_ARGUMENT.withDescription(String.join("; ", problems)));
      case Result.Known(Proxy known) -> {
        ByteString given = ask.node();
        if (given != null) {
          wants =
              service
                  .demand()
                  .opened(
                      new Demand.Opening(known, given, headers, variant == Variant.INCREMENTAL));
        }
        join(known, now);
        yield Optional.empty();
      }
    };
  }

  private void join(Proxy joining, Instant now) {
    connectedAt = now;
    Fleet.Node joined = service.fleet().join(joining, this, now);
    Proxy known = joined.proxy();
    proxy = known;
    node = joined;
    synchronized (lock) {
      state =
          new StreamState(
              variant,
              !onlyType.isEmpty(),
              joined.memory(),
              service.references(),
              service.settings().drain());
    }
    // What it is to be served may have to be made first, and not on the transport's thread.
    service.prepare(
        known,
        () ->
            run(() -> {
              serveNewest();
              pump(service.now());
            }));
  }

  private Optional<Status> check(Ask ask) {
    synchronized (lock) {
      return AskLimits.check(ask, onlyType, service.settings().limits(), state);
    }
  }

  /** What a client brings counts before its first answer on this stream alone. */
  private Optional<Status> admit(Ask ask) {
    Proxy known = proxy;
    if (known == null || !ask.nonce().isEmpty()) {
      return Optional.empty();
    }
    return service
        .admission()
        .refusal(
            known,
            switch (ask) {
              case Ask.Full full -> ImmutableList.of(full.versionInfo());
              case Ask.Delta delta -> delta.initialVersions().values();
              case Ask.Malformed bytes -> ImmutableList.of();
            });
  }

  private void serveNewest() {
    AdsService.Published published = service.published();
    Proxy known = proxy;
    if (published == null || known == null) {
      return; // before the first snapshot nothing is answered: an empty answer would delete
    }
    var snapshot = published.source().snapshot(known);
    synchronized (lock) {
      if (state != null) {
        state.serve(snapshot);
      }
    }
  }

  /** A publication waits for the streams that were there, not for those that come later. */
  private void takePart() {
    AdsService.Published published = service.published();
    if (published == null || proxy == null) {
      return;
    }
    Push.Share newest = home.shareOf(published.push());
    if (push != newest) {
      endPush();
      newest.enter();
      push = newest;
    }
  }

  /** Sends what there is to send, as long as the transport takes it. */
  private void pump(Instant now) {
    boolean stalled = false;
    while (true) {
      if (!call.isReady()) {
        stalled = true;
        break;
      }
      Outgoing next = null;
      synchronized (lock) {
        if (state != null) {
          next = state.next(now);
        }
      }
      if (next == null) {
        break;
      }
      if (!headersSent) {
        headersSent = true;
        call.sendHeaders(new Metadata());
      }
      call.sendMessage(next);
      sentBytes += next.bytes();
    }
    settle(stalled);
  }

  private void settle(boolean stalled) {
    List<Answer> answers = ImmutableList.of();
    boolean quiet = true;
    synchronized (lock) {
      if (state != null) {
        answers = state.takeAnswers();
        quiet = state.quiet();
        deadline = state.deadline().orElse(null);
      }
    }
    Proxy known = proxy;
    if (known != null) {
      for (Answer answer : answers) {
        service.fleet().tell(known, answer, lastSeen);
      }
    }
    if (push != null && !quiet) {
      push.touch();
    }
    if (quiet && !stalled) {
      endPush();
    }
  }

  private void endPush() {
    if (push != null) {
      push.leave();
      push = null;
    }
  }

  private void close(Optional<Status> answer) {
    closed = true;
    endPush();
    wants.left();
    answer.ifPresent(status -> call.close(status, new Metadata()));
    synchronized (lock) {
      if (state != null) {
        state.remember();
      }
    }
    if (node != null) {
      service.fleet().leave(node, this, service.now());
    }
    home.remove(this);
    openStreams.decrementAndGet();
  }

  private String nodeId() {
    Proxy known = proxy;
    return known == null ? "?" : known.nodeId();
  }

  @Override
  public Instant connectedAt() {
    return connectedAt;
  }

  @Override
  public Instant lastSeen() {
    return lastSeen;
  }

  @Override
  public ImmutableSortedMap<String, TypeView> view() {
    synchronized (lock) {
      return state == null ? ImmutableSortedMap.of() : state.view();
    }
  }
}
