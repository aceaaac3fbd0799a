package dev.serin.server.csds;

import com.google.common.collect.ImmutableList;
import dev.serin.ads.FleetView;
import dev.serin.ads.ProxyView;
import dev.serin.server.edge.PeerIdentity;
import io.envoyproxy.envoy.service.status.v3.ClientStatusDiscoveryServiceGrpc.ClientStatusDiscoveryServiceImplBase;
import io.envoyproxy.envoy.service.status.v3.ClientStatusRequest;
import io.envoyproxy.envoy.service.status.v3.ClientStatusResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * {@code envoy.service.status.v3.ClientStatusDiscoveryService}: which proxy has which resource in
 * which version, and what it said of those that it refused. Contents of resources are not kept and
 * not shown, whether or not a request asks to leave them out.
 *
 * <p>An answer about thousands of proxies takes its time: not to be called on an event loop.
 */
public final class ClientStatusService extends ClientStatusDiscoveryServiceImplBase {
  private final FleetView fleet;
  private final Sight sight;

  public ClientStatusService(FleetView fleet, Sight sight) {
    this.fleet = fleet;
    this.sight = sight;
  }

  @Override
  public void fetchClientStatus(
      ClientStatusRequest request, StreamObserver<ClientStatusResponse> observer) {
    ClientStatusResponse whole;
    try {
      whole = whole(request);
    } catch (StatusRuntimeException refused) {
      observer.onError(refused);
      return;
    }
    observer.onNext(whole);
    observer.onCompleted();
  }

  private ClientStatusResponse whole(ClientStatusRequest request) {
    ImmutableList<ProxyView> proxies = selected(request);
    Chunks chunks = new Chunks(proxies, Chunks.MAX_BYTES);
    ClientStatusResponse first = chunks.next();
    if (chunks.hasNext()) {
      throw Status.RESOURCE_EXHAUSTED
          .withDescription(
              "%d proxies in one message of %d bytes (expected: node_matchers that choose fewer, or"
                      .formatted(proxies.size(), Chunks.MAX_BYTES)
                  + " StreamClientStatus, which answers in several)")
          .asRuntimeException();
    }
    return first;
  }

  /** Each request is answered with the state of its moment, in one message or several. */
  @Override
  public StreamObserver<ClientStatusRequest> streamClientStatus(
      StreamObserver<ClientStatusResponse> observer) {
    Conversation conversation =
        new Conversation((ServerCallStreamObserver<ClientStatusResponse>) observer);
    conversation.open();
    return conversation;
  }

  private ImmutableList<ProxyView> selected(ClientStatusRequest request) {
    if (sight instanceof Sight.Nobody(String why)) {
      throw Status.PERMISSION_DENIED.withDescription(why).asRuntimeException();
    }
    PeerIdentity caller = PeerIdentity.current();
    return switch (NodeMatch.read(request)) {
      case NodeMatch.Reading.Wrong(List<String> problems) ->
          throw Status.INVALID_ARGUMENT
              .withDescription(String.join("; ", problems))
              .asRuntimeException();
      case NodeMatch.Reading.Understood(Predicate<String> nodes) ->
          fleet.proxies().stream()
              .filter(view -> nodes.test(view.proxy().nodeId()))
              .filter(view -> sight.shows(view.proxy(), caller))
              .collect(ImmutableList.toImmutableList());
    };
  }

  /** One stream; gRPC calls it from one thread at a time. */
  private final class Conversation implements StreamObserver<ClientStatusRequest> {
    private final ServerCallStreamObserver<ClientStatusResponse> out;
    private @Nullable Chunks answer;
    private boolean lastAsked;
    private boolean over;

    private Conversation(ServerCallStreamObserver<ClientStatusResponse> out) {
      this.out = out;
    }

    private void open() {
      out.setOnCancelHandler(() -> over = true);
      out.setOnReadyHandler(this::pump);
      // The next request is read when this one is answered: a caller has one answer in memory.
      out.disableAutoRequest();
      out.request(1);
    }

    @Override
    public void onNext(ClientStatusRequest request) {
      if (over) {
        return;
      }
      try {
        answer = new Chunks(selected(request), Chunks.MAX_BYTES);
      } catch (StatusRuntimeException refused) {
        over = true;
        out.onError(refused);
        return;
      }
      pump();
    }

    /** Sends as much as the caller takes. */
    private void pump() {
      Chunks rest = answer;
      if (over || rest == null) {
        return;
      }
      while (rest.hasNext()) {
        if (!out.isReady()) {
          return;
        }
        out.onNext(rest.next());
      }
      answer = null;
      if (lastAsked) {
        complete();
      } else {
        out.request(1);
      }
    }

    @Override
    public void onError(Throwable broken) {
      over = true;
    }

    @Override
    public void onCompleted() {
      lastAsked = true;
      if (answer == null) {
        complete();
      }
    }

    private void complete() {
      if (!over) {
        over = true;
        out.onCompleted();
      }
    }
  }
}
