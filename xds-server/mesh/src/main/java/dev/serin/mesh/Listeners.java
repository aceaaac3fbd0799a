package dev.serin.mesh;

import com.google.common.net.InetAddresses;
import com.google.protobuf.BoolValue;
import com.google.protobuf.Message;
import dev.serin.mesh.overlay.HttpFilters;
import dev.serin.mesh.overlay.SourceAddress;
import dev.serin.mesh.overlay.VersionHeader;
import io.envoyproxy.envoy.config.core.v3.AggregatedConfigSource;
import io.envoyproxy.envoy.config.core.v3.ApiVersion;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.envoyproxy.envoy.config.listener.v3.ApiListener;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.extensions.filters.http.fault.v3.HTTPFault;
import io.envoyproxy.envoy.extensions.filters.http.grpc_stats.v3.FilterConfig;
import io.envoyproxy.envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.Rds;
import io.envoyproxy.envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation;

/**
 * Renders the listeners that Serin publishes.
 *
 * <p>They carry the filters that a step may need and that do nothing by themselves: fault injection
 * and rate limits (off until a route configures them) and the gRPC status counters.
 */
final class Listeners {
  private static final String FAULT = published(HttpFilters.FAULT);
  private static final String RATE_LIMIT = published(HttpFilters.LOCAL_RATE_LIMIT);
  private static final String GRPC_STATS = "envoy.filters.http.grpc_stats";
  private static final String ROUTER = "envoy.filters.http.router";

  private Listeners() {}

  /** A listener for Envoy on an IP address. */
  static Resource onPort(String bindAddress, int port) {
    String name = PortPart.name(port);
    HttpConnectionManager.Builder manager =
        HttpConnectionManager.newBuilder()
            .setStatPrefix(name)
            .setRds(routes(name))
            .setNormalizePath(BoolValue.of(true))
            // The TCP peer is the client: what it says of itself in x-forwarded-for is not
            // believed.
            .setUseRemoteAddress(BoolValue.of(true))
            .addHttpFilters(filter(FAULT, HTTPFault.getDefaultInstance()))
            .addHttpFilters(
                filter(RATE_LIMIT, LocalRateLimit.newBuilder().setStatPrefix(name).build()))
            .addHttpFilters(
                filter(
                    GRPC_STATS,
                    FilterConfig.newBuilder().setStatsForAllMethods(BoolValue.of(false)).build()))
            .addHttpFilters(filter(ROUTER, Router.getDefaultInstance()));
    if (!InetAddresses.forString(bindAddress).isLoopbackAddress()) {
      manager.addEarlyHeaderMutationExtensions(withoutStamp());
    }
    Listener.Builder listener =
        Listener.newBuilder()
            .setName(name)
            .setAddress(ServiceClusters.address(bindAddress, port))
            .addFilterChains(
                FilterChain.newBuilder()
                    .addFilters(SourceAddress.filter())
                    .addFilters(
                        Filter.newBuilder()
                            .setName("envoy.filters.network.http_connection_manager")
                            .setTypedConfig(Encoding.any(manager.build()))));
    return Resource.of(TypeUrls.LISTENER, name, Encoding.bytes(listener.build()));
  }

  /**
   * At the edge nobody is believed who says which version was chosen. An address that only the
   * machine's own processes reach is no edge: there an application hands on what it was told, and
   * services further down the chain may follow it.
   */
  private static TypedExtensionConfig withoutStamp() {
    return TypedExtensionConfig.newBuilder()
        .setName("envoy.http.early_header_mutation.header_mutation")
        .setTypedConfig(
            Encoding.any(
                HeaderMutation.newBuilder()
                    .addMutations(
                        io.envoyproxy.envoy.config.common.mutation_rules.v3.HeaderMutation
                            .newBuilder()
                            .setRemove(VersionHeader.NAME))
                    .build()))
        .build();
  }

  /**
   * What a proxyless gRPC client asks for by the authority that it dials ({@code
   * xds:///checkout:8080}). It refuses filters that it does not know.
   */
  static Resource forAuthority(String authority, int port) {
    HttpConnectionManager manager =
        HttpConnectionManager.newBuilder()
            .setStatPrefix(PortPart.name(port))
            .setRds(routes(PortPart.name(port)))
            .addHttpFilters(filter(FAULT, HTTPFault.getDefaultInstance()))
            .addHttpFilters(filter(ROUTER, Router.getDefaultInstance()))
            .build();
    Listener listener =
        Listener.newBuilder()
            .setName(authority)
            .setApiListener(ApiListener.newBuilder().setApiListener(Encoding.any(manager)))
            .build();
    return Resource.of(TypeUrls.LISTENER, authority, Encoding.bytes(listener));
  }

  static ConfigSource overAds() {
    return ConfigSource.newBuilder()
        .setAds(AggregatedConfigSource.getDefaultInstance())
        .setResourceApiVersion(ApiVersion.V3)
        .build();
  }

  private static Rds routes(String name) {
    return Rds.newBuilder().setRouteConfigName(name).setConfigSource(overAds()).build();
  }

  private static String published(String type) {
    return HttpFilters.PUBLISHED.name(type).orElseThrow();
  }

  private static HttpFilter filter(String name, Message config) {
    return HttpFilter.newBuilder().setName(name).setTypedConfig(Encoding.any(config)).build();
  }
}
