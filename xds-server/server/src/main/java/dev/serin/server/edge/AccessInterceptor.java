package dev.serin.server.edge;

import com.google.common.collect.ImmutableSet;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;

/** Asks {@link Access} about every call and lets its method see the {@link Actor}. */
final class AccessInterceptor implements ServerInterceptor {

  /** Probes carry no token. */
  private static final ImmutableSet<String> OPEN_SERVICES = ImmutableSet.of(CallSlots.HEALTH);

  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
  private static final Metadata.Key<String> ACTOR =
      Metadata.Key.of(Access.ACTOR_HEADER, Metadata.ASCII_STRING_MARSHALLER);

  private final Access access;
  private final EdgeMeters meters;

  AccessInterceptor(Access access, EdgeMeters meters) {
    this.access = access;
    this.meters = meters;
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    String service = call.getMethodDescriptor().getServiceName();
    if (service != null && OPEN_SERVICES.contains(service)) {
      return next.startCall(call, headers);
    }
    return switch (access.decide(headers.get(AUTHORIZATION), headers.get(ACTOR))) {
      case Access.Decision.Granted(Actor actor) ->
          Contexts.interceptCall(
              Context.current().withValue(Actor.KEY, actor), call, headers, next);
      case Access.Decision.Refused refused -> {
        meters.refused(EdgeMeters.Refusal.TOKEN);
        call.close(refused.status(), new Metadata());
        yield new ServerCall.Listener<>() {};
      }
    };
  }
}
