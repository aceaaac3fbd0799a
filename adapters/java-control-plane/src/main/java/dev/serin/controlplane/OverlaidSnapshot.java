package dev.serin.controlplane;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import dev.serin.mesh.Base;
import dev.serin.mesh.BaseSnapshots;
import dev.serin.mesh.Encoding;
import dev.serin.mesh.MeshConfig;
import dev.serin.mesh.ProxyGroup;
import dev.serin.mesh.Rendered;
import dev.serin.mesh.Resource;
import dev.serin.mesh.TypeResources;
import dev.serin.mesh.TypeUrls;
import dev.serin.mesh.overlay.Refusal;
import io.envoyproxy.controlplane.cache.Resources.ResourceType;
import io.envoyproxy.controlplane.cache.v3.Snapshot;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A snapshot of a control plane as Serin's resources, and back. Immutable. A type that no plan
 * touches keeps its messages and its version.
 */
final class OverlaidSnapshot {
  private static final ImmutableMap<ResourceType, String> TYPES =
      ImmutableMap.of(
          ResourceType.CLUSTER, TypeUrls.CLUSTER,
          ResourceType.ENDPOINT, TypeUrls.ENDPOINTS,
          ResourceType.LISTENER, TypeUrls.LISTENER,
          ResourceType.ROUTE, TypeUrls.ROUTES,
          ResourceType.SECRET, TypeUrls.SECRET);

  private final Snapshot given;
  private final Base base;
  private final ImmutableMap<Resource, Message> messages;

  /** A snapshot with plans laid over it, and what was left out. */
  record Result(Snapshot snapshot, ImmutableList<Refusal> refusals) {}

  private OverlaidSnapshot(Snapshot given, Base base, ImmutableMap<Resource, Message> messages) {
    this.given = given;
    this.base = base;
    this.messages = messages;
  }

  static OverlaidSnapshot of(Snapshot given, BaseSnapshots bases) {
    Map<String, TypeResources> byType = new HashMap<>();
    Map<Resource, Message> messages = new HashMap<>();
    TYPES.forEach((type, typeUrl) -> {
      ImmutableList.Builder<Resource> resources = ImmutableList.builder();
      given
          .resources(type)
          .forEach((name, message) -> {
            Resource resource = Resource.of(typeUrl, name, Encoding.bytes(message));
            messages.put(resource, message);
            resources.add(resource);
          });
      byType.put(
          typeUrl,
          bases.set(resources.build(), Optional.of(given.version(type, ImmutableList.of()))));
    });
    return new OverlaidSnapshot(
        given,
        bases.around(ImmutableList.of(bases.snapshot(byType)), ImmutableList.of()),
        ImmutableMap.copyOf(messages));
  }

  /** As the control plane has set it. */
  Snapshot given() {
    return given;
  }

  Result under(MeshConfig config, ProxyGroup group) {
    Rendered rendered = config.render(group, base);
    boolean untouched =
        TYPES.entrySet().stream()
            .allMatch(type -> {
              var before = given.resources(type.getKey());
              TypeResources after = rendered.snapshot().ofType(type.getValue());
              return before.size() == after.size() && !after.any(r -> !messages.containsKey(r));
            });
    return new Result(untouched ? given : made(rendered), rendered.refusals());
  }

  private Snapshot made(Rendered rendered) {
    return Snapshot.create(
        messages(rendered, TypeUrls.CLUSTER, Cluster.parser()),
        version(rendered, TypeUrls.CLUSTER),
        messages(rendered, TypeUrls.ENDPOINTS, ClusterLoadAssignment.parser()),
        version(rendered, TypeUrls.ENDPOINTS),
        messages(rendered, TypeUrls.LISTENER, Listener.parser()),
        version(rendered, TypeUrls.LISTENER),
        messages(rendered, TypeUrls.ROUTES, RouteConfiguration.parser()),
        version(rendered, TypeUrls.ROUTES),
        messages(rendered, TypeUrls.SECRET, Secret.parser()),
        version(rendered, TypeUrls.SECRET));
  }

  private static String version(Rendered rendered, String typeUrl) {
    return rendered.snapshot().ofType(typeUrl).versionInfo();
  }

  private <M extends Message> ImmutableList<M> messages(
      Rendered rendered, String typeUrl, Parser<M> parser) {
    ImmutableList.Builder<M> all = ImmutableList.builder();
    rendered
        .snapshot()
        .ofType(typeUrl)
        .forEach(resource -> {
          try {
            all.add(parser.parseFrom(resource.value()));
          } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(resource + " is no " + typeUrl, e);
          }
        });
    return all.build();
  }
}
