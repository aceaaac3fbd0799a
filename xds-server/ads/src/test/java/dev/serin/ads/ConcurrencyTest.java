package dev.serin.ads;

import static dev.serin.ads.Bodies.mesh;
import static dev.serin.ads.Bodies.route;
import static dev.serin.mesh.TypeUrls.ROUTES;
import static org.assertj.core.api.Assertions.assertThat;

import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The service on real threads. */
class ConcurrencyTest {
  private static final int CLIENTS = 20;
  private static final int PUBLICATIONS = 200;

  /** Acknowledges everything at once, on the transport's threads. */
  private static final class Acknowledging
      implements ClientResponseObserver<DeltaDiscoveryRequest, DeltaDiscoveryResponse> {
    private final AtomicReference<@Nullable ClientCallStreamObserver<DeltaDiscoveryRequest>> call =
        new AtomicReference<>();
    private final List<String> nonces = new ArrayList<>();

    @Override
    public void beforeStart(ClientCallStreamObserver<DeltaDiscoveryRequest> stream) {
      call.set(stream);
    }

    @Override
    public void onNext(DeltaDiscoveryResponse response) {
      nonces.add(response.getNonce());
      send(
          DeltaDiscoveryRequest.newBuilder()
              .setTypeUrl(response.getTypeUrl())
              .setResponseNonce(response.getNonce()));
    }

    void send(DeltaDiscoveryRequest.Builder request) {
      ClientCallStreamObserver<DeltaDiscoveryRequest> stream = call.get();
      if (stream != null) {
        stream.onNext(request.build());
      }
    }

    @Override
    public void onError(Throwable t) {}

    @Override
    public void onCompleted() {}
  }

  @Test
  void everyClientEndsOnTheLastOfManyPublications() throws Exception {
    String last = route("r", Integer.toString(PUBLICATIONS), "a").version();
    Set<String> done = ConcurrentHashMap.newKeySet();
    CountDownLatch all = new CountDownLatch(CLIENTS);
    String name = "concurrency";
    try (ExecutorService work = Executors.newFixedThreadPool(4)) {
      AdsService ads =
          new AdsService(
              AdsSettings.DEFAULT, work, InstantSource.system(), new SimpleMeterRegistry());
      ads.fleetView()
          .addListener(
              new FleetListener() {
                @Override
                public void acked(
                    Proxy proxy, String typeUrl, String resource, String version, Instant at) {
                  if (version.equals(last) && done.add(proxy.nodeId())) {
                    all.countDown();
                  }
                }
              });
      InProcessServerBuilder builder = InProcessServerBuilder.forName(name);
      ads.services().forEach(builder::addService);
      Server server = builder.build().start();
      ManagedChannel channel = InProcessChannelBuilder.forName(name).build();
      List<Acknowledging> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        Acknowledging client = new Acknowledging();
        AggregatedDiscoveryServiceGrpc.newStub(channel).deltaAggregatedResources(client);
        client.send(
            DeltaDiscoveryRequest.newBuilder()
                .setNode(TestClient.node("n" + i))
                .setTypeUrl(ROUTES)
                .addResourceNamesSubscribe("r"));
        clients.add(client);
      }
      for (int i = 1; i <= PUBLICATIONS; i++) {
        var snapshot = mesh(Integer.toString(i), "a");
        ads.publish(proxy -> snapshot);
        ads.tick();
        assertThat(ads.fleetView().proxies()).hasSizeLessThanOrEqualTo(CLIENTS);
      }
      assertThat(all.await(30, TimeUnit.SECONDS)).as("all have the last: %s", done).isTrue();
      assertThat(clients)
          .allSatisfy(client -> assertThat(client.nonces).doesNotHaveDuplicates().isNotEmpty());
      channel.shutdownNow();
      server.shutdownNow();
      assertThat(server.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    }
  }
}
