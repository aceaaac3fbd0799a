package dev.serin.ads;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.collect.Interner;
import com.google.common.collect.Interners;
import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.serin.mesh.Resource;
import dev.serin.mesh.TypeResources;
import dev.serin.mesh.TypeUrls;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteList;
import io.envoyproxy.envoy.config.route.v3.ScopedRouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;

/**
 * Which resources a resource names: routes their clusters, a Cluster its endpoint set. What a
 * version names never changes, so each is parsed once for the whole fleet. Thread-safe.
 */
final class References {
  /** What a version weighs beside the names, so that there are no more than twenty thousand. */
  private static final int VERSION = 50;

  private static final int MAX_WEIGHT = 1_000_000;

  private final Cache<String, ImmutableSortedSet<String>> byVersion =
      CacheBuilder.newBuilder()
          .maximumWeight(MAX_WEIGHT)
          .weigher((String version, ImmutableSortedSet<String> names) -> VERSION + names.size())
          .build();

  /** Versions that differ in weights name the same. */
  private final Interner<ImmutableSortedSet<String>> names = Interners.newWeakInterner();

  /** Whether a set that the fleet shares names a cluster, by the set and the cluster. */
  private final Cache<TypeResources, ConcurrentHashMap<String, Boolean>> bySet =
      CacheBuilder.newBuilder().weakKeys().build();

  /**
   * The clusters of routes (RouteConfigurations, virtual hosts, scopes), or the one endpoint set of
   * a Cluster of type EDS.
   */
  ImmutableSortedSet<String> of(Resource resource) {
    try {
      return byVersion.get(
          resource.typeUrl() + resource.version(), () -> names.intern(parse(resource)));
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Whether resources of the type are routes, whose clusters {@link #of} knows. */
  static boolean routes(String typeUrl) {
    return switch (typeUrl) {
      case TypeUrls.ROUTES, TypeUrls.VIRTUAL_HOST, TypeUrls.SCOPED_ROUTES -> true;
      default -> false;
    };
  }

  /** Whether resources of the type can point at clusters. */
  static boolean mayPoint(String typeUrl) {
    return switch (typeUrl) {
      case TypeUrls.ENDPOINTS, TypeUrls.SECRET, TypeUrls.RUNTIME -> false;
      default -> true;
    };
  }

  /**
   * Whether the resource points at the cluster. Listeners, filters and clusters do so in messages
   * of many kinds, some of which are unknown here: of these it is said that they do when the name
   * stands among their strings.
   */
  boolean pointsAt(Resource resource, String cluster) {
    return switch (resource.typeUrl()) {
      case TypeUrls.ROUTES, TypeUrls.VIRTUAL_HOST, TypeUrls.SCOPED_ROUTES ->
          of(resource).contains(cluster);
      case TypeUrls.ENDPOINTS, TypeUrls.SECRET, TypeUrls.RUNTIME -> false;
      case TypeUrls.CLUSTER ->
          !resource.name().equals(cluster) && mentions(resource.value(), cluster);
      default -> mentions(resource.value(), cluster);
    };
  }

  /** Whether one of the resources points at the cluster. Found out once for the whole fleet. */
  boolean pointsAt(TypeResources resources, String cluster) {
    TypeResources root = resources.root();
    if (root != resources) {
      return pointsAt(root, cluster)
          || resources.own().values().stream().anyMatch(own -> pointsAt(own, cluster));
    }
    try {
      return bySet
          .get(resources, ConcurrentHashMap::new)
          .computeIfAbsent(cluster, c -> resources.any(one -> pointsAt(one, c)));
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Whether the text is one of the strings in an encoded message: its length stands before it. */
  private static boolean mentions(ByteString message, String text) {
    ByteString name = ByteString.copyFromUtf8(text);
    ByteString.Output prefixed = ByteString.newOutput();
    int length = name.size();
    for (; length > 0x7f; length >>>= 7) {
      prefixed.write((length & 0x7f) | 0x80);
    }
    prefixed.write(length);
    ByteString wanted = prefixed.toByteString().concat(name);
    for (int at = message.size() - wanted.size(); at >= 0; at--) {
      if (message.byteAt(at) == wanted.byteAt(0)
          && message.substring(at, at + wanted.size()).equals(wanted)) {
        return true;
      }
    }
    return false;
  }

  /** A resource that does not parse names nothing: refusing it is the proxy's part. */
  private static ImmutableSortedSet<String> parse(Resource resource) {
    ByteString value = resource.value();
    try {
      return switch (resource.typeUrl()) {
        case TypeUrls.CLUSTER -> endpointSet(Cluster.parseFrom(value));
        case TypeUrls.ROUTES -> clusters(RouteConfiguration.parseFrom(value));
        case TypeUrls.VIRTUAL_HOST -> clusters(VirtualHost.parseFrom(value));
        case TypeUrls.SCOPED_ROUTES -> clusters(ScopedRouteConfiguration.parseFrom(value));
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

  private static ImmutableSortedSet<String> clusters(Message routes)
      throws InvalidProtocolBufferException {
    Set<String> found = new TreeSet<>();
    collect(routes, found);
    return ImmutableSortedSet.copyOf(found);
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
