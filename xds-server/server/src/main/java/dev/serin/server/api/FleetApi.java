package dev.serin.server.api;

import com.google.common.collect.ImmutableList;
import dev.serin.ads.FleetView;
import dev.serin.ads.ProxyView;
import dev.serin.server.api.ProxyOrder.Placed;
import dev.serin.server.control.Outcome;
import dev.serin.server.fleet.Splits;
import dev.serin.v1.DiffProxyRequest;
import dev.serin.v1.DiffProxyResponse;
import dev.serin.v1.FleetServiceGrpc;
import dev.serin.v1.GetProxyRequest;
import dev.serin.v1.ListProxiesRequest;
import dev.serin.v1.ListProxiesResponse;
import dev.serin.v1.Proxy;
import dev.serin.v1.WatchProxiesRequest;
import dev.serin.v1.WatchProxiesResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** {@code serin.v1.FleetService}. */
public final class FleetApi extends FleetServiceGrpc.FleetServiceImplBase {
  private static final int MAX_PAGE = 10_000;
  private static final int DEFAULT_PAGE = 1_000;

  /** Below the 4 MiB that gRPC clients take if nobody told them otherwise. */
  private static final int MAX_PAGE_BYTES = 3 << 20;

  private final FleetView fleet;
  private final Splits splits;
  private final ProxyDiffs diffs;
  private final FleetWatches watches;

  /** The service. */
  public FleetApi(FleetView fleet, Splits splits, ProxyDiffs diffs, FleetWatches watches) {
    this.fleet = fleet;
    this.splits = splits;
    this.diffs = diffs;
    this.watches = watches;
  }

  @Override
  public void getProxy(GetProxyRequest request, StreamObserver<Proxy> observer) {
    Replies.now(
        observer,
        () ->
            find(request.getName())
                .map(view -> new ProxyMessages(splits, Integer.MAX_VALUE).of(view))
                .orElseThrow(() -> Replies.notFound(request.getName())));
  }

  private Optional<ProxyView> find(String name) {
    return fleet.proxies().stream()
        .filter(view -> ProxyMessages.name(view).equals(name))
        .findFirst();
  }

  @Override
  public void diffProxy(DiffProxyRequest request, StreamObserver<DiffProxyResponse> observer) {
    Replies.now(
        observer,
        () -> {
          ProxyView view =
              find(request.getName())
                  .orElseThrow(() ->
                      Replies.status(
                          Outcome.refused(
                              Outcome.Kind.NOT_FOUND,
                              request.getName()
                                  + " does not exist; `serin proxies` lists those that do")));
          if (!view.connected()) {
            throw Replies.status(
                Outcome.refused(
                    Outcome.Kind.FAILED_PRECONDITION,
                    request.getName() + " is not connected: what it would be served is not known"));
          }
          return diffs.of(view.proxy(), request);
        });
  }

  @Override
  public void listProxies(
      ListProxiesRequest request, StreamObserver<ListProxiesResponse> observer) {
    Replies.now(observer, () -> list(request));
  }

  private ListProxiesResponse list(ListProxiesRequest request) {
    if (request.getPageSize() < 0) {
      throw Replies.badField("page_size", request.getPageSize() + " (expected: 0 or more)");
    }
    ProxyFilter filter =
        ProxyFilter.of(request.getCluster(), request.getStale(), request.getStatesList());
    ProxyOrder order = ProxyOrder.parse(request.getOrderBy());
    Comparator<List<String>> comparator = order.comparator();
    Optional<ImmutableList<String>> after = order.after(request.getPageToken());
    List<Placed> chosen =
        fleet.proxies().stream()
            .map(view -> order.place(view, ProxyMessages.state(view)))
            .filter(placed ->
                filter.matches(placed.view().proxy().group().meshCluster(), placed.state()))
            .sorted(Comparator.comparing(Placed::place, comparator))
            .toList();
    List<Placed> rest =
        chosen.stream()
            .dropWhile(
                placed -> after.isPresent() && comparator.compare(placed.place(), after.get()) <= 0)
            .toList();
    return page(rest, request.getPageSize(), order).setTotalSize(chosen.size()).build();
  }

  private ListProxiesResponse.Builder page(List<Placed> rest, int wanted, ProxyOrder order) {
    int size = Math.min(wanted == 0 ? DEFAULT_PAGE : wanted, MAX_PAGE);
    ProxyMessages messages = new ProxyMessages(splits, ProxyMessages.LISTED_WORDS);
    ListProxiesResponse.Builder page = ListProxiesResponse.newBuilder();
    int bytes = 0;
    for (Placed placed : rest) {
      Proxy proxy = messages.of(placed.view());
      bytes += proxy.getSerializedSize();
      int count = page.getProxiesCount();
      if (count > 0 && (count == size || bytes > MAX_PAGE_BYTES)) {
        return page.setNextPageToken(order.token(rest.get(count - 1).place()));
      }
      page.addProxies(proxy);
    }
    return page;
  }

  @Override
  public void watchProxies(
      WatchProxiesRequest request, StreamObserver<WatchProxiesResponse> observer) {
    Replies.guard(
        observer,
        () -> watches.open(request, (ServerCallStreamObserver<WatchProxiesResponse>) observer));
  }
}
