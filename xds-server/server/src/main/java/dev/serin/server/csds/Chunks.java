package dev.serin.server.csds;

import com.google.common.collect.ImmutableList;
import dev.serin.ads.ProxyView;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.status.v3.ClientConfig;
import io.envoyproxy.envoy.service.status.v3.ClientConfig.GenericXdsConfig;
import io.envoyproxy.envoy.service.status.v3.ClientStatusResponse;
import java.util.Iterator;
import java.util.List;

/**
 * One answer in as many messages as it needs, made as they are asked for. A proxy that does not fit
 * into one goes on in the next, with its node again. At least one message, which may be empty.
 */
final class Chunks {
  /** Below the 4 MiB that gRPC clients take if nobody told them otherwise. */
  static final int MAX_BYTES = 3 << 20;

  /** Tag and length of a field. */
  private static final int FIELD_BYTES = 8;

  private final Iterator<ProxyView> proxies;
  private final int maxBytes;
  private Iterator<GenericXdsConfig> resources = List.<GenericXdsConfig>of().iterator();
  private Node node = Node.getDefaultInstance();
  private boolean begun;

  Chunks(ImmutableList<ProxyView> proxies, int maxBytes) {
    this.proxies = proxies.iterator();
    this.maxBytes = maxBytes;
  }

  boolean hasNext() {
    return !begun || resources.hasNext() || proxies.hasNext();
  }

  ClientStatusResponse next() {
    begun = true;
    ClientStatusResponse.Builder response = ClientStatusResponse.newBuilder();
    int bytes = 0;
    while (bytes < maxBytes && (resources.hasNext() || proxies.hasNext())) {
      if (!resources.hasNext()) {
        ProxyView view = proxies.next();
        node = ClientConfigs.node(view.proxy());
        resources = ClientConfigs.resources(view).iterator();
      }
      ClientConfig.Builder config = ClientConfig.newBuilder().setNode(node);
      bytes += node.getSerializedSize() + 2 * FIELD_BYTES;
      while (bytes < maxBytes && resources.hasNext()) {
        GenericXdsConfig resource = resources.next();
        bytes += resource.getSerializedSize() + FIELD_BYTES;
        config.addGenericXdsConfigs(resource);
      }
      response.addConfig(config);
    }
    return response.build();
  }
}
