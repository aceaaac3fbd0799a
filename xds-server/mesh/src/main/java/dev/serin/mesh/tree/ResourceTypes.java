package dev.serin.mesh.tree;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import dev.serin.mesh.TypeUrls;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.ScopedRouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.service.runtime.v3.Runtime;
import java.util.Map;
import java.util.Optional;

/** What kind of resource a tree is: by its {@code @type}, or else by its fields. */
final class ResourceTypes {
  /** The fields of each type of resource, in both spellings. */
  private static final ImmutableMap<String, ImmutableSet<String>> FIELDS =
      ImmutableMap.<String, ImmutableSet<String>>builder()
          .put(TypeUrls.LISTENER, fields(Listener.getDescriptor()))
          .put(TypeUrls.ROUTES, fields(RouteConfiguration.getDescriptor()))
          .put(TypeUrls.CLUSTER, fields(Cluster.getDescriptor()))
          .put(TypeUrls.ENDPOINTS, fields(ClusterLoadAssignment.getDescriptor()))
          .put(TypeUrls.SCOPED_ROUTES, fields(ScopedRouteConfiguration.getDescriptor()))
          .put(TypeUrls.VIRTUAL_HOST, fields(VirtualHost.getDescriptor()))
          .put(TypeUrls.SECRET, fields(Secret.getDescriptor()))
          .put(TypeUrls.EXTENSION, fields(TypedExtensionConfig.getDescriptor()))
          .put(TypeUrls.RUNTIME, fields(Runtime.getDescriptor()))
          .buildOrThrow();

  private ResourceTypes() {}

  /** The type that the tree itself names; empty where it names none. */
  static Optional<String> named(ObjectNode tree) {
    JsonNode type = tree.get("@type");
    return type != null && type.isTextual() ? Optional.of(type.textValue()) : Optional.empty();
  }

  /** The types that know most of the keys: one, several, or none where no type knows any. */
  static ImmutableList<String> byShape(ObjectNode tree) {
    long most = 0;
    ImmutableList.Builder<String> best = ImmutableList.builder();
    for (Map.Entry<String, ImmutableSet<String>> type : FIELDS.entrySet()) {
      long known =
          tree.properties().stream().filter(f -> type.getValue().contains(f.getKey())).count();
      if (known > most) {
        most = known;
        best = ImmutableList.builder();
      }
      if (known == most && known > 0) {
        best.add(type.getKey());
      }
    }
    return best.build();
  }

  /** The name by which a resource of this type is asked for; empty where it has none. */
  static String name(String typeUrl, ObjectNode tree) {
    String field = typeUrl.equals(TypeUrls.ENDPOINTS) ? "cluster_name" : "name";
    return TreeFields.text(tree, field);
  }

  private static ImmutableSet<String> fields(Descriptor type) {
    ImmutableSet.Builder<String> names = ImmutableSet.builder();
    for (FieldDescriptor field : type.getFields()) {
      names.add(field.getName(), field.getJsonName());
    }
    return names.build();
  }
}
