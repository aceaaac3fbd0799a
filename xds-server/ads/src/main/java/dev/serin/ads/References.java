package dev.serin.ads;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.google.common.collect.ImmutableSortedSet;
import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.serin.mesh.Resource;
import dev.serin.mesh.TypeUrls;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteList;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;

/**
 * Which resources a resource names: a RouteConfiguration its clusters, a Cluster its endpoint set.
 * What a version names never changes, so each is parsed once for the whole fleet. Thread-safe.
 */
final class References {
  private static final int MAX_VERSIONS = 20_000;

  private final Cache<String, ImmutableSortedSet<String>> byVersion =
      CacheBuilder.newBuilder().maximumSize(MAX_VERSIONS).build();

  /** The clusters of a RouteConfiguration, or the one endpoint set of a Cluster of type EDS. */
  ImmutableSortedSet<String> of(Resource resource) {
    try {
      return byVersion.get(resource.typeUrl() + resource.version(), () -> parse(resource));
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A resource that does not parse names nothing: refusing it is the proxy's part. */
  private static ImmutableSortedSet<String> parse(Resource resource) {
    try {
      return switch (resource.typeUrl()) {
        case TypeUrls.CLUSTER -> endpointSet(Cluster.parseFrom(resource.body().getValue()));
        case TypeUrls.ROUTES -> {
          Set<String> found = new TreeSet<>();
          collect(RouteConfiguration.parseFrom(resource.body().getValue()), found);
          yield ImmutableSortedSet.copyOf(found);
        }
        default -> ImmutableSortedSet.of();
      };
    } catch (InvalidProtocolBufferException e) {
      return ImmutableSortedSet.of();
    }
  }

  private static ImmutableSortedSet<String> endpointSet(Cluster cluster) {
    if (cluster.getType() != Cluster.DiscoveryType.EDS) {
      return ImmutableSortedSet.of();
    }
    String service = cluster.getEdsClusterConfig().getServiceName();
    return ImmutableSortedSet.of(service.isEmpty() ? cluster.getName() : service);
  }

  private static void collect(Message message, Set<String> found)
      throws InvalidProtocolBufferException {
    switch (message) {
      case RouteAction action when !action.getCluster().isEmpty() -> found.add(action.getCluster());
      case WeightedCluster.ClusterWeight weight when !weight.getName().isEmpty() ->
          found.add(weight.getName());
      case RouteAction.RequestMirrorPolicy mirror when !mirror.getCluster().isEmpty() ->
          found.add(mirror.getCluster());
      case Any any when any.is(Route.class) -> collect(any.unpack(Route.class), found);
      case Any any when any.is(RouteList.class) -> collect(any.unpack(RouteList.class), found);
      default -> {}
    }
    for (Object value : message.getAllFields().values()) {
      collectValue(value, found);
    }
  }

  private static void collectValue(Object value, Set<String> found)
      throws InvalidProtocolBufferException {
    if (value instanceof Message nested) {
      collect(nested, found);
    } else if (value instanceof Collection<?> many) {
      for (Object one : many) {
        collectValue(one, found);
      }
    }
  }
}
