package dev.serin.ads;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import com.google.protobuf.UInt32Value;
import dev.serin.mesh.Resource;
import dev.serin.mesh.Snapshot;
import dev.serin.mesh.TypeUrls;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.AggregatedConfigSource;
import io.envoyproxy.envoy.config.core.v3.ApiVersion;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.config.core.v3.TransportSocket;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.Endpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.Rds;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsCertificate;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Shows a real Envoy one configuration after another and prints what it answers, for a look by
 * hand: {@code java ... dev.serin.ads.EnvoyTrial XDS_PORT LISTENER_PORT}, then an Envoy whose
 * bootstrap points at the port. Ends by itself.
 */
final class EnvoyTrial implements FleetListener {
  private static final ConfigSource ADS =
      ConfigSource.newBuilder()
          .setResourceApiVersion(ApiVersion.V3)
          .setAds(AggregatedConfigSource.getDefaultInstance())
          .build();

  private final PrintStream out;
  private final long startNanos = System.nanoTime();

  private EnvoyTrial(PrintStream out) {
    this.out = out;
  }

  public static void main(String[] args) throws Exception {
    int listenerPort = Integer.parseInt(args[1]);
    EnvoyTrial trial = new EnvoyTrial(System.out);
    try (ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
        var work = Executors.newFixedThreadPool(2)) {
      AdsService ads =
          new AdsService(
              AdsSettings.DEFAULT.withDrain(Duration.ofSeconds(3)),
              work,
              InstantSource.system(),
              new SimpleMeterRegistry());
      ads.fleetView().addListener(trial);
      var builder =
          NettyServerBuilder.forAddress(
              new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[0])));
      ads.services().forEach(builder::addService);
      Server server = builder.build().start();
      Future<?> ticks = timer.scheduleWithFixedDelay(ads::tick, 500, 500, TimeUnit.MILLISECONDS);
      List<Future<?>> shown = new ArrayList<>();
      List<Step> steps = steps(listenerPort);
      for (int i = 0; i < steps.size(); i++) {
        Step step = steps.get(i);
        shown.add(
            timer.schedule(
                () -> {
                  trial.say("-- " + step.what());
                  ads.publish(proxy -> step.snapshot());
                },
                i == 0 ? 0 : 6 + 4L * i,
                TimeUnit.SECONDS));
      }
      for (Future<?> step : shown) {
        step.get();
      }
      timer.schedule(() -> trial.print(ads), 6, TimeUnit.SECONDS).get();
      ticks.cancel(false);
      ads.shutDown();
      server.shutdownNow();
      timer.shutdownNow();
      work.shutdownNow();
    }
  }

  private record Step(String what, Snapshot snapshot) {}

  private static List<Step> steps(int port) {
    Resource listener = listener(port);
    List<Step> steps = new ArrayList<>();
    steps.add(new Step("first", of(listener, route(90, 10), cluster("a", 1), cluster("b", 1))));
    steps.add(new Step("weight", of(listener, route(50, 50), cluster("a", 1), cluster("b", 1))));
    steps.add(
        new Step(
            "new cluster c and a route to it",
            of(listener, route(50, 25, 25), cluster("a", 1), cluster("b", 1), cluster("c", 1))));
    steps.add(
        new Step(
            "cluster a changed, its endpoints did not",
            of(listener, route(50, 25, 25), cluster("a", 2), cluster("b", 1), cluster("c", 1))));
    steps.add(
        new Step(
            "a route that Envoy must reject",
            of(listener, route(0, 0), cluster("a", 2), cluster("b", 1), cluster("c", 1))));
    steps.add(new Step("clusters b and c go", of(listener, route(100), cluster("a", 2))));
    steps.add(
        new Step(
            "of three changed clusters one is bad",
            of(listener, route(100), cluster("a", 3), cluster("d", 1), badCluster("e"))));
    return steps;
  }

  private static Snapshot of(Resource listener, Resource route, Resource... clusters) {
    List<Resource> all = new ArrayList<>(List.of(listener, route));
    for (Resource cluster : clusters) {
      all.add(cluster);
      all.add(endpoints(cluster.name()));
    }
    return Snapshot.of(all);
  }

  private static Resource resource(String type, String name, Message body) {
    return Resource.of(type, name, body.toByteString());
  }

  private static Resource cluster(String name, int timeoutSeconds) {
    return resource(TypeUrls.CLUSTER, name, clusterBody(name, timeoutSeconds).build());
  }

  private static Cluster.Builder clusterBody(String name, int timeoutSeconds) {
    return Cluster.newBuilder()
        .setName(name)
        .setType(Cluster.DiscoveryType.EDS)
        .setConnectTimeout(
            com.google.protobuf.Duration.newBuilder().setSeconds(timeoutSeconds).build())
        .setEdsClusterConfig(Cluster.EdsClusterConfig.newBuilder().setEdsConfig(ADS));
  }

  private static Resource badCluster(String name) {
    UpstreamTlsContext tls =
        UpstreamTlsContext.newBuilder()
            .setCommonTlsContext(
                CommonTlsContext.newBuilder()
                    .addTlsCertificates(
                        TlsCertificate.newBuilder()
                            .setCertificateChain(
                                DataSource.newBuilder().setInlineString("no certificate"))
                            .setPrivateKey(DataSource.newBuilder().setInlineString("no key"))))
            .build();
    return resource(
        TypeUrls.CLUSTER,
        name,
        clusterBody(name, 1)
            .setTransportSocket(
                TransportSocket.newBuilder()
                    .setName("envoy.transport_sockets.tls")
                    .setTypedConfig(Any.pack(tls)))
            .build());
  }

  private static Resource endpoints(String name) {
    Address address =
        Address.newBuilder()
            .setSocketAddress(SocketAddress.newBuilder().setAddress("127.0.0.1").setPortValue(9))
            .build();
    return resource(
        TypeUrls.ENDPOINTS,
        name,
        ClusterLoadAssignment.newBuilder()
            .setClusterName(name)
            .addEndpoints(
                LocalityLbEndpoints.newBuilder()
                    .addLbEndpoints(
                        LbEndpoint.newBuilder()
                            .setEndpoint(Endpoint.newBuilder().setAddress(address))))
            .build());
  }

  private static Resource route(int... weights) {
    WeightedCluster.Builder split = WeightedCluster.newBuilder();
    for (int i = 0; i < weights.length; i++) {
      split.addClusters(
          WeightedCluster.ClusterWeight.newBuilder()
              .setName(String.valueOf((char) ('a' + i)))
              .setWeight(UInt32Value.of(weights[i])));
    }
    return resource(
        TypeUrls.ROUTES,
        "r",
        RouteConfiguration.newBuilder()
            .setName("r")
            .addVirtualHosts(
                VirtualHost.newBuilder()
                    .setName("all")
                    .addDomains("*")
                    .addRoutes(
                        Route.newBuilder()
                            .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                            .setRoute(RouteAction.newBuilder().setWeightedClusters(split))))
            .build());
  }

  private static Resource listener(int port) {
    HttpConnectionManager manager =
        HttpConnectionManager.newBuilder()
            .setStatPrefix("in")
            .setRds(Rds.newBuilder().setRouteConfigName("r").setConfigSource(ADS))
            .addHttpFilters(
                HttpFilter.newBuilder()
                    .setName("envoy.filters.http.router")
                    .setTypedConfig(Any.pack(Router.getDefaultInstance())))
            .build();
    return resource(
        TypeUrls.LISTENER,
        "l",
        Listener.newBuilder()
            .setName("l")
            .setAddress(
                Address.newBuilder()
                    .setSocketAddress(
                        SocketAddress.newBuilder().setAddress("127.0.0.1").setPortValue(port)))
            .addFilterChains(
                FilterChain.newBuilder()
                    .addFilters(
                        Filter.newBuilder()
                            .setName("envoy.filters.network.http_connection_manager")
                            .setTypedConfig(Any.pack(manager))))
            .build());
  }

  private void say(String what) {
    out.printf("%8.3f s  %s%n", (System.nanoTime() - startNanos) / 1e9, what);
    out.flush();
  }

  private void print(AdsService ads) {
    for (ProxyView view : ads.fleetView().proxies()) {
      say(view.proxy().toString());
      view.types()
          .forEach((type, seen) ->
              seen.resources()
                  .forEach((name, state) ->
                      say(
                          "%s %s acked=%s nack=%s"
                              .formatted(
                                  type.substring(type.lastIndexOf('.') + 1),
                                  name,
                                  state.ackedVersion().isPresent(),
                                  state.nack().map(ProxyView.Nack::message)))));
    }
  }

  @Override
  public void joined(Proxy proxy, Instant at) {
    say("joined " + proxy);
  }

  @Override
  public void left(Proxy proxy, Instant at) {
    say("left " + proxy.nodeId());
  }

  @Override
  public void acked(Proxy proxy, String typeUrl, String name, String version, Instant at) {
    say("acked " + typeUrl.substring(typeUrl.lastIndexOf('.') + 1) + " " + name);
  }

  @Override
  public void nacked(
      Proxy proxy, String typeUrl, String name, String version, String message, Instant at) {
    say("NACK " + typeUrl.substring(typeUrl.lastIndexOf('.') + 1) + " " + name + ": " + message);
  }
}
