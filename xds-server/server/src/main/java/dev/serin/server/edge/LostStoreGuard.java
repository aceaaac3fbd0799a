package dev.serin.server.edge;

import com.google.common.base.Utf8;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Turns away proxies that bring configuration of Serin's making to a server that has made none: its
 * store is gone, and what it would answer takes away what they run. A proxy that came with nothing
 * has been met and may come back with what it was given here.
 */
public final class LostStoreGuard implements ServerInterceptor {
  /** How the versions begin that Serin computes. */
  private static final String OURS = "s1-";

  private static final int MAX_SHOWN = 64;

  /** So many proxies have come to a server whose store was empty: it is nobody's remainder. */
  private static final int MAX_MET = 100_000;

  private final Consumer<String> lost;
  private final Set<String> met = ConcurrentHashMap.newKeySet();

  /**
   * A guard of a server whose store is in doubt.
   *
   * @param lost is told of every proxy that was turned away, in a sentence
   */
  public LostStoreGuard(Consumer<String> lost) {
    this.lost = lost;
  }

  /** What a stream says of what its proxy has already. */
  private record Said(String node, Collection<String> versions) {}

  private static Optional<Said> said(Object message) {
    return switch (message) {
      case DiscoveryRequest full when full.getResponseNonce().isEmpty() ->
          Optional.of(new Said(id(full.getNode()), List.of(full.getVersionInfo())));
      case DeltaDiscoveryRequest delta when delta.getResponseNonce().isEmpty() ->
          Optional.of(
              new Said(id(delta.getNode()), delta.getInitialResourceVersionsMap().values()));
      default -> Optional.empty();
    };
  }

  private static String id(Node node) {
    return node.getId();
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    return new Stream<>(call, next.startCall(call, headers));
  }

  private final class Stream<Q> extends SimpleForwardingServerCallListener<Q> {
    private final ServerCall<Q, ?> call;
    private String node = "";
    private boolean over;

    private Stream(ServerCall<Q, ?> call, ServerCall.Listener<Q> delegate) {
      super(delegate);
      this.call = call;
    }

    @Override
    public void onMessage(Q message) {
      if (over) {
        return;
      }
      Optional<String> foreign = said(message).flatMap(this::foreign);
      if (foreign.isEmpty()) {
        super.onMessage(message);
        return;
      }
      over = true;
      String what =
          "the store is empty, and proxy %s runs configuration that Serin made (%s)"
              .formatted(shown(node), shown(foreign.get()));
      lost.accept(what);
      call.close(Status.FAILED_PRECONDITION.withDescription("STORE_LOST: " + what), new Metadata());
      super.onCancel();
    }

    /** The calls of a stream that was ended here have been told so. */
    @Override
    public void onCancel() {
      if (!over) {
        super.onCancel();
      }
    }

    @Override
    public void onComplete() {
      if (!over) {
        super.onComplete();
      }
    }

    @Override
    public void onHalfClose() {
      if (!over) {
        super.onHalfClose();
      }
    }

    /** A version of ours that this server cannot have given to the proxy. */
    private Optional<String> foreign(Said said) {
      node = node.isEmpty() ? said.node() : node;
      if (met.contains(node) || met.size() >= MAX_MET) {
        return Optional.empty();
      }
      Optional<String> ours = said.versions().stream().filter(v -> v.startsWith(OURS)).findFirst();
      if (ours.isEmpty() && Utf8.encodedLength(node) <= 256) {
        met.add(node);
      }
      return ours;
    }
  }

  private static String shown(String text) {
    String visible = text.replaceAll("\\p{Cntrl}", "?");
    return visible.length() > MAX_SHOWN ? visible.substring(0, MAX_SHOWN) + "..." : visible;
  }
}
