package dev.serin.server.edge;

import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;

/** Caps the calls under way at once, unary ones and streams apart. */
final class CallSlots implements ServerInterceptor {

  /** A server is alive however busy it is. */
  static final String HEALTH = "grpc.health.v1.Health";

  private final Semaphore unary;
  private final Semaphore streams;
  private final EdgeMeters meters;

  CallSlots(Semaphore unary, Semaphore streams, EdgeMeters meters) {
    this.unary = unary;
    this.streams = streams;
    this.meters = meters;
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    boolean isUnary =
        call.getMethodDescriptor().getType().clientSendsOneMessage()
            && call.getMethodDescriptor().getType().serverSendsOneMessage();
    if (isUnary && HEALTH.equals(call.getMethodDescriptor().getServiceName())) {
      return next.startCall(call, headers);
    }
    Semaphore slots = isUnary ? unary : streams;
    if (!slots.tryAcquire()) {
      meters.refused(EdgeMeters.Refusal.OVERLOAD);
      call.close(
          Status.RESOURCE_EXHAUSTED.withDescription("too many calls at once; try again later"),
          new Metadata());
      return new ServerCall.Listener<>() {};
    }
    return new Releasing<>(next.startCall(call, headers), slots);
  }

  /** Gives the slot back once, however the call ends. */
  private static final class Releasing<Q> extends SimpleForwardingServerCallListener<Q> {
    private final Semaphore slots;
    private final AtomicBoolean released = new AtomicBoolean();

    private Releasing(ServerCall.Listener<Q> delegate, Semaphore slots) {
      super(delegate);
      this.slots = slots;
    }

    @Override
    public void onComplete() {
      release();
      super.onComplete();
    }

    @Override
    public void onCancel() {
      release();
      super.onCancel();
    }

    private void release() {
      if (released.compareAndSet(false, true)) {
        slots.release();
      }
    }
  }
}
