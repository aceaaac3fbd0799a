package dev.serin.server.edge;

import io.grpc.Context;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A call that the listener may end while its method is sending. A {@link ServerCall} is for one
 * thread at a time; who ends it from outside either finds nobody sending, or leaves word for the
 * sender to end it when it is through. Nobody waits and no lock is held while a message is sent.
 */
final class EndableCall<Q, R> extends SimpleForwardingServerCall<Q, R> {

  /** The present call. */
  static final Context.Key<EndableCall<?, ?>> KEY = Context.key("serin-endable-call");

  private enum State {
    OPEN,
    SENDING,
    END_ASKED,
    ENDED
  }

  private final AtomicReference<State> state = new AtomicReference<>(State.OPEN);
  private final AtomicReference<@Nullable End> end = new AtomicReference<>();
  private final AtomicInteger unanswered = new AtomicInteger();

  private record End(Status status, Metadata trailers) {}

  EndableCall(ServerCall<Q, R> delegate) {
    super(delegate);
  }

  /** Ends the call, unless it is over already. Any thread. */
  void end(Status status) {
    end(status, new Metadata());
  }

  void end(Status status, Metadata trailers) {
    if (!end.compareAndSet(null, new End(status, trailers))) {
      return;
    }
    while (true) {
      if (state.compareAndSet(State.OPEN, State.ENDED)) {
        super.close(status, trailers);
        return;
      }
      if (state.compareAndSet(State.SENDING, State.END_ASKED) || state.get() == State.ENDED) {
        return;
      }
      // It was sending, and is not any more.
    }
  }

  /** Whether it was ended from outside: its method does not know. */
  boolean endedFromOutside() {
    return end.get() != null;
  }

  /** Whether a response has been sent that no request has been counted for yet; counts one. */
  boolean takeAnswer() {
    return unanswered.getAndUpdate(n -> Math.max(0, n - 1)) > 0;
  }

  @Override
  public void sendHeaders(Metadata headers) {
    if (begins()) {
      try {
        super.sendHeaders(headers);
      } finally {
        finish();
      }
    }
  }

  @Override
  public void sendMessage(R message) {
    unanswered.incrementAndGet();
    if (begins()) {
      try {
        super.sendMessage(message);
      } finally {
        finish();
      }
    }
  }

  /** False when it was ended; its method will hear of it. */
  private boolean begins() {
    return state.compareAndSet(State.OPEN, State.SENDING);
  }

  private void finish() {
    if (!state.compareAndSet(State.SENDING, State.OPEN)) {
      state.set(State.ENDED);
      End asked = end.get();
      if (asked != null) {
        super.close(asked.status(), asked.trailers());
      }
    }
  }

  @Override
  public void close(Status status, Metadata trailers) {
    if (state.compareAndSet(State.OPEN, State.ENDED)) {
      super.close(status, trailers);
    }
  }
}
