package dev.serin.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.StringValue;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.JsonFormat;
import dev.serin.mesh.overlay.RouteForm;
import dev.serin.mesh.tree.EnvoyDocuments;
import dev.serin.mesh.tree.EnvoyResource;
import dev.serin.mesh.tree.KeyStyle;
import dev.serin.mesh.tree.ResourceEncoder;
import dev.serin.mesh.tree.TreeRoutes;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteList;
import io.envoyproxy.envoy.type.matcher.v3.HttpRequestHeaderMatchInput;
import java.util.Optional;
import org.junit.jupiter.api.Nested;

final class TreeRoutesTest {
  @Nested
  final class InSnakeCase extends Contract {
    InSnakeCase() {
      super(KeyStyle.SNAKE);
    }
  }

  @Nested
  final class InCamelCase extends Contract {
    InCamelCase() {
      super(KeyStyle.CAMEL);
    }
  }

  abstract static class Contract extends RouteFormContract<ObjectNode> {
    private static final JsonFormat.Printer PRINTER =
        JsonFormat.printer()
            .usingTypeRegistry(
                TypeRegistry.newBuilder()
                    .add(StringValue.getDescriptor())
                    .add(RouteList.getDescriptor())
                    .add(HttpRequestHeaderMatchInput.getDescriptor())
                    .build());

    private final KeyStyle style;

    Contract(KeyStyle style) {
      this.style = style;
    }

    @Override
    RouteForm<ObjectNode> form() {
      return TreeRoutes.FORM;
    }

    @Override
    ObjectNode of(RouteConfiguration table) {
      try {
        String json =
            (style == KeyStyle.SNAKE ? PRINTER.preservingProtoFieldNames() : PRINTER).print(table);
        return EnvoyDocuments.parse("table.json", json).resources().getFirst().tree();
      } catch (InvalidProtocolBufferException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    RouteConfiguration proto(ObjectNode table) {
      String other = style == KeyStyle.SNAKE ? "[a-z][A-Z]" : "[a-z]_[a-z]";
      assertThat(keys(table))
          .noneMatch(key -> key.matches("[^.]*" + other + "[^.]*")); // dots: filters
      ResourceEncoder.Encoded encoded =
          ResourceEncoder.encode(
              new EnvoyResource(
                  "table.json", 1, TypeUrls.ROUTES, "table", table, style, Optional.empty()));
      assertThat(encoded.problems()).isEmpty();
      try {
        return RouteConfiguration.parseFrom(encoded.value().orElseThrow());
      } catch (InvalidProtocolBufferException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    RouteSimulator simulator(ObjectNode table) {
      return TreeRoutes.simulator(table);
    }

    private static java.util.List<String> keys(com.fasterxml.jackson.databind.JsonNode tree) {
      java.util.List<String> keys = new java.util.ArrayList<>();
      tree.properties().forEach(field -> keys.add(field.getKey()));
      tree.forEach(child -> keys.addAll(keys(child)));
      return keys;
    }
  }
}
