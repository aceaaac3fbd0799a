package dev.serin.ads;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.util.concurrent.MoreExecutors;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.serin.ads.NodeReader.Result;
import dev.serin.ads.ProxyView.TypeView;
import dev.serin.ads.StreamState.Answer;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One stream. Whatever happens to it (a message, a change to publish, a free send buffer, a tick,
 * its end) becomes a task of its serial queue, so sends and listener calls never overlap and hold
 * no lock; the monitor of {@link #lock} covers single steps of the state, for the sake of {@link
 * #view}.
 */
final class Session<Q, R> implements StreamObserver<Q>, Fleet.Stream {
  private static final Logger log = LoggerFactory.getLogger(Session.class);

  private final AdsService service;
  private final Codec<Q, R> codec;
  private final ServerCallStreamObserver<R> out;
  private final Executor queue;

  /** The one type of a single-type service; empty on an aggregated stream. */
  private final String onlyType;

  private final AtomicBoolean refreshQueued = new AtomicBoolean();
  private final Object lock = new Object();

  @GuardedBy("lock")
  private @Nullable StreamState state;

  private volatile @Nullable Proxy proxy;
  private volatile Instant connectedAt = Instant.MAX;
  private volatile Instant lastSeen = Instant.MIN;
  private volatile @Nullable Instant deadline;

  // Touched by tasks of the queue alone.
  private Fleet.@Nullable Node node;
  private Push.@Nullable Part part;
  private boolean closed;

  Session(AdsService service, Codec<Q, R> codec, ServerCallStreamObserver<R> out, String onlyType) {
    this.service = service;
    this.codec = codec;
    this.out = out;
    this.onlyType = onlyType;
    this.queue = MoreExecutors.newSequentialExecutor(service.work());
  }

  /** Called once, while the gRPC method that opens the stream runs. */
  void open() {
    out.setOnCancelHandler(() -> run(() -> close(Optional.empty())));
    out.setOnReadyHandler(() -> run(this::pump));
    // One message at a time is taken in: what waits for the queue stays in the transport's window.
    out.disableAutoRequest();
    out.request(1);
  }

  @Override
  public void onNext(Q request) {
    run(() -> {
      accept(codec.read(request));
      if (!closed) {
        out.request(1);
      }
    });
  }

  @Override
  public void onError(Throwable t) {
    run(() -> close(Optional.empty()));
  }

  @Override
  public void onCompleted() {
    run(() -> close(Optional.of(Status.OK)));
  }

  /** Asks for the newest snapshot; many calls before the queue gets there are one. */
  void refresh() {
    if (refreshQueued.compareAndSet(false, true)) {
      run(() -> {
        refreshQueued.set(false);
        takePart();
        serveNewest();
        pump();
      });
    }
  }

  /** Looks at what has become due. */
  void tick(Instant now) {
    Instant due = deadline;
    if (due != null && !now.isBefore(due)) {
      run(this::pump);
    }
  }

  /** Ends the stream, so that its client looks for another server. */
  void shutDown() {
    run(() -> close(Optional.of(Status.UNAVAILABLE.withDescription("the server is going away"))));
  }

  private void run(Runnable task) {
    queue.execute(() -> {
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
    });
  }

  private void accept(Ask raw) {
    Instant now = service.now();
    lastSeen = now;
    Optional<Status> refused = identify(raw, now).or(() -> check(raw));
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
    Ask ask = withType(raw);
    synchronized (lock) {
      if (state != null) {
        state.accept(ask, now);
      }
    }
    pump();
  }

  /**
   * "Only the first request on a stream is guaranteed to carry the node identifier. [...] It is
   * sufficient to only check the first message": so later ones are not looked at.
   */
  private Optional<Status> identify(Ask ask, Instant now) {
    if (proxy != null) {
      return Optional.empty();
    }
    Node given = ask.node();
    if (given == null) {
      return Optional.of(
          Status.INVALID_ARGUMENT.withDescription(
              "node: missing (expected: in the first message of the stream)"));
    }
    return switch (service.nodes().read(given)) {
      case Result.Refused(ImmutableList<String> problems) ->
          Optional.of(Status.INVALID_ARGUMENT.withDescription(String.join("; ", problems)));
      case Result.Known(Proxy known) -> {
        join(known, now);
        yield Optional.empty();
      }
    };
  }

  private void join(Proxy known, Instant now) {
    connectedAt = now;
    proxy = known;
    Fleet.Node joined = service.fleet().join(known, this, now);
    node = joined;
    synchronized (lock) {
      state =
          new StreamState(
              codec.variant(), joined.memory(), service.references(), service.settings().drain());
    }
    serveNewest();
  }

  private Optional<Status> check(Ask ask) {
    AdsSettings.Limits limits = service.settings().limits();
    if (!onlyType.isEmpty() && !ask.typeUrl().isEmpty() && !ask.typeUrl().equals(onlyType)) {
      return Optional.of(
          Status.INVALID_ARGUMENT.withDescription(
              "type_url: \"" + ask.typeUrl() + "\" (expected: " + onlyType + ")"));
    }
    if (onlyType.isEmpty() && ask.typeUrl().isEmpty()) {
      return Optional.of(
          Status.INVALID_ARGUMENT.withDescription(
              "type_url: empty (expected: one, on an aggregated stream)"));
    }
    ImmutableList<? extends Iterable<String>> lists =
        switch (ask) {
          case Ask.Full full -> ImmutableList.of(full.names());
          case Ask.Delta delta ->
              ImmutableList.of(
                  delta.subscribe(), delta.unsubscribe(), delta.initialVersions().keySet());
        };
    int names = 0;
    for (Iterable<String> list : lists) {
      for (String name : list) {
        names++;
        if (name.length() > limits.maxNameChars()) {
          return tooMuch("characters of a name", name.length(), limits.maxNameChars());
        }
      }
    }
    int total = names + (ask instanceof Ask.Delta ? subscribed(ask.typeUrl()) : 0);
    if (total > limits.maxNames()) {
      return tooMuch("resource names", total, limits.maxNames());
    }
    synchronized (lock) {
      boolean tooMany =
          state != null && !state.knows(ask.typeUrl()) && state.typeCount() >= limits.maxTypes();
      return tooMany
          ? tooMuch("resource types", limits.maxTypes() + 1, limits.maxTypes())
          : Optional.empty();
    }
  }

  private int subscribed(String typeUrl) {
    synchronized (lock) {
      return state == null ? 0 : state.subscribed(typeUrl);
    }
  }

  private static Optional<Status> tooMuch(String what, int given, int most) {
    return Optional.of(
        Status.RESOURCE_EXHAUSTED.withDescription(
            "%s: %d (expected: at most %d)".formatted(what, given, most)));
  }

  /** "type_url is implicit in requests made via singleton xDS APIs". */
  private Ask withType(Ask ask) {
    if (!ask.typeUrl().isEmpty()) {
      return ask;
    }
    return switch (ask) {
      case Ask.Full a ->
          new Ask.Full(a.node(), onlyType, a.nonce(), a.error(), a.names(), a.versionInfo());
      case Ask.Delta a ->
          new Ask.Delta(
              a.node(),
              onlyType,
              a.nonce(),
              a.error(),
              a.subscribe(),
              a.unsubscribe(),
              a.initialVersions());
    };
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
    if (published != null && proxy != null && (part == null || !part.of(published.push()))) {
      endPush();
      part = published.push().enter();
    }
  }

  /** Sends what there is to send, as long as the transport takes it. */
  private void pump() {
    boolean stalled = false;
    while (true) {
      if (!out.isReady()) {
        stalled = true;
        break;
      }
      Outgoing next = null;
      synchronized (lock) {
        if (state != null) {
          next = state.next(service.now());
        }
      }
      if (next == null) {
        break;
      }
      out.onNext(codec.write(next));
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
    if (part != null && !quiet) {
      part.touch();
    }
    if (quiet && !stalled) {
      endPush();
    }
  }

  private void endPush() {
    if (part != null) {
      part.leave();
    }
  }

  private void close(Optional<Status> answer) {
    closed = true;
    endPush();
    answer.ifPresent(status -> {
      if (status.isOk()) {
        out.onCompleted();
      } else {
        out.onError(status.asRuntimeException());
      }
    });
    synchronized (lock) {
      if (state != null) {
        state.remember();
      }
    }
    if (node != null) {
      service.fleet().leave(node, this, service.now());
    }
    service.closed(this);
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
