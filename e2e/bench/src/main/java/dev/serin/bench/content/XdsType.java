package dev.serin.bench.content;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The four types, in the order in which an Envoy asks for them. */
public enum XdsType {
  CLUSTERS("type.googleapis.com/envoy.config.cluster.v3.Cluster"),
  ENDPOINTS("type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment"),
  LISTENERS("type.googleapis.com/envoy.config.listener.v3.Listener"),
  ROUTES("type.googleapis.com/envoy.config.route.v3.RouteConfiguration");

  private static final XdsType[] ALL = values();

  private final String url;

  @SuppressWarnings("ImmutableEnumChecker") // it is never written to
  private final byte[] bytes;

  XdsType(String url) {
    this.url = url;
    this.bytes = url.getBytes(StandardCharsets.UTF_8);
  }

  public String url() {
    return url;
  }

  /** A resource of this type. */
  public Message parse(ByteString bytes) throws InvalidProtocolBufferException {
    return switch (this) {
      case CLUSTERS -> Cluster.parseFrom(bytes);
      case ENDPOINTS -> ClusterLoadAssignment.parseFrom(bytes);
      case LISTENERS -> Listener.parseFrom(bytes);
      case ROUTES -> RouteConfiguration.parseFrom(bytes);
    };
  }

  /** The type whose URL these bytes are. */
  public static XdsType of(byte[] url, int length) {
    for (XdsType type : ALL) {
      if (Arrays.equals(type.bytes, 0, type.bytes.length, url, 0, length)) {
        return type;
      }
    }
    throw new IllegalArgumentException(
        "type_url: \""
            + new String(url, 0, length, StandardCharsets.UTF_8)
            + "\" (expected: clusters, endpoints, listeners or routes)");
  }
}
