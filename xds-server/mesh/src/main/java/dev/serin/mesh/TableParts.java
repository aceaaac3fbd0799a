package dev.serin.mesh;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.primitives.ImmutableIntArray;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.serin.mesh.RouteTables.Change;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;

/**
 * A RouteConfiguration of a base as the encoded fields that it is made of, and which of its virtual
 * hosts name a cluster: a step of a rollout then reads and writes the few hosts that lead to the
 * service, and copies the rest. What comes of it is to the byte what {@link RouteTables#rewritten}
 * gives, which reads and writes the whole table. Immutable.
 */
final class TableParts {
  /** Of tables that a rollout has concerned; as long as the base has them. */
  private static final Cache<Resource, TableParts> KNOWN =
      CacheBuilder.newBuilder().weakKeys().build();

  /** The table without its virtual hosts. */
  private final RouteConfiguration frame;

  /** As this encoder writes it: the base's own bytes where those are the same. */
  private final ByteString bytes;

  /** Where the virtual hosts begin in the bytes, each as a field, and where the last one ends. */
  private final ImmutableIntArray begins;

  /** The virtual hosts that name a cluster, by their place. */
  private final ImmutableMap<String, ImmutableIntArray> hosts;

  private TableParts(
      RouteConfiguration frame,
      ByteString bytes,
      ImmutableIntArray begins,
      ImmutableMap<String, ImmutableIntArray> hosts) {
    this.frame = frame;
    this.bytes = bytes;
    this.begins = begins;
    this.hosts = hosts;
  }

  /** The parts of a RouteConfiguration that parses; found once. */
  static TableParts of(Resource table) {
    try {
      return KNOWN.get(table, () -> read(table));
    } catch (ExecutionException e) {
      throw new IllegalStateException(table + " does not parse", e);
    }
  }

  private static TableParts read(Resource resource) throws InvalidProtocolBufferException {
    RouteConfiguration table = RouteConfiguration.parseFrom(resource.value());
    ImmutableIntArray.Builder begins = ImmutableIntArray.builder();
    Map<String, ImmutableIntArray.Builder> hosts = new HashMap<>();
    int at = Encoding.bytes(named(table.getName())).size();
    for (int i = 0; i < table.getVirtualHostsCount(); i++) {
      VirtualHost host = table.getVirtualHosts(i);
      begins.add(at);
      at +=
          CodedOutputStream.computeMessageSize(RouteConfiguration.VIRTUAL_HOSTS_FIELD_NUMBER, host);
      Set<String> clusters = new TreeSet<>();
      RouteTables.collect(alone(host), clusters);
      for (String cluster : clusters) {
        hosts.computeIfAbsent(cluster, c -> ImmutableIntArray.builder()).add(i);
      }
    }
    ImmutableMap.Builder<String, ImmutableIntArray> byCluster = ImmutableMap.builder();
    hosts.forEach((cluster, places) -> byCluster.put(cluster, places.build()));
    ByteString encoded = Encoding.bytes(table);
    return new TableParts(
        table.toBuilder().clearVirtualHosts().build(),
        encoded.equals(resource.value()) ? resource.value() : encoded,
        begins.add(at).build(),
        byCluster.buildOrThrow());
  }

  /**
   * The resource that these are the parts of with its table changed; the resource itself where the
   * change returns what it is given.
   *
   * @param clusters the change concerns no virtual host that names none of these; it is given the
   *     table without such hosts
   */
  @SuppressWarnings("ReferenceEquality") // what was not changed is the same object
  Resource rewritten(Resource resource, Collection<String> clusters, Change change)
      throws InvalidProtocolBufferException {
    int[] places =
        ImmutableSet.copyOf(clusters).stream()
            .flatMapToInt(cluster -> hosts.getOrDefault(cluster, ImmutableIntArray.of()).stream())
            .distinct()
            .sorted()
            .toArray();
    RouteConfiguration.Builder concerned = frame.toBuilder();
    for (int place : places) {
      concerned.addVirtualHosts(host(place));
    }
    RouteConfiguration before = concerned.build();
    RouteConfiguration after = change.of(before, Optional.empty());
    return after == before
        ? resource
        : Resource.of(resource.typeUrl(), resource.name(), together(places, before, after))
            .withAliases(resource.aliases());
  }

  private VirtualHost host(int place) throws InvalidProtocolBufferException {
    return RouteConfiguration.parseFrom(bytes.substring(begins.get(place), begins.get(place + 1)))
        .getVirtualHosts(0);
  }

  /**
   * A message is the concatenation of its fields, which are written in the order of their numbers:
   * the name, the virtual hosts, and all the others.
   */
  @SuppressWarnings("ReferenceEquality") // what was not changed is the same object
  private ByteString together(int[] places, RouteConfiguration before, RouteConfiguration after) {
    List<ByteString> fields = new ArrayList<>();
    fields.add(Encoding.bytes(named(after.getName())));
    int copied = begins.get(0);
    for (int i = 0; i < places.length; i++) {
      VirtualHost host = after.getVirtualHosts(i);
      if (host != before.getVirtualHosts(i)) {
        fields.add(bytes.substring(copied, begins.get(places[i])));
        fields.add(Encoding.bytes(alone(host)));
        copied = begins.get(places[i] + 1);
      }
    }
    fields.add(bytes.substring(copied, begins.get(begins.length() - 1)));
    fields.add(Encoding.bytes(after.toBuilder().clearName().clearVirtualHosts().build()));
    return Encoding.together(fields);
  }

  private static RouteConfiguration named(String name) {
    return RouteConfiguration.newBuilder().setName(name).build();
  }

  private static RouteConfiguration alone(VirtualHost host) {
    return RouteConfiguration.newBuilder().addVirtualHosts(host).build();
  }
}
