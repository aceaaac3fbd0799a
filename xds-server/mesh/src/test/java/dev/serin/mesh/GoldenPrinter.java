package dev.serin.mesh;

import com.google.common.collect.ImmutableList;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.Any;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import com.google.protobuf.util.JsonFormat;
import dev.serin.mesh.overlay.Refusal;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.extensions.clusters.aggregate.v3.ClusterConfig;
import io.envoyproxy.envoy.extensions.filters.http.fault.v3.HTTPFault;
import io.envoyproxy.envoy.extensions.filters.http.grpc_stats.v3.FilterConfig;
import io.envoyproxy.envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.set_filter_state.v3.Config;
import io.envoyproxy.envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions;
import java.util.List;
import java.util.Map;

/**
 * Prints what a proxy is served as JSON. Fields that the generated classes do not know are shown
 * under {@code "(field N)"}, decoded as far as that goes without a schema.
 */
final class GoldenPrinter {
  private static final JsonFormat.Printer JSON =
      JsonFormat.printer()
          .usingTypeRegistry(
              JsonFormat.TypeRegistry.newBuilder()
                  .add(
                      List.of(
                          HttpConnectionManager.getDescriptor(),
                          HTTPFault.getDescriptor(),
                          io.envoyproxy.envoy.extensions.http.early_header_mutation.header_mutation
                              .v3.HeaderMutation.getDescriptor(),
                          Config.getDescriptor(),
                          LocalRateLimit.getDescriptor(),
                          ClusterConfig.getDescriptor(),
                          PreviousPrioritiesConfig.getDescriptor(),
                          FilterConfig.getDescriptor(),
                          Router.getDescriptor(),
                          HttpProtocolOptions.getDescriptor()))
                  .build());
  private static final Gson PRETTY =
      new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

  private GoldenPrinter() {}

  static String print(MeshConfig config, ProxyGroup group) throws InvalidProtocolBufferException {
    Rendered rendered = config.render(group);
    JsonObject all = new JsonObject();
    all.add("problems", reasons(config.problems()));
    all.add("refusals", reasons(rendered.refusals()));
    Snapshot snapshot = rendered.snapshot();
    all.add("listeners", resources(snapshot, TypeUrls.LISTENER, Listener.parser()));
    all.add("routes", resources(snapshot, TypeUrls.ROUTES, RouteConfiguration.parser()));
    all.add("clusters", resources(snapshot, TypeUrls.CLUSTER, Cluster.parser()));
    all.add("endpoints", resources(snapshot, TypeUrls.ENDPOINTS, ClusterLoadAssignment.parser()));
    return PRETTY.toJson(all) + "\n";
  }

  private static JsonArray resources(
      Snapshot snapshot, String type, Parser<? extends Message> parser)
      throws InvalidProtocolBufferException {
    JsonArray resources = new JsonArray();
    for (Resource resource : snapshot.resources(type).values()) {
      Message message = parser.parseFrom(resource.body().getValue());
      JsonObject json = JsonParser.parseString(JSON.print(message)).getAsJsonObject();
      showNewerFields(message, json);
      resources.add(json);
    }
    return resources;
  }

  private static JsonArray reasons(ImmutableList<Refusal> refusals) {
    JsonArray array = new JsonArray();
    refusals.forEach(refusal -> array.add(refusal.service() + ": " + refusal.reason()));
    return array;
  }

  private static void showNewerFields(Message message, JsonElement json) {
    if (message instanceof Any || !json.isJsonObject()) {
      return; // Ours hold none, and a wrapper or duration prints as a plain value.
    }
    JsonObject object = json.getAsJsonObject();
    message
        .getUnknownFields()
        .asMap()
        .forEach((number, field) -> {
          String text =
              com.google.protobuf.UnknownFieldSet.newBuilder()
                  .addField(number, field)
                  .build()
                  .toString();
          object.addProperty("(field " + number + ")", text.replaceAll("\\s+", " ").strip());
        });
    for (Map.Entry<FieldDescriptor, Object> entry : message.getAllFields().entrySet()) {
      FieldDescriptor field = entry.getKey();
      if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE && !field.isMapField()) {
        JsonElement value = object.get(field.getJsonName());
        if (field.isRepeated()) {
          List<?> items = (List<?>) entry.getValue();
          for (int i = 0; i < items.size(); i++) {
            showNewerFields((Message) items.get(i), value.getAsJsonArray().get(i));
          }
        } else {
          showNewerFields((Message) entry.getValue(), value);
        }
      }
    }
  }
}
