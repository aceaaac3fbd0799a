package dev.serin.ads;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.protobuf.Any;
import com.google.rpc.Status;
import io.envoyproxy.envoy.config.core.v3.BuildVersion;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.envoyproxy.envoy.type.v3.SemanticVersion;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ClientResponseObserver;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A hand-driven xDS client of one variant: it answers what the test tells it to, takes nothing
 * while it is stalled, and may lie about everything.
 */
final class TestClient implements AutoCloseable {
  private final boolean incremental;
  private final Deque<Response> responses = new ArrayDeque<>();
  private final Map<String, List<String>> names = new TreeMap<>();
  private final Map<String, String> versions = new TreeMap<>();
  private @Nullable ClientCallStreamObserver<DiscoveryRequest> full;
  private @Nullable ClientCallStreamObserver<DeltaDiscoveryRequest> delta;
  private @Nullable Node node;
  @Nullable Throwable error;

  /** A response of either variant. */
  record Response(
      String typeUrl,
      String nonce,
      String version,
      ImmutableMap<String, Any> resources,
      ImmutableMap<String, String> versions,
      ImmutableList<String> removed,
      ImmutableMap<String, ImmutableList<String>> aliases) {
    java.util.Set<String> names() {
      return resources.keySet();
    }
  }

  static Node node(String id) {
    return Node.newBuilder()
        .setId(id)
        .setCluster("gateway")
        .setUserAgentName("envoy")
        .setUserAgentBuildVersion(
            BuildVersion.newBuilder()
                .setVersion(SemanticVersion.newBuilder().setMajorNumber(1).setMinorNumber(40)))
        .build();
  }

  TestClient(Harness harness, boolean incremental, String nodeId) {
    this(harness.channel, incremental, node(nodeId), Integer.MAX_VALUE);
  }

  /** A client that reads {@code window} messages and then none until {@link #read}. */
  TestClient(ManagedChannel channel, boolean incremental, @Nullable Node node, int window) {
    this(
        channel,
        incremental,
        node,
        window,
        AggregatedDiscoveryServiceGrpc.getStreamAggregatedResourcesMethod(),
        AggregatedDiscoveryServiceGrpc.getDeltaAggregatedResourcesMethod());
  }

  private TestClient(
      ManagedChannel channel,
      boolean incremental,
      @Nullable Node node,
      int window,
      @Nullable MethodDescriptor<DiscoveryRequest, DiscoveryResponse> fullMethod,
      @Nullable MethodDescriptor<DeltaDiscoveryRequest, DeltaDiscoveryResponse> deltaMethod) {
    this.incremental = incremental;
    this.node = node;
    if (incremental) {
      ClientCalls.asyncBidiStreamingCall(
          channel.newCall(present(deltaMethod), CallOptions.DEFAULT),
          new Inbox<DeltaDiscoveryRequest, DeltaDiscoveryResponse>(
              window, c -> delta = c, TestClient::read));
    } else {
      ClientCalls.asyncBidiStreamingCall(
          channel.newCall(present(fullMethod), CallOptions.DEFAULT),
          new Inbox<DiscoveryRequest, DiscoveryResponse>(window, c -> full = c, TestClient::read));
    }
  }

  /** A client of the service for one type. */
  static TestClient ofOneType(Harness harness, boolean incremental, String nodeId, String typeUrl) {
    OneType methods = OneType.of(typeUrl);
    return new TestClient(
        harness.channel,
        incremental,
        node(nodeId),
        Integer.MAX_VALUE,
        methods.full(),
        methods.delta());
  }

  /** Subscribes to these names of a type; none is the wildcard. */
  TestClient ask(String typeUrl, String... wanted) {
    names.put(typeUrl, List.of(wanted));
    if (incremental) {
      sendDelta(b -> b.setTypeUrl(typeUrl).addAllResourceNamesSubscribe(List.of(wanted)));
    } else {
      sendFull(b -> b.setTypeUrl(typeUrl).addAllResourceNames(List.of(wanted)));
    }
    return this;
  }

  TestClient sendFull(UnaryOperator<DiscoveryRequest.Builder> change) {
    DiscoveryRequest.Builder builder = DiscoveryRequest.newBuilder();
    if (node != null) {
      builder.setNode(node);
      node = null;
    }
    present(full).onNext(change.apply(builder).build());
    return this;
  }

  TestClient sendDelta(UnaryOperator<DeltaDiscoveryRequest.Builder> change) {
    DeltaDiscoveryRequest.Builder builder = DeltaDiscoveryRequest.newBuilder();
    if (node != null) {
      builder.setNode(node);
      node = null;
    }
    present(delta).onNext(change.apply(builder).build());
    return this;
  }

  Response ack(Response response) {
    versions.put(response.typeUrl(), response.version());
    return answer(response, null);
  }

  Response nack(Response response, String message) {
    return answer(response, message);
  }

  private Response answer(Response response, @Nullable String message) {
    Status status =
        Status.newBuilder().setCode(13).setMessage(message == null ? "" : message).build();
    if (incremental) {
      sendDelta(b -> {
        b.setTypeUrl(response.typeUrl()).setResponseNonce(response.nonce());
        return message == null ? b : b.setErrorDetail(status);
      });
    } else {
      sendFull(b -> {
        b.setTypeUrl(response.typeUrl())
            .setResponseNonce(response.nonce())
            .addAllResourceNames(names.getOrDefault(response.typeUrl(), List.of()))
            .setVersionInfo(versions.getOrDefault(response.typeUrl(), ""));
        return message == null ? b : b.setErrorDetail(status);
      });
    }
    return response;
  }

  /** The next response, which must have come and be of that type. */
  Response take(String typeUrl) {
    assertThat(error).isNull();
    Response next = responses.poll();
    assertThat(next).as("a response of type %s", typeUrl).isNotNull();
    assertThat(next.typeUrl()).isEqualTo(typeUrl);
    return next;
  }

  Response takeAndAck(String typeUrl) {
    return ack(take(typeUrl));
  }

  void expectNothing() {
    assertThat(error).isNull();
    assertThat(responses).isEmpty();
  }

  /** Gives up these names, of those that were asked for. */
  TestClient drop(String typeUrl, String... unwanted) {
    List<String> left = new ArrayList<>(names.getOrDefault(typeUrl, List.of()));
    left.removeAll(List.of(unwanted));
    names.put(typeUrl, List.copyOf(left));
    if (incremental) {
      sendDelta(b -> b.setTypeUrl(typeUrl).addAllResourceNamesUnsubscribe(List.of(unwanted)));
    } else {
      sendFull(b -> b.setTypeUrl(typeUrl).addAllResourceNames(left));
    }
    return this;
  }

  /** Acknowledges until nothing comes any more; returns how many responses there were. */
  int ackAll() {
    int count = 0;
    while (!responses.isEmpty()) {
      ack(responses.remove());
      count++;
    }
    return count;
  }

  void read(int messages) {
    present(incremental ? delta : full).request(messages);
  }

  @Override
  public void close() {
    ClientCallStreamObserver<?> call = incremental ? delta : full;
    present(call).cancel("the test ends the stream", null);
  }

  private static <T> T present(@Nullable T value) {
    if (value == null) {
      throw new IllegalStateException("the stream is not open");
    }
    return value;
  }

  private static Response read(DiscoveryResponse m) {
    ImmutableMap.Builder<String, Any> resources = ImmutableMap.builder();
    m.getResourcesList().forEach(any -> resources.put(Names.of(any), any));
    return new Response(
        m.getTypeUrl(),
        m.getNonce(),
        m.getVersionInfo(),
        resources.buildOrThrow(),
        ImmutableMap.of(),
        ImmutableList.of(),
        ImmutableMap.of());
  }

  private static Response read(DeltaDiscoveryResponse m) {
    ImmutableMap.Builder<String, Any> resources = ImmutableMap.builder();
    ImmutableMap.Builder<String, String> versions = ImmutableMap.builder();
    ImmutableMap.Builder<String, ImmutableList<String>> aliases = ImmutableMap.builder();
    m.getResourcesList()
        .forEach(r -> {
          resources.put(r.getName(), r.getResource());
          versions.put(r.getName(), r.getVersion());
          aliases.put(r.getName(), ImmutableList.copyOf(r.getAliasesList()));
        });
    return new Response(
        m.getTypeUrl(),
        m.getNonce(),
        m.getSystemVersionInfo(),
        resources.buildOrThrow(),
        versions.buildOrThrow(),
        ImmutableList.copyOf(m.getRemovedResourcesList()),
        aliases.buildOrThrow());
  }

  static ImmutableMap<String, String> merged(Collection<Response> all) {
    Map<String, String> merged = new TreeMap<>();
    all.forEach(r -> merged.putAll(r.versions()));
    return ImmutableMap.copyOf(merged);
  }

  private final class Inbox<Q, M> implements ClientResponseObserver<Q, M> {
    private final int window;
    private final java.util.function.Consumer<ClientCallStreamObserver<Q>> opened;
    private final java.util.function.Function<M, Response> read;

    Inbox(
        int window,
        java.util.function.Consumer<ClientCallStreamObserver<Q>> opened,
        java.util.function.Function<M, Response> read) {
      this.window = window;
      this.opened = opened;
      this.read = read;
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<Q> call) {
      opened.accept(call);
      call.disableAutoRequestWithInitial(window);
    }

    @Override
    public void onNext(M message) {
      responses.add(read.apply(message));
    }

    @Override
    public void onError(Throwable t) {
      error = t;
    }

    @Override
    public void onCompleted() {}
  }
}
