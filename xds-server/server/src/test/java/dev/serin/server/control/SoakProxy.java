package dev.serin.server.control;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.rpc.Status;
import dev.serin.mesh.TypeUrls;
import io.envoyproxy.envoy.config.core.v3.BuildVersion;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.envoyproxy.envoy.type.v3.SemanticVersion;
import io.grpc.ManagedChannel;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A proxy of the soak, of either variant. It keeps what it has accepted, over reconnects as well,
 * and answers when it is told to; every response goes by its {@link SoakRules} first.
 */
final class SoakProxy {
  /** What it is like at the moment. */
  enum Mood {
    WELL,
    /** Reads, and answers nothing. */
    SILENT,
    /** Reads nothing. */
    DEAF
  }

  private static final ImmutableSet<String> WHOLE =
      ImmutableSet.of(TypeUrls.CLUSTER, TypeUrls.LISTENER);

  final String id;
  final String meshCluster;
  final int minor;
  private final boolean incremental;
  private final SoakRules rules;
  private final ImmutableSet<String> routeNames;

  /** What it uses: by type and name the version, and the bytes. */
  private final Map<String, TreeMap<String, SoakResponse.Kept>> accepted = new HashMap<>();

  private final Map<String, String> versionInfo = new HashMap<>();
  private final Map<String, Set<String>> asked = new HashMap<>();

  /** What it has not answered yet, one response a type at most. */
  private final Map<String, SoakResponse> unanswered = new LinkedHashMap<>();

  Mood mood = Mood.WELL;
  private @Nullable Stream stream;

  SoakProxy(
      String id,
      String meshCluster,
      int minor,
      boolean incremental,
      Set<String> routeNames,
      SoakRules rules) {
    this.id = id;
    this.meshCluster = meshCluster;
    this.minor = minor;
    this.incremental = incremental;
    this.routeNames = ImmutableSet.copyOf(routeNames);
    this.rules = rules;
  }

  String kind() {
    return meshCluster + " 1." + minor;
  }

  boolean connected() {
    return stream != null;
  }

  /** Whether nothing keeps it from doing at once what it is told. */
  boolean atOnce() {
    return connected() && mood == Mood.WELL;
  }

  ImmutableMap<String, SoakResponse.Kept> accepted(String type) {
    return ImmutableMap.copyOf(accepted.getOrDefault(type, new TreeMap<>()));
  }

  /** Opens its stream; a proxy that was started anew has nothing from before. */
  void connect(ManagedChannel channel, boolean anew) {
    if (anew) {
      accepted.clear();
      versionInfo.clear();
    }
    asked.clear();
    unanswered.clear();
    Stream opened = new Stream();
    stream = opened;
    var stub = AggregatedDiscoveryServiceGrpc.newStub(channel);
    if (incremental) {
      stub.deltaAggregatedResources(
          opened.<DeltaDiscoveryRequest, DeltaDiscoveryResponse>observer(
              SoakResponse::of, call -> opened.delta = call));
    } else {
      stub.streamAggregatedResources(
          opened.<DiscoveryRequest, DiscoveryResponse>observer(
              SoakResponse::of, call -> opened.full = call));
    }
    ask(TypeUrls.CLUSTER, ImmutableSet.of());
    ask(TypeUrls.LISTENER, ImmutableSet.of());
    ask(TypeUrls.ROUTES, routeNames);
    if (!accepted(TypeUrls.CLUSTER).isEmpty()) {
      ask(TypeUrls.ENDPOINTS, endpointSets());
    }
  }

  void disconnect() {
    Stream open = stream;
    stream = null;
    unanswered.clear();
    if (open != null) {
      open.cancel();
    }
    rules.left(this);
  }

  void wake() {
    mood = Mood.WELL;
    Stream open = stream;
    if (open != null) {
      open.read();
    }
  }

  /** Answers what it has; whether that was anything. */
  boolean answer() {
    if (!atOnce() || unanswered.isEmpty()) {
      return false;
    }
    for (SoakResponse response : List.copyOf(unanswered.values())) {
      if (unanswered.remove(response.type(), response)) {
        answer(response);
      }
    }
    return true;
  }

  /**
   * Answers that belong to nothing: of another stream, of no response, and to the last one again.
   */
  void lie() {
    for (String type : List.of(TypeUrls.ROUTES, TypeUrls.CLUSTER)) {
      send(type, "0", null, ImmutableSet.of(), ImmutableSet.of(), ImmutableMap.of());
      send(type, "lie", "a lie", ImmutableSet.of(), ImmutableSet.of(), ImmutableMap.of());
    }
  }

  private void received(Stream from, SoakResponse response) {
    if (!from.equals(stream)) {
      return; // of a stream that it has left
    }
    rules.sent(this, response, unanswered.containsKey(response.type()));
    unanswered.put(response.type(), response);
    if (mood != Mood.DEAF) {
      from.read();
    }
  }

  private void answer(SoakResponse response) {
    String type = response.type();
    String error = rules.objection(this, response);
    if (error == null) {
      apply(response);
      versionInfo.put(type, response.version());
    } else {
      rules.rejected(this, response);
    }
    send(type, response.nonce(), error, ImmutableSet.of(), ImmutableSet.of(), ImmutableMap.of());
    if (type.equals(TypeUrls.CLUSTER) && error == null) {
      Set<String> sets = endpointSets();
      if (!sets.equals(asked.get(TypeUrls.ENDPOINTS))) {
        ask(TypeUrls.ENDPOINTS, sets);
      }
    }
  }

  private void apply(SoakResponse response) {
    TreeMap<String, SoakResponse.Kept> kept = new TreeMap<>(accepted(response.type()));
    if (!incremental && WHOLE.contains(response.type())) {
      kept.keySet().retainAll(response.resources().keySet());
    }
    kept.putAll(response.resources());
    response.removed().forEach(kept::remove);
    rules.applies(this, response.type(), accepted(response.type()), kept);
    accepted.put(response.type(), kept);
  }

  private Set<String> endpointSets() {
    return ImmutableSet.copyOf(accepted(TypeUrls.CLUSTER).keySet());
  }

  private void ask(String type, Set<String> names) {
    Set<String> before = asked.getOrDefault(type, ImmutableSet.of());
    boolean first = !asked.containsKey(type);
    asked.put(type, names);
    ImmutableMap.Builder<String, String> brought = ImmutableMap.builder();
    if (first) {
      accepted(type).forEach((name, kept) -> brought.put(name, kept.version()));
    }
    Set<String> more = new java.util.TreeSet<>(names);
    more.removeAll(before);
    Set<String> less = new java.util.TreeSet<>(before);
    less.removeAll(names);
    send(type, "", null, more, less, brought.buildOrThrow());
  }

  private void send(
      String type,
      String nonce,
      @Nullable String error,
      Set<String> more,
      Set<String> less,
      Map<String, String> brought) {
    Stream open = stream;
    if (open == null) {
      return;
    }
    Status status = Status.newBuilder().setMessage(error == null ? "" : error).build();
    if (incremental) {
      DeltaDiscoveryRequest.Builder request =
          DeltaDiscoveryRequest.newBuilder()
              .setTypeUrl(type)
              .setResponseNonce(nonce)
              .addAllResourceNamesSubscribe(more)
              .addAllResourceNamesUnsubscribe(less)
              .putAllInitialResourceVersions(brought);
      open.send(error == null ? request : request.setErrorDetail(status));
    } else {
      DiscoveryRequest.Builder request =
          DiscoveryRequest.newBuilder()
              .setTypeUrl(type)
              .setResponseNonce(nonce)
              .addAllResourceNames(asked.getOrDefault(type, ImmutableSet.of()))
              .setVersionInfo(versionInfo.getOrDefault(type, ""));
      open.send(error == null ? request : request.setErrorDetail(status));
    }
  }

  private Node node() {
    return Node.newBuilder()
        .setId(id)
        .setUserAgentName("envoy")
        .setUserAgentBuildVersion(
            BuildVersion.newBuilder()
                .setVersion(SemanticVersion.newBuilder().setMajorNumber(1).setMinorNumber(minor)))
        .setMetadata(
            Struct.newBuilder()
                .putFields("CLUSTER_ID", Value.newBuilder().setStringValue(meshCluster).build()))
        .build();
  }

  /** One stream of it, which reads a message at a time. */
  private final class Stream {
    private @Nullable ClientCallStreamObserver<DiscoveryRequest> full;
    private @Nullable ClientCallStreamObserver<DeltaDiscoveryRequest> delta;
    private boolean named;

    void send(DiscoveryRequest.Builder request) {
      if (full != null) {
        full.onNext(named ? request.build() : request.setNode(node()).build());
        named = true;
      }
    }

    void send(DeltaDiscoveryRequest.Builder request) {
      if (delta != null) {
        delta.onNext(named ? request.build() : request.setNode(node()).build());
        named = true;
      }
    }

    void read() {
      ClientCallStreamObserver<?> call = incremental ? delta : full;
      if (call != null) {
        call.request(1);
      }
    }

    void cancel() {
      ClientCallStreamObserver<?> call = incremental ? delta : full;
      if (call != null) {
        call.cancel("the proxy goes away", null);
      }
    }

    <Q, M> ClientResponseObserver<Q, M> observer(
        Function<M, SoakResponse> read, Consumer<ClientCallStreamObserver<Q>> opened) {
      Stream self = this;
      return new ClientResponseObserver<>() {
        @Override
        public void beforeStart(ClientCallStreamObserver<Q> call) {
          opened.accept(call);
          call.disableAutoRequestWithInitial(1);
        }

        @Override
        public void onNext(M message) {
          received(self, read.apply(message));
        }

        @Override
        public void onError(Throwable error) {
          if (self.equals(stream)) {
            rules.broke(SoakProxy.this, error);
          }
        }

        @Override
        public void onCompleted() {
          onError(new IllegalStateException("the server ended the stream"));
        }
      };
    }
  }
}
