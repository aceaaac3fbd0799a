package dev.serin.server.api;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Maps;
import dev.serin.ads.ProxyView;
import dev.serin.ads.ProxyView.ResourceView;
import dev.serin.ads.ProxyView.TypeView;
import dev.serin.mesh.ProxyGroup;
import dev.serin.mesh.TypeUrls;
import dev.serin.server.fleet.SplitHistory;
import dev.serin.server.fleet.Splits;
import dev.serin.v1.Proxy;
import dev.serin.v1.ProxySplit;
import dev.serin.v1.ProxyType;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Says in the API's messages what is known of proxies. One is made for each answer: proxies with
 * equal configurations share what has to be worked out of them.
 */
final class ProxyMessages {
  /** Of what a proxy says a list shows so much; {@code GetProxy} shows all. */
  static final int LISTED_WORDS = 1_024;

  private final Splits source;
  private final int maxWords;
  private final Map<Held, ImmutableList<ProxySplit>> splits = new HashMap<>();
  private final Map<ProxyGroup, Optional<String>> refusals = new HashMap<>();

  /** What the splits of a proxy follow from. */
  private record Held(ProxyGroup group, ImmutableSortedMap<String, Optional<String>> routes) {}

  ProxyMessages(Splits source, int maxWords) {
    this.source = source;
    this.maxWords = maxWords;
  }

  static String name(ProxyView view) {
    return "proxies/" + view.proxy().nodeId();
  }

  /** The state of the type that is worst off. */
  static Proxy.State state(ProxyView view) {
    if (!view.connected()) {
      return Proxy.State.DISCONNECTED;
    }
    Proxy.State worst = Proxy.State.SYNCED;
    for (TypeView type : view.types().values()) {
      worst = worse(worst, state(type.resources().values()));
    }
    return worst;
  }

  private static Proxy.State state(Collection<ResourceView> resources) {
    Proxy.State worst = Proxy.State.SYNCED;
    for (ResourceView resource : resources) {
      worst = worse(worst, state(resource));
    }
    return worst;
  }

  private static Proxy.State state(ResourceView resource) {
    if (resource.nack().isPresent()) {
      return Proxy.State.ERROR;
    }
    boolean waits =
        resource.sentVersion().isPresent()
            && !resource.ackedVersion().equals(resource.sentVersion());
    return waits ? Proxy.State.STALE : Proxy.State.SYNCED;
  }

  private static Proxy.State worse(Proxy.State one, Proxy.State other) {
    return other.getNumber() > one.getNumber() ? other : one;
  }

  Proxy of(ProxyView view) {
    ProxyGroup group = view.proxy().group();
    Proxy.State worst = view.connected() ? Proxy.State.SYNCED : Proxy.State.DISCONNECTED;
    Proxy.Builder proxy =
        Proxy.newBuilder()
            .setName(name(view))
            .setNodeId(view.proxy().nodeId())
            .setCluster(group.meshCluster())
            .setServiceCluster(view.proxy().nodeCluster())
            .setRegion(group.region())
            .setVersion(version(group))
            .setConnected(Times.of(view.connectedAt()))
            .setLastSeen(Times.of(view.lastSeen()))
            .addAllAckedSplits(splits(view));
    for (var entry : view.types().entrySet()) {
      ProxyType type = type(entry.getKey(), entry.getValue());
      proxy.addTypes(type);
      worst = worse(worst, type.getState());
    }
    refusals
        .computeIfAbsent(group, g -> source.refusal(view.proxy()))
        .ifPresent(reason ->
            proxy.addTypes(
                ProxyType.newBuilder()
                    .setTypeUrl(TypeUrls.ROUTES)
                    .setState(Proxy.State.SYNCED)
                    .setNackMessage(words("not sent: " + reason))));
    return proxy.setState(worst).build();
  }

  private static String version(ProxyGroup group) {
    return group.client().name().toLowerCase(Locale.ROOT)
        + " "
        + group.major()
        + "."
        + group.minor();
  }

  private ImmutableList<ProxySplit> splits(ProxyView view) {
    Held held =
        new Held(
            view.proxy().group(),
            ImmutableSortedMap.copyOf(
                Maps.transformValues(
                    view.type(TypeUrls.ROUTES).resources(), ResourceView::ackedVersion)));
    return splits.computeIfAbsent(
        held,
        h ->
            source.ackedSplits(view).stream()
                .map(ProxyMessages::split)
                .collect(ImmutableList.toImmutableList()));
  }

  private static ProxySplit split(SplitHistory.Acked split) {
    return ProxySplit.newBuilder()
        .setService(Names.full(Names.SERVICES, split.service()))
        .putAllSplitPpm(split.splitPpm())
        .setGeneration(split.generation())
        .build();
  }

  private ProxyType type(String typeUrl, TypeView view) {
    Map<String, ResourceView> resources = view.resources();
    ProxyType.Builder type =
        ProxyType.newBuilder()
            .setTypeUrl(typeUrl)
            .setState(state(resources.values()))
            .setResources(resources.size());
    Instant sent = Instant.EPOCH;
    Instant acked = Instant.EPOCH;
    for (ResourceView resource : resources.values()) {
      resource
          .nack()
          .ifPresent(
              nack -> type.setNackedVersion(nack.version()).setNackMessage(words(nack.message())));
      sent = later(sent, resource.sentAt());
      acked = later(acked, resource.ackedAt());
    }
    if (sent.isAfter(Instant.EPOCH)) {
      type.setSent(Times.of(sent));
    }
    if (acked.isAfter(Instant.EPOCH)) {
      type.setAcked(Times.of(acked));
    }
    if (resources.size() == 1) {
      ResourceView only = resources.values().iterator().next();
      only.sentVersion().ifPresent(type::setSentVersion);
      only.ackedVersion().ifPresent(type::setAckedVersion);
    }
    return type.build();
  }

  private String words(String said) {
    return said.length() <= maxWords ? said : said.substring(0, maxWords) + "...";
  }

  private static Instant later(Instant known, Optional<Instant> candidate) {
    return candidate.filter(at -> at.isAfter(known)).orElse(known);
  }
}
