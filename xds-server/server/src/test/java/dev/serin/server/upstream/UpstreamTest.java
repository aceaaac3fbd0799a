package dev.serin.server.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableSortedSet;
import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import dev.serin.ads.Demand;
import dev.serin.ads.Proxy;
import dev.serin.mesh.BaseSnapshots;
import dev.serin.mesh.ProxyGroup;
import dev.serin.mesh.TypeUrls;
import dev.serin.server.config.ServerConfig.UpstreamProtocol;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc.AggregatedDiscoveryServiceImplBase;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.time.Instant;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The stream of a proxy to another control plane, which is this test. */
class UpstreamTest {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
  private static final Node NODE =
      Node.newBuilder()
          .setId("envoy-1")
          .setCluster("edge")
          .setUnknownFields(
              UnknownFieldSet.newBuilder()
                  .addField(999, UnknownFieldSet.Field.newBuilder().addVarint(5).build())
                  .build())
          .build();
  private static final Proxy PROXY =
      new Proxy(
          "envoy-1", "edge", new ProxyGroup("", "", ProxyGroup.Client.ENVOY, 1, 40, "127.0.0.1"));
  private static final String OTHER_TYPE = "type.example/some.Kind";

  private final BaseSnapshots shared = new BaseSnapshots();
  private final LinkedBlockingQueue<Object> requests = new LinkedBlockingQueue<>();
  private final LinkedBlockingQueue<Boolean> changes = new LinkedBlockingQueue<>();
  private volatile @Nullable StreamObserver<DiscoveryResponse> full;
  private volatile @Nullable StreamObserver<DeltaDiscoveryResponse> delta;
  private volatile Metadata lastHeaders = new Metadata();
  private final Server server;
  private final Upstream upstream;

  private StreamObserver<DiscoveryResponse> full() {
    return Objects.requireNonNull(full, "no state-of-the-world stream yet");
  }

  private StreamObserver<DeltaDiscoveryResponse> delta() {
    return Objects.requireNonNull(delta, "no incremental stream yet");
  }

  UpstreamTest() throws IOException {
    String name = UUID.randomUUID().toString();
    server =
        InProcessServerBuilder.forName(name)
            .directExecutor()
            .intercept(new Headers())
            .addService(new Other())
            .build()
            .start();
    upstream =
        new Upstream(
            InProcessChannelBuilder.forName(name).directExecutor().build(),
            new Upstream.Settings(true, UpstreamProtocol.AUTO),
            shared,
            (type, resource) -> resource.equals("ours"),
            (proxy, routes) -> changes.add(routes),
            new SimpleMeterRegistry());
  }

  @AfterEach
  void close() {
    upstream.close();
    server.shutdownNow();
  }

  private final class Headers implements ServerInterceptor {
    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
      lastHeaders = headers;
      return next.startCall(call, headers);
    }
  }

  private final class Other extends AggregatedDiscoveryServiceImplBase {
    @Override
    public StreamObserver<DiscoveryRequest> streamAggregatedResources(
        StreamObserver<DiscoveryResponse> responses) {
      full = responses;
      return new Taking<>();
    }

    @Override
    public StreamObserver<DeltaDiscoveryRequest> deltaAggregatedResources(
        StreamObserver<DeltaDiscoveryResponse> responses) {
      delta = responses;
      return new Taking<>();
    }
  }

  private final class Taking<Q> implements StreamObserver<Q> {
    @Override
    public void onNext(Q request) {
      requests.add(request);
    }

    @Override
    public void onError(Throwable error) {}

    @Override
    public void onCompleted() {}
  }

  private Demand.Wants open(boolean incremental) {
    Metadata headers = new Metadata();
    headers.put(AUTHORIZATION, "Bearer of-the-proxy");
    return upstream.opened(new Demand.Opening(PROXY, NODE.toByteString(), headers, incremental));
  }

  private <Q> Q next(Class<Q> kind) throws InterruptedException {
    Object request = requests.poll(10, TimeUnit.SECONDS);
    assertThat(request).isInstanceOf(kind);
    return kind.cast(request);
  }

  private static Any body(String name) {
    return Any.newBuilder()
        .setTypeUrl(TypeUrls.CLUSTER)
        .setValue(Cluster.newBuilder().setName(name).build().toByteString())
        .build();
  }

  private static DeltaDiscoveryResponse.Builder response(String nonce) {
    return DeltaDiscoveryResponse.newBuilder().setTypeUrl(TypeUrls.CLUSTER).setNonce(nonce);
  }

  private static io.envoyproxy.envoy.service.discovery.v3.Resource named(
      String name, String version) {
    return io.envoyproxy.envoy.service.discovery.v3.Resource.newBuilder()
        .setName(name)
        .setVersion(version)
        .setResource(body(name))
        .build();
  }

  private String version(String name) {
    return java.util.Objects.requireNonNull(upstream.of(PROXY).ofType(TypeUrls.CLUSTER).get(name))
        .version();
  }

  @Test
  void aProxysNodeAndAuthorizationGoWithItsStreamAndNothingElseOfIt() throws Exception {
    open(true).asks(TypeUrls.CLUSTER, true, ImmutableSortedSet.of());
    DeltaDiscoveryRequest first = next(DeltaDiscoveryRequest.class);
    assertThat(first.getNode()).isEqualTo(NODE); // unknown fields included
    assertThat(first.getResourceNamesSubscribeList()).isEmpty();
    assertThat(lastHeaders.get(AUTHORIZATION)).isEqualTo("Bearer of-the-proxy");
  }

  @Test
  void itsNoncesAndVersionsAreAnsweredAndItsResourcesAreKeptAsTheyCame() throws Exception {
    open(true).asks(TypeUrls.CLUSTER, true, ImmutableSortedSet.of());
    var unused = next(DeltaDiscoveryRequest.class);
    assertThat(upstream.of(PROXY).isUnsaid()).isTrue();
    delta()
        .onNext(
            response("their-nonce")
                .setSystemVersionInfo("7")
                .addResources(named("a", "1"))
                .build());
    assertThat(next(DeltaDiscoveryRequest.class).getResponseNonce()).isEqualTo("their-nonce");
    assertThat(changes.poll()).isFalse(); // no routes in it
    var served = upstream.of(PROXY).ofType(TypeUrls.CLUSTER);
    assertThat(served.versionInfo()).isEqualTo("7");
    assertThat(Objects.requireNonNull(served.get("a")).value()).isEqualTo(body("a").getValue());
  }

  @Test
  void namesAreAskedForAndGivenUpAsTheProxyDoes() throws Exception {
    Demand.Wants wants = open(true);
    wants.asks(TypeUrls.CLUSTER, false, ImmutableSortedSet.of("a", "b", "ours"));
    assertThat(next(DeltaDiscoveryRequest.class).getResourceNamesSubscribeList())
        .containsExactly("a", "b"); // what another base has is not asked for here
    wants.asks(TypeUrls.CLUSTER, false, ImmutableSortedSet.of("b", "c"));
    DeltaDiscoveryRequest change = next(DeltaDiscoveryRequest.class);
    assertThat(change.getResourceNamesSubscribeList()).containsExactly("c");
    assertThat(change.getResourceNamesUnsubscribeList()).containsExactly("a");
    wants.asks(TypeUrls.CLUSTER, false, ImmutableSortedSet.of("b", "c"));
    assertThat(requests).isEmpty();
  }

  @Test
  void aTypeThatNobodyHereKnowsIsPassedOn() throws Exception {
    open(false).asks(OTHER_TYPE, true, ImmutableSortedSet.of());
    assertThat(next(DiscoveryRequest.class).getTypeUrl()).isEqualTo(OTHER_TYPE);
    Any strange =
        Any.newBuilder()
            .setTypeUrl(OTHER_TYPE)
            .setValue(ByteString.copyFromUtf8("no protobuf at all"))
            .build();
    full()
        .onNext(
            DiscoveryResponse.newBuilder()
                .setTypeUrl(OTHER_TYPE)
                .setVersionInfo("1")
                .setNonce("n")
                .addResources(strange)
                .build());
    assertThat(next(DiscoveryRequest.class).getVersionInfo()).isEqualTo("1");
    assertThat(upstream.of(PROXY).ofType(OTHER_TYPE).byName().values())
        .singleElement()
        .satisfies(resource -> assertThat(resource.body()).isEqualTo(strange));
  }

  @Test
  void lossKeepsTheLastGoodAndTheNextStreamSaysWhatIsThere() throws Exception {
    open(true).asks(TypeUrls.CLUSTER, true, ImmutableSortedSet.of());
    var unused = next(DeltaDiscoveryRequest.class);
    delta().onNext(response("n").addResources(named("a", "their-1")).build());
    var unused2 = next(DeltaDiscoveryRequest.class);
    delta().onError(Status.UNAVAILABLE.asRuntimeException());
    assertThat(upstream.of(PROXY).ofType(TypeUrls.CLUSTER).get("a")).isNotNull();
    DeltaDiscoveryRequest again = next(DeltaDiscoveryRequest.class);
    assertThat(again.getNode()).isEqualTo(NODE);
    assertThat(again.getResponseNonce()).isEmpty();
    assertThat(again.getInitialResourceVersionsMap())
        .containsExactly(java.util.Map.entry("a", "their-1"));
    delta().onNext(response("m").addRemovedResources("a").build());
    assertThat(next(DeltaDiscoveryRequest.class).getResponseNonce()).isEqualTo("m");
    assertThat(upstream.of(PROXY).ofType(TypeUrls.CLUSTER).get("a")).isNull();
  }

  @Test
  void whatTheProxyRejectsIsToldOnceAndOnlyIfItCameFromThere() throws Exception {
    open(true).asks(TypeUrls.CLUSTER, true, ImmutableSortedSet.of());
    var unused = next(DeltaDiscoveryRequest.class);
    delta().onNext(response("n").addResources(named("a", "1")).build());
    assertThat(next(DeltaDiscoveryRequest.class).hasErrorDetail()).isFalse();
    upstream.nacked(PROXY, TypeUrls.CLUSTER, "a", "s1-with-our-overlay", "bad", Instant.EPOCH);
    assertThat(requests).isEmpty();
    upstream.nacked(PROXY, TypeUrls.CLUSTER, "a", version("a"), "bad", Instant.EPOCH);
    DeltaDiscoveryRequest told = next(DeltaDiscoveryRequest.class);
    assertThat(told.getErrorDetail().getMessage()).isEqualTo("a: bad");
    assertThat(told.getResponseNonce()).isEmpty(); // that was used up by the ACK
    upstream.nacked(PROXY, TypeUrls.CLUSTER, "a", version("a"), "bad", Instant.EPOCH);
    assertThat(requests).isEmpty();
  }

  @Test
  void aRejectionInStateOfTheWorldKeepsTheVersionSoThatNothingIsSentAnew() throws Exception {
    open(false).asks(TypeUrls.CLUSTER, true, ImmutableSortedSet.of());
    var unused = next(DiscoveryRequest.class);
    full()
        .onNext(
            DiscoveryResponse.newBuilder()
                .setTypeUrl(TypeUrls.CLUSTER)
                .setVersionInfo("2")
                .setNonce("n")
                .addResources(body("a"))
                .build());
    var unused2 = next(DiscoveryRequest.class);
    upstream.nacked(PROXY, TypeUrls.CLUSTER, "a", version("a"), "bad", Instant.EPOCH);
    DiscoveryRequest told = next(DiscoveryRequest.class);
    assertThat(told.getErrorDetail().getMessage()).isEqualTo("a: bad");
    assertThat(told.getVersionInfo()).isEqualTo("2");
    assertThat(told.getResponseNonce()).isEqualTo("n");
  }

  @Test
  void whatCannotBeReadIsRejectedAndChangesNothing() throws Exception {
    open(false).asks(TypeUrls.CLUSTER, true, ImmutableSortedSet.of());
    var unused = next(DiscoveryRequest.class);
    DiscoveryResponse.Builder response =
        DiscoveryResponse.newBuilder()
            .setTypeUrl(TypeUrls.CLUSTER)
            .setVersionInfo("1")
            .setNonce("n")
            .addResources(body("a"));
    full().onNext(response.build());
    var unused2 = next(DiscoveryRequest.class);
    Any nameless = Any.newBuilder().setTypeUrl(TypeUrls.CLUSTER).setValue(ByteString.EMPTY).build();
    full()
        .onNext(
            response
                .setVersionInfo("2")
                .setNonce("m")
                .clearResources()
                .addResources(nameless)
                .build());
    DiscoveryRequest answer = next(DiscoveryRequest.class);
    assertThat(answer.getErrorDetail().getMessage()).contains("without a name");
    assertThat(answer.getVersionInfo()).isEqualTo("1");
    assertThat(answer.getResponseNonce()).isEqualTo("m");
    assertThat(upstream.of(PROXY).ofType(TypeUrls.CLUSTER).byName().keySet()).containsExactly("a");
  }

  @Test
  void equalProxiesShareOneSnapshot() throws Exception {
    open(true).asks(TypeUrls.CLUSTER, true, ImmutableSortedSet.of());
    var unused = next(DeltaDiscoveryRequest.class);
    delta().onNext(response("n").setSystemVersionInfo("1").addResources(named("a", "1")).build());
    Proxy second = new Proxy("envoy-2", "edge", PROXY.group());
    upstream
        .opened(
            new Demand.Opening(
                second,
                NODE.toBuilder().setId("envoy-2").build().toByteString(),
                new Metadata(),
                true))
        .asks(TypeUrls.CLUSTER, true, ImmutableSortedSet.of());
    delta().onNext(response("n").setSystemVersionInfo("1").addResources(named("a", "1")).build());
    assertThat(upstream.of(second)).isSameAs(upstream.of(PROXY));
    assertThat(upstream.inUse()).hasSize(1);
  }

  @Test
  void twoStreamsOfOneProxyAskTogether() throws Exception {
    Demand.Wants one = open(true);
    one.asks(TypeUrls.CLUSTER, false, ImmutableSortedSet.of("a"));
    var unused = next(DeltaDiscoveryRequest.class);
    Demand.Wants other = open(true);
    other.asks(TypeUrls.CLUSTER, false, ImmutableSortedSet.of("b"));
    assertThat(next(DeltaDiscoveryRequest.class).getResourceNamesSubscribeList())
        .containsExactly("b");
    one.left();
    assertThat(next(DeltaDiscoveryRequest.class).getResourceNamesUnsubscribeList())
        .containsExactly("a");
    other.left(); // the proxy may be on its way back: its stream stays a while
    assertThat(requests).isEmpty();
  }
}
