package dev.serin.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.serin.mesh.ServiceState;
import dev.serin.mesh.TypeUrls;
import dev.serin.plan.TrafficPlan;
import dev.serin.policy.MeshService;
import dev.serin.policy.MeshService.Backend.EnvoyCluster;
import dev.serin.policy.ResourceName;
import io.envoyproxy.controlplane.cache.v3.SimpleCache;
import io.envoyproxy.controlplane.cache.v3.Snapshot;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster.ClusterWeight;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.grpc.ManagedChannel;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A control plane of java-control-plane's make, with one line changed. */
final class CanarySnapshotCacheTest {
  private static final ResourceName CHECKOUT = ResourceName.parse("checkout");

  @Test
  void aProxyOfTheControlPlaneGetsTheOverlayAndLosesItAgain() throws Exception {
    try (ExampleControlPlane plane = new ExampleControlPlane("example");
        Proxy proxy = new Proxy("example")) {
      DiscoveryResponse original = proxy.next();
      assertThat(original.getVersionInfo()).isEqualTo("7");

      assertThat(plane.cache.overlay(List.of(service()), List.of(plan(10_000)))).isEmpty();
      DiscoveryResponse overlaid = proxy.next();
      RouteConfiguration routes = overlaid.getResources(0).unpack(RouteConfiguration.class);
      assertThat(routes.getVirtualHosts(0).getRoutes(0))
          .isEqualTo(
              original
                  .getResources(0)
                  .unpack(RouteConfiguration.class)
                  .getVirtualHosts(0)
                  .getRoutes(0));
      assertThat(
              routes
                  .getVirtualHosts(0)
                  .getRoutes(1)
                  .getRoute()
                  .getWeightedClusters()
                  .getClustersList())
          .extracting(ClusterWeight::getName, arm -> arm.getWeight().getValue())
          .containsExactly(
              org.assertj.core.groups.Tuple.tuple("checkout-v2", 10_000),
              org.assertj.core.groups.Tuple.tuple("checkout-v1", 990_000));

      plane.cache.overlay(List.of(service()), List.of());
      DiscoveryResponse again = proxy.next();
      assertThat(again.getVersionInfo()).isEqualTo("7");
      assertThat(again.getResourcesList()).isEqualTo(original.getResourcesList());
    }
  }

  @Test
  void theControlPlaneGetsBackWhatItHasSetAndProxiesWhatItBecomes() {
    SimpleCache<String> wrapped = new SimpleCache<>(node -> node.getCluster());
    CanarySnapshotCache<String> cache = CanarySnapshotCache.over(wrapped);
    cache.overlay(List.of(service()), List.of(plan(10_000)));
    ExampleControlPlane.publish(cache, "1");

    Snapshot set = Objects.requireNonNull(cache.getSnapshot(ExampleControlPlane.GROUP));
    assertThat(set.routes().version(ImmutableList.of())).isEqualTo("1");
    Snapshot served = wrapped.getSnapshot(ExampleControlPlane.GROUP);
    assertThat(served.routes().version(ImmutableList.of())).startsWith("s1-");
    assertThat(served.clusters().version(ImmutableList.of())).isEqualTo("1");
    assertThat(cache.clearSnapshot(ExampleControlPlane.GROUP)).isTrue();
    assertThat(cache.getSnapshot(ExampleControlPlane.GROUP)).isNull();
  }

  @Test
  void aSnapshotThatNoPlanConcernsIsTheObjectThatWasSet() {
    SimpleCache<String> wrapped = new SimpleCache<>(node -> node.getCluster());
    CanarySnapshotCache<String> cache = CanarySnapshotCache.over(wrapped);
    cache.overlay(List.of(service()), List.of());
    ExampleControlPlane.publish(cache, "1");

    assertThat(wrapped.getSnapshot(ExampleControlPlane.GROUP))
        .isSameAs(cache.getSnapshot(ExampleControlPlane.GROUP));
  }

  @Test
  void whatCannotBeOverlaidIsToldWithTheReason() {
    CanarySnapshotCache<String> cache =
        CanarySnapshotCache.over(new SimpleCache<>(node -> node.getCluster()));
    TrafficPlan unknown =
        new TrafficPlan(
            ResourceName.parse("to-v9"),
            CHECKOUT,
            "v1",
            "v9",
            10_000,
            ImmutableSortedMap.of(),
            ImmutableSortedMap.of(),
            ImmutableList.of(),
            "salt",
            1);

    assertThat(cache.overlay(List.of(service()), List.of(unknown)))
        .singleElement()
        .satisfies(refusal -> assertThat(refusal.reason()).contains("v9"));
  }

  private static ServiceState service() {
    return new ServiceState(
        new MeshService(
            CHECKOUT,
            ImmutableSortedMap.of(),
            "v1",
            MeshService.Protocol.HTTP,
            ImmutableSortedMap.of(
                "v1", new EnvoyCluster("checkout-v1"), "v2", new EnvoyCluster("checkout-v2")),
            ImmutableList.of(),
            0,
            MeshService.Upstream.DEFAULT),
        "v1");
  }

  private static TrafficPlan plan(int weightPpm) {
    return new TrafficPlan(
        ResourceName.parse("to-v2"),
        CHECKOUT,
        "v1",
        "v2",
        weightPpm,
        ImmutableSortedMap.of(),
        ImmutableSortedMap.of(),
        ImmutableList.of(),
        "salt",
        1);
  }

  /** Asks for routes and acknowledges what it gets. */
  private static final class Proxy implements AutoCloseable {
    private final ManagedChannel channel;
    private final StreamObserver<DiscoveryRequest> requests;
    private final LinkedBlockingQueue<DiscoveryResponse> responses = new LinkedBlockingQueue<>();
    private volatile @Nullable Throwable failure;

    Proxy(String server) {
      channel = InProcessChannelBuilder.forName(server).build();
      requests =
          AggregatedDiscoveryServiceGrpc.newStub(channel)
              .streamAggregatedResources(
                  new StreamObserver<>() {
                    @Override
                    public void onNext(DiscoveryResponse response) {
                      responses.add(response);
                    }

                    @Override
                    public void onError(Throwable t) {
                      failure = t;
                    }

                    @Override
                    public void onCompleted() {}
                  });
      requests.onNext(request().build());
    }

    /** java-control-plane looks for the node in every request. */
    private static DiscoveryRequest.Builder request() {
      return DiscoveryRequest.newBuilder()
          .setTypeUrl(TypeUrls.ROUTES)
          .addResourceNames("http")
          .setNode(Node.newBuilder().setId("n").setCluster(ExampleControlPlane.GROUP));
    }

    DiscoveryResponse next() throws InterruptedException {
      DiscoveryResponse response =
          Objects.requireNonNull(
              responses.poll(10, TimeUnit.SECONDS), () -> "no response in 10 s: " + failure);
      requests.onNext(
          request()
              .setVersionInfo(response.getVersionInfo())
              .setResponseNonce(response.getNonce())
              .build());
      return response;
    }

    @Override
    public void close() {
      channel.shutdownNow();
    }
  }
}
