package dev.serin.ads;

import com.google.common.collect.ImmutableMap;
import com.google.rpc.Status;
import dev.serin.mesh.Resource;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import org.jspecify.annotations.Nullable;

/**
 * The one place where the variants' messages differ. The bodies of resources are shared with their
 * {@link Resource}: they are encoded when their content changes, and copied once a stream.
 *
 * @param <Q> the request
 * @param <R> the response
 */
sealed interface Codec<Q, R> {
  /** A rejected regular expression comes back whole. */
  int MAX_NACK_CHARS = 2_000;

  StreamState.Variant variant();

  Ask read(Q request);

  R write(Outgoing response);

  /** State of the world. */
  final class Full implements Codec<DiscoveryRequest, DiscoveryResponse> {
    @Override
    public StreamState.Variant variant() {
      return StreamState.Variant.STATE_OF_THE_WORLD;
    }

    @Override
    public Ask read(DiscoveryRequest request) {
      return new Ask.Full(
          node(request.hasNode(), request.getNode()),
          request.getTypeUrl(),
          request.getResponseNonce(),
          error(request.hasErrorDetail(), request.getErrorDetail()),
          request.getResourceNamesList(),
          request.getVersionInfo());
    }

    @Override
    public DiscoveryResponse write(Outgoing response) {
      DiscoveryResponse.Builder builder =
          DiscoveryResponse.newBuilder()
              .setTypeUrl(response.typeUrl())
              .setNonce(response.nonce())
              .setVersionInfo(response.version());
      for (Resource resource : response.resources()) {
        builder.addResources(resource.body());
      }
      return builder.build();
    }
  }

  /** Incremental. */
  final class Delta implements Codec<DeltaDiscoveryRequest, DeltaDiscoveryResponse> {
    @Override
    public StreamState.Variant variant() {
      return StreamState.Variant.INCREMENTAL;
    }

    @Override
    public Ask read(DeltaDiscoveryRequest request) {
      return new Ask.Delta(
          node(request.hasNode(), request.getNode()),
          request.getTypeUrl(),
          request.getResponseNonce(),
          error(request.hasErrorDetail(), request.getErrorDetail()),
          request.getResourceNamesSubscribeList(),
          request.getResourceNamesUnsubscribeList(),
          ImmutableMap.copyOf(request.getInitialResourceVersionsMap()));
    }

    @Override
    public DeltaDiscoveryResponse write(Outgoing response) {
      DeltaDiscoveryResponse.Builder builder =
          DeltaDiscoveryResponse.newBuilder()
              .setTypeUrl(response.typeUrl())
              .setNonce(response.nonce())
              .setSystemVersionInfo(response.version())
              .addAllRemovedResources(response.removed());
      for (Resource resource : response.resources()) {
        builder
            .addResourcesBuilder()
            .setName(resource.name())
            .setVersion(resource.version())
            .setResource(resource.body());
      }
      return builder.build();
    }
  }

  private static @Nullable Node node(boolean present, Node node) {
    return present ? node : null;
  }

  private static @Nullable String error(boolean present, Status status) {
    if (!present) {
      return null;
    }
    String message =
        status.getMessage().isEmpty() ? "code " + status.getCode() : status.getMessage();
    return message.length() <= MAX_NACK_CHARS
        ? message
        : message.substring(0, MAX_NACK_CHARS) + "...";
  }
}
