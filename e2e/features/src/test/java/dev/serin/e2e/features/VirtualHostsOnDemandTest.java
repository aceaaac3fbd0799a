package dev.serin.e2e.features;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import dev.serin.ads.AdsService;
import dev.serin.ads.AdsSettings;
import dev.serin.e2e.envoy.EnvoyProcess;
import dev.serin.e2e.envoy.EnvoyRunner;
import dev.serin.e2e.envoy.RequireEnvoy;
import dev.serin.mesh.Resource;
import dev.serin.mesh.Snapshot;
import dev.serin.mesh.TypeUrls;
import dev.serin.mesh.bootstrap.Bootstrap;
import dev.serin.mesh.bootstrap.BootstrapOptions.Ads;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.AggregatedConfigSource;
import io.envoyproxy.envoy.config.core.v3.ApiConfigSource;
import io.envoyproxy.envoy.config.core.v3.ApiVersion;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.GrpcService;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.DirectResponseAction;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.Vhds;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.filters.http.on_demand.v3.OnDemand;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.Rds;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An Envoy that asks for virtual hosts when a host is first asked of it. What is sent for one that
 * does not exist is not in the protocol's document: here Envoy says whether it is right.
 */
@RequireEnvoy
class VirtualHostsOnDemandTest {
  @Test
  void aHostThatDoesNotExistIsAnsweredAndOneThatComesLaterIsServed(
      EnvoyRunner runner, @TempDir Path folder) throws Exception {
    try (ExecutorService work = Executors.newFixedThreadPool(2)) {
      AdsService ads =
          new AdsService(
              AdsSettings.DEFAULT, work, InstantSource.system(), new SimpleMeterRegistry());
      NettyServerBuilder builder =
          NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      ads.services().forEach(builder::addService);
      Server server = builder.build().start();
      Snapshot few = mesh(host("shop", "shop.example", "www.shop.example"));
      ads.publish(proxy -> few);
      String bootstrap =
          new ProxySpec("on-demand", "a", "eu-west", "127.0.0.1", Ads.DELTA, s -> s)
              .bootstrap(server.getPort());
      try (EnvoyProcess envoy = EnvoyProcess.start(runner, "on-demand", bootstrap, folder)) {
        envoy.awaitReady(TestMesh.PATIENCE); // a listener is listed before it listens
        InetSocketAddress listener = envoy.awaitListener("l", TestMesh.PATIENCE);
        assertThat(get(listener, "shop.example")).startsWith("HTTP/1.1 200").endsWith("shop");
        assertThat(get(listener, "www.shop.example")).startsWith("HTTP/1.1 200");
        assertThat(get(listener, "nobody.example")).startsWith("HTTP/1.1 404");
        assertThat(get(listener, "nobody.example")).startsWith("HTTP/1.1 404");
        Snapshot more = mesh(host("shop", "shop.example"), host("nobody", "nobody.example"));
        ads.publish(proxy -> more);
        Await.until(
            "the host that was asked for before it existed",
            TestMesh.PATIENCE,
            () -> get(listener, "nobody.example"),
            answer -> answer.startsWith("HTTP/1.1 200") && answer.endsWith("nobody"));
        assertThat(get(listener, "shop.example")).startsWith("HTTP/1.1 200");
        assertThat(ads.fleetView().proxies().getFirst().type(TypeUrls.VIRTUAL_HOST).resources())
            .allSatisfy((name, view) -> assertThat(view.nack()).as(name).isEmpty());
      } finally {
        ads.shutDown();
        server.shutdownNow();
        work.shutdownNow();
      }
    }
  }

  /** The head of an answer and its body. */
  private static String get(InetSocketAddress listener, String host) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(listener);
      socket.setSoTimeout(30_000); // a request that stays paused is a failure, not a hang
      socket
          .getOutputStream()
          .write(
              ("GET / HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    }
  }

  private static Snapshot mesh(Resource... hosts) {
    List<Resource> all = new ArrayList<>(List.of(hosts));
    all.add(resource(TypeUrls.LISTENER, "l", listener()));
    all.add(
        resource(
            TypeUrls.ROUTES,
            "r",
            RouteConfiguration.newBuilder()
                .setName("r")
                .setVhds(Vhds.newBuilder().setConfigSource(oneType()))
                .build()));
    return Snapshot.of(all);
  }

  private static Resource host(String name, String... domains) {
    VirtualHost host =
        VirtualHost.newBuilder()
            .setName(name)
            .addAllDomains(List.of(domains))
            .addRoutes(
                Route.newBuilder()
                    .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                    .setDirectResponse(
                        DirectResponseAction.newBuilder()
                            .setStatus(200)
                            .setBody(DataSource.newBuilder().setInlineString(name))))
            .build();
    return resource(TypeUrls.VIRTUAL_HOST, "r/" + name, host)
        .withAliases(List.of(domains).stream().map(domain -> "r/" + domain).toList());
  }

  private static Resource resource(String type, String name, Message body) {
    return Resource.of(type, name, body.toByteString());
  }

  /** The stream for virtual hosts alone, which is all that Envoy takes here. */
  private static ConfigSource oneType() {
    return ConfigSource.newBuilder()
        .setResourceApiVersion(ApiVersion.V3)
        .setApiConfigSource(
            ApiConfigSource.newBuilder()
                .setApiType(ApiConfigSource.ApiType.DELTA_GRPC)
                .setTransportApiVersion(ApiVersion.V3)
                .addGrpcServices(
                    GrpcService.newBuilder()
                        .setEnvoyGrpc(
                            GrpcService.EnvoyGrpc.newBuilder()
                                .setClusterName(Bootstrap.XDS_CLUSTER))))
        .build();
  }

  private static Listener listener() {
    ConfigSource ads =
        ConfigSource.newBuilder()
            .setResourceApiVersion(ApiVersion.V3)
            .setAds(AggregatedConfigSource.getDefaultInstance())
            .build();
    HttpConnectionManager manager =
        HttpConnectionManager.newBuilder()
            .setStatPrefix("in")
            .setRds(Rds.newBuilder().setRouteConfigName("r").setConfigSource(ads))
            .addHttpFilters(filter("envoy.filters.http.on_demand", OnDemand.getDefaultInstance()))
            .addHttpFilters(filter("envoy.filters.http.router", Router.getDefaultInstance()))
            .build();
    return Listener.newBuilder()
        .setName("l")
        .setAddress(
            Address.newBuilder()
                .setSocketAddress(
                    SocketAddress.newBuilder().setAddress("127.0.0.1").setPortValue(0)))
        .addFilterChains(
            FilterChain.newBuilder()
                .addFilters(
                    Filter.newBuilder()
                        .setName("envoy.filters.network.http_connection_manager")
                        .setTypedConfig(Any.pack(manager))))
        .build();
  }

  private static HttpFilter filter(String name, Message config) {
    return HttpFilter.newBuilder().setName(name).setTypedConfig(Any.pack(config)).build();
  }
}
