package dev.serin.server.upstream;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.serin.ads.Demand;
import dev.serin.ads.Proxy;
import dev.serin.mesh.BaseSnapshot;
import dev.serin.mesh.TypeResources;
import dev.serin.mesh.TypeUrls;
import dev.serin.mesh.Unsaid;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One proxy at the other control plane: its stream there, opened anew when it breaks, and what came
 * on it, which stays until something else comes. Any thread: all is done under its own monitor, and
 * nobody is called while that is held.
 */
final class UpstreamProxy<Q, R> {
  private static final Logger log = LoggerFactory.getLogger(UpstreamProxy.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

  private final Upstream upstream;
  private final Dialect<Q, R> dialect;
  private final Object lock = new Object();
  private volatile BaseSnapshot now;

  @GuardedBy("lock")
  private Demand.Opening opening;

  @GuardedBy("lock")
  private final Demands demands = new Demands();

  @GuardedBy("lock")
  private final Map<String, UpstreamType<Q, R>> types = new LinkedHashMap<>();

  @GuardedBy("lock")
  private @Nullable Line line;

  @GuardedBy("lock")
  private int failures;

  @GuardedBy("lock")
  private boolean closed;

  UpstreamProxy(Upstream upstream, Dialect<Q, R> dialect, Demand.Opening opening) {
    this.upstream = upstream;
    this.dialect = dialect;
    this.opening = opening;
    this.now = upstream.nothingYet();
  }

  Proxy proxy() {
    synchronized (lock) {
      return opening.proxy();
    }
  }

  /** What the other control plane has for this proxy, as far as it is known. */
  BaseSnapshot now() {
    return now;
  }

  /** One more stream of the proxy; null when it has been given up meanwhile. */
  Demand.@Nullable Wants join(Demand.Opening joining) {
    Wants wants = new Wants();
    synchronized (lock) {
      if (closed) {
        return null;
      }
      boolean another = demands.isEmpty() && !joining.node().equals(opening.node());
      opening = joining; // its authorization may be newer
      demands.opened(wants);
      if (another || line == null) {
        connect();
      }
    }
    return wants;
  }

  private final class Wants implements Demand.Wants {
    @Override
    public void asks(String typeUrl, boolean wildcard, ImmutableSortedSet<String> names) {
      synchronized (lock) {
        Demands.Want want = new Demands.Want(wildcard, upstream.notOurs(typeUrl, names));
        if (demands.asks(this, typeUrl, want)) {
          ask(typeUrl);
          flush();
        }
      }
    }

    @Override
    public void left() {
      boolean last;
      synchronized (lock) {
        demands.left(this).forEach(UpstreamProxy.this::ask);
        last = demands.isEmpty();
        if (!last) {
          flush();
        }
      }
      if (last) {
        upstream.afterGrace(UpstreamProxy.this::endIfAlone);
      }
    }
  }

  @GuardedBy("lock")
  private void ask(String typeUrl) {
    Demands.Want want = demands.of(typeUrl);
    if (demands.isEmpty()) {
      return; // the proxy may be on its way back: what it had is kept for it
    }
    types
        .computeIfAbsent(typeUrl, url -> dialect.type(url, upstream.shared()))
        .want(want.wildcard(), want.names());
  }

  private void endIfAlone() {
    synchronized (lock) {
      if (!demands.isEmpty() || closed) {
        return;
      }
      close();
    }
    upstream.gone(this);
  }

  boolean isClosed() {
    synchronized (lock) {
      return closed;
    }
  }

  void close() {
    synchronized (lock) {
      closed = true;
      if (line != null) {
        line.end();
        line = null;
      }
    }
  }

  /** The proxy rejected a version of a resource. */
  void rejected(String typeUrl, String name, String version, String message) {
    synchronized (lock) {
      UpstreamType<Q, R> type = types.get(typeUrl);
      if (type != null) {
        type.rejected(name, version, message);
        flush();
      }
    }
  }

  @GuardedBy("lock")
  private void connect() {
    if (line != null) {
      line.end();
    }
    types.values().forEach(UpstreamType::begin);
    try {
      Line next = new Line(Node.parseFrom(opening.node()));
      line = next;
      dialect.open(upstream.stub(opening.headers()), next);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("a node that was read before does not parse", e);
    }
  }

  /** Says all there is to say, as long as the transport takes it. */
  @GuardedBy("lock")
  private void flush() {
    if (line != null) {
      for (UpstreamType<Q, R> type : types.values()) {
        if (!line.isReady()) {
          return;
        }
        Q request = type.next();
        if (request != null) {
          line.send(request);
        }
      }
    }
  }

  /** One stream. */
  private final class Line implements ClientResponseObserver<Q, R> {
    private final Node node;
    private @Nullable ClientCallStreamObserver<Q> requests;
    private boolean named;

    Line(Node node) {
      this.node = node;
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<Q> started) {
      started.disableAutoRequestWithInitial(1);
      started.setOnReadyHandler(() -> {
        synchronized (lock) {
          if (line == this) {
            flush();
          }
        }
      });
      requests = started;
    }

    boolean isReady() {
      return requests != null && requests.isReady();
    }

    /** Called with the lock held, so requests go in the order in which they were made. */
    void send(Q request) {
      ClientCallStreamObserver<Q> open = requests;
      if (open != null) {
        open.onNext(named ? request : dialect.withNode(request, node));
        named = true;
      }
    }

    void end() {
      ClientCallStreamObserver<Q> open = requests;
      if (open != null) {
        open.cancel("the proxy has left, or has another node", null);
      }
    }

    @Override
    public void onNext(R response) {
      boolean other = false;
      synchronized (lock) {
        if (line != this) {
          return;
        }
        failures = 0;
        UpstreamType<Q, R> type = types.get(dialect.typeUrl(response));
        if (type == null) {
          log.warn(
              "upstream sent a type that nobody asked for node={} type={}",
              opening.proxy().nodeId(),
              dialect.typeUrl(response));
        } else {
          other = type.take(response);
        }
      }
      if (other) {
        publish();
      }
      synchronized (lock) {
        if (line == this) {
          flush(); // acknowledged once it is served
        }
      }
      ClientCallStreamObserver<Q> open = requests;
      if (open != null) {
        open.request(1);
      }
    }

    @Override
    public void onError(Throwable error) {
      lost(this, error.toString());
    }

    @Override
    public void onCompleted() {
      lost(this, "it ended the stream");
    }
  }

  /** What was known stays; proxies go on with it. */
  private void lost(Line broken, String reason) {
    long pause;
    synchronized (lock) {
      if (line != broken || closed) {
        return;
      }
      line = null;
      failures++;
      pause = pause(failures).toMillis();
    }
    upstream.lost();
    log.warn(
        "upstream is lost, its last configuration stays node={} pauseMs={} reason={}",
        proxy().nodeId(),
        pause,
        reason);
    upstream.later(
        pause,
        () -> {
          synchronized (lock) {
            if (line == null && !closed) {
              connect();
            }
          }
        });
  }

  /** Longer each time, and for every proxy another one: they lost it together. */
  private static Duration pause(int failures) {
    long most =
        Math.min(LONGEST_PAUSE.toMillis(), FIRST_PAUSE.toMillis() << Math.min(10, failures - 1));
    return Duration.ofMillis(most / 2 + ThreadLocalRandom.current().nextLong(most / 2 + 1));
  }

  private void publish() {
    Proxy proxy;
    boolean routes;
    synchronized (lock) {
      Map<String, TypeResources> resources = new HashMap<>();
      ImmutableMap.Builder<String, Unsaid> unsaid = ImmutableMap.builder();
      types.forEach((url, type) -> {
        resources.put(url, type.resources());
        unsaid.put(url, type.unsaid());
      });
      BaseSnapshot before = now;
      now =
          upstream
              .shared()
              .snapshot(resources, new Unsaid.Types(unsaid.buildOrThrow(), Unsaid.EVERYTHING));
      routes = differInRoutes(before, now);
      proxy = opening.proxy();
    }
    upstream.changed(proxy, routes);
  }

  private static boolean differInRoutes(BaseSnapshot one, BaseSnapshot other) {
    return java.util.stream.Stream.of(
            TypeUrls.ROUTES, TypeUrls.LISTENER, TypeUrls.SCOPED_ROUTES, TypeUrls.VIRTUAL_HOST)
        .anyMatch(type -> !one.ofType(type).equals(other.ofType(type)));
  }
}
