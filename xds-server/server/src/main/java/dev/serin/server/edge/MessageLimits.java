package dev.serin.server.edge;

import com.google.common.collect.ImmutableSet;
import dev.serin.server.config.ServerConfig.Messages;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Bounds messages as their bytes arrive, since that is where they take memory. The transport's own
 * limit tells a client why only before the first response and cancels without a word after it; this
 * one ends the call. The first message of a conversation is kept smaller than others: until it is
 * read, nobody knows who the peer is.
 */
final class MessageLimits extends ServerStreamTracer.Factory {

  /** What may arrive while a call is being ended; a client that stops that ending is reset. */
  private static final int MARGIN_BYTES = 1 << 20;

  private static final Context.Key<Tracer> KEY = Context.key("serin-message-limit");

  private final Messages limits;
  private final EdgeMeters meters;
  private volatile ImmutableSet<String> conversations = ImmutableSet.of();

  MessageLimits(Messages limits, EdgeMeters meters) {
    this.limits = limits;
    this.meters = meters;
  }

  /**
   * Says what is served: where both sides stream, a peer begins with who it is. Called before the
   * server starts.
   */
  void serve(List<ServerServiceDefinition> services) {
    conversations =
        services.stream()
            .flatMap(service -> service.getMethods().stream())
            .map(method -> method.getMethodDescriptor())
            .filter(method -> method.getType() == MethodType.BIDI_STREAMING)
            .map(method -> method.getFullMethodName())
            .collect(ImmutableSet.toImmutableSet());
  }

  @Override
  public ServerStreamTracer newServerStreamTracer(String fullMethodName, Metadata headers) {
    return new Tracer(conversations.contains(fullMethodName));
  }

  /** Whom to end when the limit is passed; nothing is read of a call before it has said so. */
  static void watch(EndableCall<?, ?> call) {
    Tracer tracer = KEY.get();
    if (tracer != null) {
      tracer.call = call;
    }
  }

  /** One stream's; told of what arrives by its connection's event loop alone. */
  private final class Tracer extends ServerStreamTracer {
    private volatile @Nullable EndableCall<?, ?> call;
    private boolean first;
    private long bytes;

    private Tracer(boolean first) {
      this.first = first;
    }

    @Override
    public Context filterContext(Context context) {
      return context.withValue(KEY, this);
    }

    @Override
    public void inboundWireSize(long more) {
      long before = bytes;
      bytes += more;
      int most = first ? Math.min(limits.maxFirstBytes(), limits.maxBytes()) : limits.maxBytes();
      if (bytes <= most) {
        return;
      }
      if (before <= most) {
        meters.refused(first ? EdgeMeters.Refusal.FIRST_MESSAGE : EdgeMeters.Refusal.MESSAGE);
      }
      EndableCall<?, ?> known = call;
      if (known == null || bytes > (long) most + MARGIN_BYTES) {
        throw refusal(most).asRuntimeException(); // the transport resets the stream
      }
      known.end(refusal(most));
    }

    private Status refusal(int most) {
      boolean byFirst = first && most == limits.maxFirstBytes();
      return Status.RESOURCE_EXHAUSTED.withDescription(
          "%s: more than %d bytes (expected: at most that, xds.limits.%s)"
              .formatted(
                  first ? "first message" : "message",
                  most,
                  byFirst ? "maxFirstMessageBytes" : "maxInboundMessageBytes"));
    }

    @Override
    public void inboundMessageRead(int sequence, long wireSize, long uncompressedSize) {
      first = false;
      bytes = 0;
    }
  }
}
