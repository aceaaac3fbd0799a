package dev.serin.server.csds;

import com.google.protobuf.Timestamp;
import dev.serin.ads.Proxy;
import dev.serin.ads.ProxyView;
import dev.serin.ads.ProxyView.Nack;
import dev.serin.ads.ProxyView.ResourceView;
import dev.serin.ads.ProxyView.TypeView;
import dev.serin.mesh.ProxyGroup;
import io.envoyproxy.envoy.admin.v3.ClientResourceStatus;
import io.envoyproxy.envoy.admin.v3.UpdateFailureState;
import io.envoyproxy.envoy.config.core.v3.BuildVersion;
import io.envoyproxy.envoy.config.core.v3.Locality;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.status.v3.ClientConfig.GenericXdsConfig;
import io.envoyproxy.envoy.service.status.v3.ConfigStatus;
import io.envoyproxy.envoy.type.v3.SemanticVersion;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Says in Envoy's messages what is known of a proxy. */
final class ClientConfigs {
  private static final int MAX_WORDS = 4_096;

  private ClientConfigs() {}

  static Node node(Proxy proxy) {
    ProxyGroup group = proxy.group();
    return Node.newBuilder()
        .setId(proxy.nodeId())
        .setCluster(proxy.nodeCluster())
        .setLocality(Locality.newBuilder().setRegion(group.region()))
        .setUserAgentName(group.client().name().toLowerCase(Locale.ROOT))
        .setUserAgentBuildVersion(
            BuildVersion.newBuilder()
                .setVersion(
                    SemanticVersion.newBuilder()
                        .setMajorNumber(group.major())
                        .setMinorNumber(group.minor())))
        .build();
  }

  /** Every resource that it was sent or asks for by name. */
  static List<GenericXdsConfig> resources(ProxyView view) {
    List<GenericXdsConfig> all = new ArrayList<>();
    view.types().forEach((typeUrl, type) -> add(typeUrl, type, all));
    return all;
  }

  private static void add(String typeUrl, TypeView type, List<GenericXdsConfig> all) {
    Map<String, ResourceView> known = type.resources();
    known.forEach((name, state) -> all.add(resource(typeUrl, name, state)));
    for (String name : type.names()) {
      if (!known.containsKey(name)) {
        all.add(
            GenericXdsConfig.newBuilder()
                .setTypeUrl(typeUrl)
                .setName(name)
                .setConfigStatus(ConfigStatus.NOT_SENT)
                .setClientStatus(ClientResourceStatus.REQUESTED)
                .build());
      }
    }
  }

  /**
   * {@code version_info} is the version that the proxy uses; only while it has none, the one that
   * it was sent.
   */
  private static GenericXdsConfig resource(String typeUrl, String name, ResourceView state) {
    GenericXdsConfig.Builder config =
        GenericXdsConfig.newBuilder()
            .setTypeUrl(typeUrl)
            .setName(name)
            .setVersionInfo(state.ackedVersion().or(state::sentVersion).orElse(""))
            .setConfigStatus(status(state))
            .setClientStatus(clientStatus(state));
    state.ackedAt().or(state::sentAt).ifPresent(at -> config.setLastUpdated(timestamp(at)));
    state.nack().ifPresent(nack -> config.setErrorState(failure(nack)));
    return config.build();
  }

  private static ConfigStatus status(ResourceView state) {
    if (state.nack().isPresent()) {
      return ConfigStatus.ERROR;
    }
    if (state.sentVersion().isEmpty()) {
      // It brought it from an earlier stream and it is what it would be sent.
      return state.ackedVersion().isPresent() ? ConfigStatus.SYNCED : ConfigStatus.NOT_SENT;
    }
    return state.sentVersion().equals(state.ackedVersion())
        ? ConfigStatus.SYNCED
        : ConfigStatus.STALE;
  }

  private static ClientResourceStatus clientStatus(ResourceView state) {
    if (state.nack().isPresent()) {
      return ClientResourceStatus.NACKED;
    }
    return state.ackedVersion().isPresent()
        ? ClientResourceStatus.ACKED
        : ClientResourceStatus.REQUESTED;
  }

  private static UpdateFailureState failure(Nack nack) {
    String words = nack.message();
    return UpdateFailureState.newBuilder()
        .setDetails(words.length() <= MAX_WORDS ? words : words.substring(0, MAX_WORDS) + "...")
        .setVersionInfo(nack.version())
        .setLastUpdateAttempt(timestamp(nack.at()))
        .build();
  }

  private static Timestamp timestamp(Instant at) {
    return Timestamp.newBuilder().setSeconds(at.getEpochSecond()).setNanos(at.getNano()).build();
  }
}
