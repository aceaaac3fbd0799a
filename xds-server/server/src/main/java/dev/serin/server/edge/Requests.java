package dev.serin.server.edge;

import com.google.common.collect.ImmutableList;
import com.google.common.io.ByteStreams;
import dev.serin.server.edge.NodeClaims.Claim;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.KnownLength;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets methods be called only with what is a message, and of a node that the peer may be. The
 * transport answers bytes that are none, and a method that throws, with UNKNOWN, which says of
 * nobody whose fault it is: here the first is INVALID_ARGUMENT and the second INTERNAL.
 */
final class Requests {
  private static final Logger log = LoggerFactory.getLogger(Requests.class);

  private final int maxBytes;
  private final Identity identity;
  private final EdgeMeters meters;

  Requests(int maxBytes, Identity identity, EdgeMeters meters) {
    this.maxBytes = maxBytes;
    this.identity = identity;
    this.meters = meters;
  }

  /** The service, as it is to be called from outside. */
  ServerServiceDefinition checked(ServerServiceDefinition service) {
    ServiceDescriptor.Builder descriptor =
        ServiceDescriptor.newBuilder(service.getServiceDescriptor().getName())
            .setSchemaDescriptor(service.getServiceDescriptor().getSchemaDescriptor());
    List<ServerMethodDefinition<?, ?>> methods = new ArrayList<>();
    for (ServerMethodDefinition<?, ?> method : service.getMethods()) {
      ServerMethodDefinition<?, ?> checked = checked(method);
      descriptor.addMethod(checked.getMethodDescriptor());
      methods.add(checked);
    }
    ServerServiceDefinition.Builder all = ServerServiceDefinition.builder(descriptor.build());
    methods.forEach(all::addMethod);
    return all.build();
  }

  private <Q, R> ServerMethodDefinition<Read<Q>, R> checked(ServerMethodDefinition<Q, R> method) {
    MethodDescriptor<Q, R> original = method.getMethodDescriptor();
    ServerCallHandler<Q, R> handler = method.getServerCallHandler();
    NodeClaims claims = identity.isCompared() ? NodeClaims.of(original).orElse(null) : null;
    return ServerMethodDefinition.create(
        original.toBuilder(
                new Reader<>(original.getRequestMarshaller(), maxBytes, claims),
                original.getResponseMarshaller())
            .build(),
        (call, headers) -> start(new UnwrappedCall<>(call, original), headers, handler));
  }

  private <Q, R> ServerCall.Listener<Read<Q>> start(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> handler) {
    Connection connection = call.getAttributes().get(Connection.KEY);
    PeerIdentity peer = connection == null ? PeerIdentity.UNKNOWN : connection.peer();
    ServerCall.Listener<Q> method =
        peer.equals(PeerIdentity.UNKNOWN)
            ? handler.startCall(call, headers)
            : Contexts.interceptCall(
                Context.current().withValue(PeerIdentity.KEY, peer), call, headers, handler);
    return new Listener<>(method, call, peer);
  }

  /** What a request's bytes came to. */
  sealed interface Read<Q> {
    record Message<Q>(Q message, ImmutableList<Claim> claims) implements Read<Q> {}

    record Unreadable<Q>(String why) implements Read<Q> {}

    record TooLarge<Q>() implements Read<Q> {}
  }

  /**
   * @param claims null: nobody compares who a message is of
   */
  private record Reader<Q>(
      MethodDescriptor.Marshaller<Q> messages, int maxBytes, @Nullable NodeClaims claims)
      implements MethodDescriptor.Marshaller<Read<Q>> {
    private static final int MOST_WORDS = 200;

    @Override
    public Read<Q> parse(InputStream bytes) {
      // What came compressed has no length before it is read, and any length after.
      Bounded bounded = new Bounded(bytes, bytes instanceof KnownLength ? -1 : maxBytes);
      Read<Q> read;
      try {
        read = read(bytes instanceof KnownLength ? bytes : bounded);
      } catch (RuntimeException | IOException unreadable) {
        Throwable cause = unreadable.getCause() == null ? unreadable : unreadable.getCause();
        String words = String.valueOf(cause.getMessage());
        read = new Read.Unreadable<>(words.substring(0, Math.min(MOST_WORDS, words.length())));
      }
      return bounded.passed() ? new Read.TooLarge<>() : read;
    }

    private Read<Q> read(InputStream bytes) throws IOException {
      if (claims == null) {
        return new Read.Message<>(messages.parse(bytes), ImmutableList.of());
      }
      byte[] all = ByteStreams.toByteArray(bytes);
      ImmutableList<Claim> who = claims.read(all);
      return new Read.Message<>(messages.parse(new ByteArrayInputStream(all)), who);
    }

    @Override
    public InputStream stream(Read<Q> value) {
      throw new UnsupportedOperationException("a server sends no requests");
    }
  }

  /** Ends with an error where more than so many bytes come. */
  private static final class Bounded extends FilterInputStream {
    private final long most;
    private long count;

    /**
     * @param most below 0: any number
     */
    private Bounded(InputStream in, long most) {
      super(in);
      this.most = most;
    }

    private boolean passed() {
      return most >= 0 && count > most;
    }

    @Override
    public int read() throws IOException {
      int read = super.read();
      count(read < 0 ? 0 : 1);
      return read;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      int read = super.read(into, offset, length);
      count(Math.max(0, read));
      return read;
    }

    private void count(int bytes) throws IOException {
      count += bytes;
      if (passed()) {
        throw new IOException("too large");
      }
    }
  }

  private final class Listener<Q> extends ServerCall.Listener<Read<Q>> {
    private final ServerCall.Listener<Q> method;
    private final ServerCall<Q, ?> call;
    private final PeerIdentity peer;
    private boolean refused;

    Listener(ServerCall.Listener<Q> method, ServerCall<Q, ?> call, PeerIdentity peer) {
      this.method = method;
      this.call = call;
      this.peer = peer;
    }

    @Override
    public void onMessage(Read<Q> read) {
      if (refused) {
        return;
      }
      switch (read) {
        case Read.Message<Q>(Q message, ImmutableList<Claim> claims) -> {
          Optional<Status> another = identity.refusal(claims, peer);
          if (another.isPresent()) {
            refuse(EdgeMeters.Refusal.IDENTITY, another.get());
          } else {
            guarded(() -> method.onMessage(message));
          }
        }
        case Read.TooLarge<Q> tooLarge ->
            refuse(
                EdgeMeters.Refusal.MESSAGE,
                Status.RESOURCE_EXHAUSTED.withDescription(
                    "message: more than %d bytes when inflated".formatted(maxBytes)));
        case Read.Unreadable<Q>(String why) ->
            refuse(
                EdgeMeters.Refusal.UNREADABLE,
                Status.INVALID_ARGUMENT.withDescription("not a message of this method: " + why));
      }
    }

    @Override
    public void onHalfClose() {
      if (!refused) {
        guarded(method::onHalfClose);
      }
    }

    @Override
    public void onReady() {
      if (!refused) {
        guarded(method::onReady);
      }
    }

    @Override
    public void onCancel() {
      method.onCancel();
    }

    @Override
    public void onComplete() {
      if (refused) {
        method.onCancel(); // its method did not end it
      } else {
        method.onComplete();
      }
    }

    private void guarded(Runnable event) {
      try {
        event.run();
      } catch (RuntimeException bug) {
        log.error("a method failed method={}", call.getMethodDescriptor().getFullMethodName(), bug);
        refused = true;
        call.close(Status.INTERNAL.withDescription("an unexpected error"), new Metadata());
      }
    }

    private void refuse(EdgeMeters.Refusal why, Status status) {
      refused = true;
      meters.refused(why);
      call.close(status, new Metadata());
    }
  }
}
