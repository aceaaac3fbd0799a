package dev.serin.server.edge;

import com.google.common.collect.ImmutableList;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.serin.ads.StreamThreads;
import dev.serin.server.config.ServerConfig.XdsLimits;
import io.grpc.Context;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The calls under way on the xDS listener: how many there may be of whom, how fast new ones come
 * in, how fast one may ask, and when each has to go. Thread-safe.
 */
final class Streams implements ServerInterceptor {
  private static final Logger log = LoggerFactory.getLogger(Streams.class);

  /** Understood by gRPC clients, which wait for so long before they try again. */
  private static final Metadata.Key<String> RETRY_AFTER =
      Metadata.Key.of("grpc-retry-pushback-ms", Metadata.ASCII_STRING_MARSHALLER);

  private static final int RETRY_FROM_MILLIS = 1_000;
  private static final int RETRY_TO_MILLIS = 5_000;

  /** What a stream may ask for at once: a proxy that starts asks for much. */
  private static final int REQUEST_BURST_SECONDS = 10;

  private final XdsLimits limits;
  private final EdgeMeters meters;
  private final ScheduledExecutorService timer;
  private final StreamThreads loops;
  private final Quota<PeerAddress> perAddress;
  private final AtomicInteger all = new AtomicInteger();
  private final Set<Stream> open = ConcurrentHashMap.newKeySet();
  private final Object lock = new Object();

  @GuardedBy("lock")
  private final Pacer<PeerAddress, Turn> pacer;

  @GuardedBy("lock")
  private boolean scheduled;

  /**
   * @param loops on which the transport runs calls; a call that had to wait starts on its own
   */
  Streams(
      XdsLimits limits, EdgeMeters meters, ScheduledExecutorService timer, StreamThreads loops) {
    this.limits = limits;
    this.meters = meters;
    this.timer = timer;
    this.loops = loops;
    this.perAddress = new Quota<>(limits.streams().perAddress());
    this.pacer = new Pacer<>(limits.streams().newPerSecond(), System.nanoTime());
    meters.gauge("streams", "Calls under way.", all::get);
    meters.gauge("streams.waiting", "New streams that wait their turn.", this::waiting);
  }

  private int waiting() {
    synchronized (lock) {
      return pacer.waiting();
    }
  }

  /** Every call under way, apart from health watches. */
  ImmutableList<Stream> open() {
    return open.stream()
        .filter(stream -> !isHealth(stream.call.getMethodDescriptor()))
        .collect(ImmutableList.toImmutableList());
  }

  /** Ends those whose connection has been asked to go, each at its own time. */
  void tick() {
    long now = System.nanoTime();
    for (Stream stream : open) {
      if (now - stream.ageEnd > 0) {
        stream.call.end(
            Status.UNAVAILABLE.withDescription(
                "the connection is as old as it may get; come again"));
      }
    }
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    MethodDescriptor<Q, R> method = call.getMethodDescriptor();
    Connection connection = call.getAttributes().get(Connection.KEY);
    if (connection == null) {
      throw new IllegalStateException("a call without a connection");
    }
    if (isHealth(method) && isUnary(method)) {
      return next.startCall(call, headers); // probes are answered however busy the server is
    }
    int bytes = HeaderSize.of(headers);
    if (bytes > limits.messages().maxMetadataBytes()) {
      return refuse(
          call,
          EdgeMeters.Refusal.METADATA,
          "%d bytes of headers (expected: at most %d)"
              .formatted(bytes, limits.messages().maxMetadataBytes()));
    }
    return enter(call, headers, next, connection);
  }

  private <Q, R> ServerCall.Listener<Q> enter(
      ServerCall<Q, R> call,
      Metadata headers,
      ServerCallHandler<Q, R> next,
      Connection connection) {
    if (all.incrementAndGet() > limits.streams().all()) {
      all.decrementAndGet();
      return refuse(call, EdgeMeters.Refusal.OVERLOAD, "too many calls at once; try again later");
    }
    if (connection.streams().incrementAndGet() > limits.streams().perConnection()) {
      connection.streams().decrementAndGet();
      all.decrementAndGet();
      return refuse(
          call,
          EdgeMeters.Refusal.STREAMS_PER_CONNECTION,
          "streams on this connection: more than " + limits.streams().perConnection());
    }
    if (!perAddress.enter(connection.from())) {
      connection.streams().decrementAndGet();
      all.decrementAndGet();
      return refuse(
          call,
          EdgeMeters.Refusal.STREAMS_PER_ADDRESS,
          "streams from %s: more than %d".formatted(connection.from(), perAddress.most()));
    }
    Stream stream = new Stream(EndableCall.KEY.get(), connection);
    open.add(stream);
    return isUnary(call.getMethodDescriptor())
        ? stream.start(call, headers, next)
        : pace(stream, call, headers, next);
  }

  private <Q, R> ServerCall.Listener<Q> pace(
      Stream stream, ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    WaitingListener<Q> early = new WaitingListener<>(() -> gone(stream));
    Context context = Context.current();
    Runnable start = () -> context.run(() -> early.start(stream.start(call, headers, next)));
    Turn turn = new Turn(stream, start, loops.current());
    Pacer.Entry entry;
    synchronized (lock) {
      entry = pacer.enter(stream.connection.from(), turn, System.nanoTime());
      if (entry == Pacer.Entry.WAITS) {
        stream.turn = turn;
        schedule();
      }
    }
    return switch (entry) {
      case LET_IN -> stream.start(call, headers, next);
      case WAITS -> early;
      case TURNED_AWAY -> {
        turnAway(stream);
        yield new ServerCall.Listener<>() {};
      }
    };
  }

  private void turnAway(Stream stream) {
    stream.over();
    meters.refused(EdgeMeters.Refusal.STREAM_STORM);
    Metadata trailers = new Metadata();
    int millis = ThreadLocalRandom.current().nextInt(RETRY_FROM_MILLIS, RETRY_TO_MILLIS);
    trailers.put(RETRY_AFTER, Integer.toString(millis));
    stream.call.end(
        Status.UNAVAILABLE.withDescription("too many new streams; try again later"), trailers);
  }

  @GuardedBy("lock")
  private void schedule() {
    if (!scheduled) {
      scheduled = true;
      var unused =
          timer.schedule(this::release, pacer.nanosToNext(System.nanoTime()), TimeUnit.NANOSECONDS);
    }
  }

  private void release() {
    ImmutableList<Turn> overdue;
    ImmutableList<Turn> due;
    synchronized (lock) {
      long now = System.nanoTime();
      scheduled = false;
      overdue = pacer.overdue(now);
      due = pacer.due(now);
      if (pacer.waiting() > 0) {
        schedule();
      }
    }
    overdue.forEach(turn -> turnAway(turn.stream));
    due.forEach(Turn::come);
  }

  private void gone(Stream stream) {
    synchronized (lock) {
      if (stream.turn != null) {
        pacer.leave(stream.turn);
      }
    }
    stream.over();
  }

  private <Q, R> ServerCall.Listener<Q> refuse(
      ServerCall<Q, R> call, EdgeMeters.Refusal why, String words) {
    meters.refused(why);
    call.close(Status.RESOURCE_EXHAUSTED.withDescription(words), new Metadata());
    return new ServerCall.Listener<>() {};
  }

  private static boolean isUnary(MethodDescriptor<?, ?> method) {
    return method.getType() == MethodType.UNARY;
  }

  private static boolean isHealth(MethodDescriptor<?, ?> method) {
    return CallSlots.HEALTH.equals(method.getServiceName());
  }

  /** A stream that waits, and what starts it. */
  private static final class Turn {
    private final Stream stream;
    private final Runnable start;
    private final @Nullable Executor loop;

    private Turn(Stream stream, Runnable start, @Nullable Executor loop) {
      this.stream = stream;
      this.start = start;
      this.loop = loop;
    }

    private void come() {
      stream.turn = null;
      if (loop == null) {
        begin();
      } else {
        loop.execute(this::begin);
      }
    }

    private void begin() {
      if (stream.over.get()) {
        return;
      }
      try {
        start.run();
      } catch (RuntimeException bug) {
        log.error("a call could not start method={}", stream.call.getMethodDescriptor(), bug);
        stream.call.end(Status.INTERNAL.withDescription("an unexpected error"));
      }
    }
  }

  /** One call. */
  final class Stream {
    private final EndableCall<?, ?> call;
    private final Connection connection;
    private final AtomicBoolean over = new AtomicBoolean();
    private final long ageEnd;

    /** While it waits. */
    private volatile @Nullable Turn turn;

    private Stream(EndableCall<?, ?> call, Connection connection) {
      this.call = call;
      this.connection = connection;
      this.ageEnd = connection.since() + Ages.streamNanos(limits.lifetimes());
    }

    /** Ends it, so that its client looks for another server. Any thread. */
    void goAway() {
      call.end(Status.UNAVAILABLE.withDescription("the server is going away"));
    }

    private <Q, R> ServerCall.Listener<Q> start(
        ServerCall<Q, R> method, Metadata headers, ServerCallHandler<Q, R> next) {
      try {
        return new Watched<>(next.startCall(method, headers), this);
      } catch (RuntimeException bug) {
        over();
        throw bug;
      }
    }

    private void over() {
      if (over.compareAndSet(false, true)) {
        open.remove(this);
        all.decrementAndGet();
        connection.streams().decrementAndGet();
        perAddress.leave(connection.from());
      }
    }
  }

  /** A method's listener, which hears no more than the stream may say. */
  private final class Watched<Q> extends SimpleForwardingServerCallListener<Q> {
    private final Stream stream;
    private final boolean limited;
    private final Rate requests =
        new Rate(
            limits.messages().maxRequestsPerSecond(),
            limits.messages().maxRequestsPerSecond() * REQUEST_BURST_SECONDS,
            System.nanoTime());

    private Watched(ServerCall.Listener<Q> delegate, Stream stream) {
      super(delegate);
      this.stream = stream;
      this.limited = stream.call.getMethodDescriptor().getType() == MethodType.BIDI_STREAMING;
    }

    @Override
    public void onMessage(Q message) {
      // An answer to each response is owed; what comes on top of them is limited.
      if (!limited || stream.call.takeAnswer() || requests.take(System.nanoTime())) {
        super.onMessage(message);
        return;
      }
      meters.refused(EdgeMeters.Refusal.REQUEST_RATE);
      stream.call.end(
          Status.RESOURCE_EXHAUSTED.withDescription(
              "requests on this stream: more than %d a second"
                  .formatted(limits.messages().maxRequestsPerSecond())));
    }

    @Override
    public void onComplete() {
      stream.over();
      super.onComplete();
    }

    @Override
    public void onCancel() {
      stream.over();
      super.onCancel();
    }
  }
}
