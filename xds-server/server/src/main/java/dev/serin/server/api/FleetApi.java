package dev.serin.server.api;

import dev.serin.ads.FleetView;
import dev.serin.ads.ProxyView;
import dev.serin.ads.ProxyView.ResourceView;
import dev.serin.ads.ProxyView.TypeView;
import dev.serin.mesh.ProxyGroup;
import dev.serin.server.fleet.MeshPublisher;
import dev.serin.v1.FleetServiceGrpc;
import dev.serin.v1.GetProxyRequest;
import dev.serin.v1.ListProxiesRequest;
import dev.serin.v1.ListProxiesResponse;
import dev.serin.v1.Proxy;
import dev.serin.v1.ProxySplit;
import dev.serin.v1.ProxyType;
import dev.serin.v1.WatchProxiesRequest;
import dev.serin.v1.WatchProxiesResponse;
import io.grpc.stub.StreamObserver;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** {@code serin.v1.FleetService}. */
public final class FleetApi extends FleetServiceGrpc.FleetServiceImplBase {
  private static final int MAX_PAGE = 10_000;
  private static final int DEFAULT_PAGE = 1_000;

  private final FleetView fleet;
  private final MeshPublisher publisher;

  public FleetApi(FleetView fleet, MeshPublisher publisher) {
    this.fleet = fleet;
    this.publisher = publisher;
  }

  @Override
  public void getProxy(GetProxyRequest request, StreamObserver<Proxy> observer) {
    Replies.now(
        observer,
        () ->
            fleet.proxies().stream()
                .filter(view -> name(view).equals(request.getName()))
                .findFirst()
                .map(this::proxy)
                .orElseThrow(() -> Replies.notFound(request.getName())));
  }

  @Override
  public void listProxies(
      ListProxiesRequest request, StreamObserver<ListProxiesResponse> observer) {
    Replies.now(
        observer,
        () -> {
          List<Proxy> selected =
              fleet.proxies().stream()
                  .filter(view ->
                      request.getCluster().isEmpty()
                          || view.proxy().group().meshCluster().equals(request.getCluster()))
                  .map(this::proxy)
                  .filter(proxy -> !request.getStale() || proxy.getState() != Proxy.State.SYNCED)
                  .toList();
          Page<Proxy> page =
              Page.of(
                  selected,
                  Proxy::getNodeId,
                  request.getPageSize() == 0 ? DEFAULT_PAGE : request.getPageSize(),
                  MAX_PAGE,
                  request.getPageToken());
          return ListProxiesResponse.newBuilder()
              .addAllProxies(page.items())
              .setNextPageToken(page.nextToken())
              .build();
        });
  }

  @Override
  public void watchProxies(
      WatchProxiesRequest request, StreamObserver<WatchProxiesResponse> observer) {
    observer.onError(Replies.notSupported("watching proxies"));
  }

  private static String name(ProxyView view) {
    return "proxies/" + view.proxy().nodeId();
  }

  private Proxy proxy(ProxyView view) {
    ProxyGroup group = view.proxy().group();
    Proxy.Builder proxy =
        Proxy.newBuilder()
            .setName(name(view))
            .setNodeId(view.proxy().nodeId())
            .setCluster(group.meshCluster())
            .setServiceCluster(view.proxy().nodeCluster())
            .setRegion(group.region())
            .setVersion(
                group.client().name().toLowerCase(Locale.ROOT)
                    + " "
                    + group.major()
                    + "."
                    + group.minor())
            .setConnected(Times.of(view.connectedAt()))
            .setLastSeen(Times.of(view.lastSeen()));
    Proxy.State worst = view.connected() ? Proxy.State.SYNCED : Proxy.State.DISCONNECTED;
    for (var type : view.types().entrySet()) {
      ProxyType shown = type(type.getKey(), type.getValue());
      proxy.addTypes(shown);
      if (view.connected() && shown.getStateValue() > worst.getNumber()) {
        worst = shown.getState();
      }
    }
    publisher
        .refusal(view.proxy())
        .ifPresent(reason ->
            proxy.addTypes(
                ProxyType.newBuilder()
                    .setTypeUrl(dev.serin.mesh.TypeUrls.ROUTES)
                    .setState(Proxy.State.SYNCED)
                    .setNackMessage("not sent: " + reason)));
    publisher
        .ackedSplits(view)
        .forEach(split ->
            proxy.addAckedSplits(
                ProxySplit.newBuilder()
                    .setService(Names.full(Names.SERVICES, split.service()))
                    .putAllSplitPpm(split.splitPpm())
                    .setGeneration(split.generation())));
    return proxy.setState(worst).build();
  }

  private static ProxyType type(String typeUrl, TypeView view) {
    ProxyType.Builder type =
        ProxyType.newBuilder()
            .setTypeUrl(typeUrl)
            .setState(Proxy.State.SYNCED)
            .setResources(view.resources().size());
    Instant sent = Instant.EPOCH;
    Instant acked = Instant.EPOCH;
    for (ResourceView resource : view.resources().values()) {
      boolean refused = resource.nack().isPresent();
      boolean waits =
          resource.sentVersion().isPresent()
              && !resource.ackedVersion().equals(resource.sentVersion());
      if (refused) {
        type.setState(Proxy.State.ERROR)
            .setNackedVersion(resource.nack().orElseThrow().version())
            .setNackMessage(resource.nack().orElseThrow().message());
      } else if (waits && type.getState() != Proxy.State.ERROR) {
        type.setState(Proxy.State.STALE);
      }
      sent = later(sent, resource.sentAt());
      acked = later(acked, resource.ackedAt());
    }
    if (sent.isAfter(Instant.EPOCH)) {
      type.setSent(Times.of(sent));
    }
    if (acked.isAfter(Instant.EPOCH)) {
      type.setAcked(Times.of(acked));
    }
    if (view.resources().size() == 1) {
      ResourceView only = view.resources().values().iterator().next();
      only.sentVersion().ifPresent(type::setSentVersion);
      only.ackedVersion().ifPresent(type::setAckedVersion);
    }
    return type.build();
  }

  private static Instant later(Instant known, Optional<Instant> candidate) {
    return candidate.filter(at -> at.isAfter(known)).orElse(known);
  }
}
