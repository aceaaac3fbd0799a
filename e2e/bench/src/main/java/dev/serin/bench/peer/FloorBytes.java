package dev.serin.bench.peer;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import dev.serin.bench.content.Content;
import dev.serin.bench.content.XdsType;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import java.util.Arrays;
import java.util.List;

/**
 * Whole responses, encoded once. A stream that comes later gets the weights of the beginning; here
 * nobody comes later.
 */
final class FloorBytes {
  /** One response in both variants. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Response(byte[] full, byte[] delta) {
    byte[] of(boolean incremental) {
      return incremental ? delta : full;
    }
  }

  private final ImmutableMap<XdsType, Response> first;
  private final Response change;

  private FloorBytes(ImmutableMap<XdsType, Response> first, Response change) {
    this.first = first;
    this.change = change;
  }

  static FloorBytes first(Content content) {
    ImmutableList<Resource> all = content.encoded();
    ImmutableMap<XdsType, Response> first =
        Maps.toMap(
            Arrays.asList(XdsType.values()),
            type ->
                response(
                    type,
                    all.stream()
                        .filter(one -> one.getResource().getTypeUrl().equals(type.url()))
                        .toList(),
                    0));
    return new FloorBytes(first, of(first, XdsType.ROUTES));
  }

  /** With a new weight; only the RouteConfiguration that carries it is sent. */
  FloorBytes changed(RouteConfiguration routes, int weight) {
    return new FloorBytes(
        first,
        response(
            XdsType.ROUTES,
            List.of(Content.encoded(XdsType.ROUTES, routes.getName(), routes)),
            weight));
  }

  byte[] first(XdsType type, boolean delta) {
    return of(first, type).of(delta);
  }

  private static Response of(ImmutableMap<XdsType, Response> responses, XdsType type) {
    Response response = responses.get(type);
    if (response == null) {
      throw new IllegalArgumentException("type: " + type + " (expected: one of the four)");
    }
    return response;
  }

  byte[] change(boolean delta) {
    return change.of(delta);
  }

  private static Response response(XdsType type, List<Resource> resources, int weight) {
    String version = "floor-version-as-long-as-a-hash-" + weight;
    DiscoveryResponse.Builder full =
        DiscoveryResponse.newBuilder()
            .setVersionInfo(version)
            .setTypeUrl(type.url())
            .setNonce("" + weight);
    DeltaDiscoveryResponse.Builder delta =
        DeltaDiscoveryResponse.newBuilder()
            .setSystemVersionInfo(version)
            .setTypeUrl(type.url())
            .setNonce("" + weight);
    for (Resource resource : resources) {
      full.addResources(resource.getResource());
      delta.addResources(resource.toBuilder().setVersion(version));
    }
    return new Response(full.build().toByteArray(), delta.build().toByteArray());
  }
}
