package dev.serin.server.edge;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;

/**
 * Makes every call an {@link EndableCall}, and has the method of one that was ended hear it as it
 * hears of a client that left. Asked first of all.
 */
final class EndableCalls implements ServerInterceptor {

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    EndableCall<Q, R> endable = new EndableCall<>(call);
    MessageLimits.watch(endable);
    return new Listener<>(
        Contexts.interceptCall(
            Context.current().withValue(EndableCall.KEY, endable), endable, headers, next),
        endable);
  }

  private static final class Listener<Q> extends SimpleForwardingServerCallListener<Q> {
    private final EndableCall<Q, ?> call;

    private Listener(ServerCall.Listener<Q> delegate, EndableCall<Q, ?> call) {
      super(delegate);
      this.call = call;
    }

    @Override
    public void onMessage(Q message) {
      if (!call.endedFromOutside()) {
        super.onMessage(message);
      }
    }

    @Override
    public void onHalfClose() {
      if (!call.endedFromOutside()) {
        super.onHalfClose();
      }
    }

    @Override
    public void onComplete() {
      if (call.endedFromOutside()) {
        super.onCancel();
      } else {
        super.onComplete();
      }
    }
  }
}
