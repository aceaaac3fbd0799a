package dev.serin.mesh;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedSet;
import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.serin.mesh.overlay.HttpFilters;
import dev.serin.mesh.overlay.ProtoRoutes;
import dev.serin.mesh.overlay.RouteView;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.ScopedRouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.JwtProvider;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;

/**
 * The route tables inside the resources of a base, wherever Envoy takes them: a RouteConfiguration,
 * one written into a listener or a scope, a virtual host that comes on its own.
 */
@SuppressWarnings("ReferenceEquality") // what was not changed is the same object
final class RouteTables {
  /** What a resource names never changes: each is read once, for as long as somebody has it. */
  private static final Cache<Resource, ImmutableSortedSet<String>> CLUSTERS =
      CacheBuilder.newBuilder().weakKeys().build();

  private RouteTables() {}

  /** The clusters to which the routes of a resource lead. */
  static ImmutableSortedSet<String> clusters(Resource resource) {
    try {
      return CLUSTERS.get(resource, () -> read(resource));
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What does not parse names nothing: it goes to the proxy as it came, which may know better. */
  private static ImmutableSortedSet<String> read(Resource resource) {
    TreeSet<String> clusters = new TreeSet<>();
    try {
      rewritten(
          resource,
          (table, filters) -> {
            collect(table, clusters);
            return table;
          });
    } catch (InvalidProtocolBufferException e) {
      return ImmutableSortedSet.of();
    }
    return ImmutableSortedSet.copyOfSorted(clusters);
  }

  /** Adds the clusters to which a table's routes lead, or mirror. */
  static void collect(RouteConfiguration table, Set<String> clusters) {
    for (RouteView view : ProtoRoutes.FORM.views(table)) {
      clusters.addAll(view.mirrors());
      switch (view.target()) {
        case RouteView.Target.One(String cluster) -> clusters.add(cluster);
        case RouteView.Target.Divided(ImmutableList<String> divided, String number) ->
            clusters.addAll(divided);
        case RouteView.Target.FromHeader header -> {}
        case RouteView.Target.Other other -> {}
      }
    }
  }

  /** What becomes of a route table. */
  @FunctionalInterface
  interface Change {
    /**
     * The table, itself where nothing changes.
     *
     * @param filters of the one listener that uses it; empty for a table that others may use
     */
    RouteConfiguration of(RouteConfiguration table, Optional<HttpFilters> filters);
  }

  /**
   * The resource with each of its route tables replaced; the resource itself where all tables are
   * returned as they are.
   */
  static Resource rewritten(Resource resource, Change change)
      throws InvalidProtocolBufferException {
    return switch (resource.typeUrl()) {
      case TypeUrls.ROUTES -> {
        RouteConfiguration table = RouteConfiguration.parseFrom(resource.value());
        yield encoded(resource, table, change.of(table, Optional.empty()));
      }
      case TypeUrls.VIRTUAL_HOST -> {
        VirtualHost host = VirtualHost.parseFrom(resource.value());
        RouteConfiguration table = RouteConfiguration.newBuilder().addVirtualHosts(host).build();
        RouteConfiguration changed = change.of(table, Optional.empty());
        yield changed == table ? resource : encoded(resource, host, changed.getVirtualHosts(0));
      }
      case TypeUrls.SCOPED_ROUTES -> {
        ScopedRouteConfiguration scope = ScopedRouteConfiguration.parseFrom(resource.value());
        if (!scope.hasRouteConfiguration()) {
          yield resource;
        }
        RouteConfiguration table = scope.getRouteConfiguration();
        RouteConfiguration changed = change.of(table, Optional.empty());
        yield changed == table
            ? resource
            : encoded(resource, scope, scope.toBuilder().setRouteConfiguration(changed).build());
      }
      case TypeUrls.LISTENER -> {
        Listener listener = Listener.parseFrom(resource.value());
        yield encoded(resource, listener, listener(listener, change));
      }
      default -> resource;
    };
  }

  private static Resource encoded(Resource resource, Message before, Message after) {
    return after == before
        ? resource
        : Resource.of(resource.typeUrl(), resource.name(), Encoding.bytes(after))
            .withAliases(resource.aliases());
  }

  private static Listener listener(Listener listener, Change change)
      throws InvalidProtocolBufferException {
    Listener.Builder changed = null;
    List<FilterChain> chains = new ArrayList<>(listener.getFilterChainsList());
    for (int i = 0; i < chains.size(); i++) {
      FilterChain chain = chain(chains.get(i), change);
      if (chain != chains.get(i)) {
        changed = (changed == null ? listener.toBuilder() : changed).setFilterChains(i, chain);
      }
    }
    if (listener.hasDefaultFilterChain()) {
      FilterChain chain = chain(listener.getDefaultFilterChain(), change);
      if (chain != listener.getDefaultFilterChain()) {
        changed = (changed == null ? listener.toBuilder() : changed).setDefaultFilterChain(chain);
      }
    }
    if (listener.getApiListener().getApiListener().is(HttpConnectionManager.class)) {
      Any before = listener.getApiListener().getApiListener();
      Any after = manager(before, change);
      if (after != before) {
        changed = changed == null ? listener.toBuilder() : changed;
        changed.getApiListenerBuilder().setApiListener(after);
      }
    }
    return changed == null ? listener : changed.build();
  }

  private static FilterChain chain(FilterChain chain, Change change)
      throws InvalidProtocolBufferException {
    FilterChain.Builder changed = null;
    for (int i = 0; i < chain.getFiltersCount(); i++) {
      Filter filter = chain.getFilters(i);
      if (filter.getTypedConfig().is(HttpConnectionManager.class)) {
        Any after = manager(filter.getTypedConfig(), change);
        if (after != filter.getTypedConfig()) {
          changed = changed == null ? chain.toBuilder() : changed;
          changed.getFiltersBuilder(i).setTypedConfig(after);
        }
      }
    }
    return changed == null ? chain : changed.build();
  }

  private static Any manager(Any packed, Change change) throws InvalidProtocolBufferException {
    HttpConnectionManager manager = packed.unpack(HttpConnectionManager.class);
    if (!manager.hasRouteConfig()) {
      return packed;
    }
    RouteConfiguration changed = change.of(manager.getRouteConfig(), Optional.of(filters(manager)));
    return changed == manager.getRouteConfig()
        ? packed
        : packed.toBuilder()
            .setValue(Encoding.bytes(manager.toBuilder().setRouteConfig(changed).build()))
            .build();
  }

  private static HttpFilters filters(HttpConnectionManager manager)
      throws InvalidProtocolBufferException {
    Map<String, String> names = new HashMap<>();
    ImmutableSet.Builder<String> payloads = ImmutableSet.builder();
    for (HttpFilter filter : manager.getHttpFiltersList()) {
      String url = filter.getTypedConfig().getTypeUrl();
      names.putIfAbsent(url.substring(url.lastIndexOf('/') + 1), filter.getName());
      if (filter.getTypedConfig().is(JwtAuthentication.class)) {
        filter.getTypedConfig().unpack(JwtAuthentication.class).getProvidersMap().values().stream()
            .filter(provider -> provider.getClearRouteCache())
            .map(JwtProvider::getPayloadInMetadata)
            .filter(payload -> !payload.isEmpty())
            .forEach(payloads::add);
      }
    }
    return new HttpFilters(ImmutableMap.copyOf(names), payloads.build());
  }

  /** The filters of a listener by the name of the RouteConfiguration that it asks for. */
  static Map<String, HttpFilters> filters(Resource listener) {
    Map<String, HttpFilters> byTable = new HashMap<>();
    try {
      Listener parsed = Listener.parseFrom(listener.value());
      List<Any> configs = new ArrayList<>();
      for (FilterChain chain : parsed.getFilterChainsList()) {
        chain.getFiltersList().forEach(filter -> configs.add(filter.getTypedConfig()));
      }
      parsed
          .getDefaultFilterChain()
          .getFiltersList()
          .forEach(filter -> configs.add(filter.getTypedConfig()));
      configs.add(parsed.getApiListener().getApiListener());
      for (Any config : configs) {
        if (config.is(HttpConnectionManager.class)) {
          HttpConnectionManager manager = config.unpack(HttpConnectionManager.class);
          if (manager.hasRds()) {
            byTable.merge(
                manager.getRds().getRouteConfigName(), filters(manager), HttpFilters::and);
          }
        }
      }
    } catch (InvalidProtocolBufferException e) {
      return Map.of(); // refusing it is the proxy's part
    }
    return byTable;
  }
}
