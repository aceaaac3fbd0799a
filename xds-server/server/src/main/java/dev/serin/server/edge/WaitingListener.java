package dev.serin.server.edge;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.grpc.ServerCall;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Stands in for a call's listener until the call may start, and hands on what happened before. That
 * is little: a message comes only when it is asked for, and nobody asks before the start.
 */
final class WaitingListener<Q> extends ServerCall.Listener<Q> {

  private final Runnable cancelled;
  private final Object lock = new Object();

  @GuardedBy("lock")
  private List<Consumer<ServerCall.Listener<Q>>> early = new ArrayList<>();

  private volatile ServerCall.@Nullable Listener<Q> real;

  /**
   * @param cancelled called when the call is over before it has started
   */
  WaitingListener(Runnable cancelled) {
    this.cancelled = cancelled;
  }

  /** The call has started; from now on the listener hears everything, in order. */
  void start(ServerCall.Listener<Q> listener) {
    while (true) {
      List<Consumer<ServerCall.Listener<Q>>> events;
      synchronized (lock) {
        if (early.isEmpty()) {
          real = listener;
          return;
        }
        events = early;
        early = new ArrayList<>();
      }
      events.forEach(event -> event.accept(listener));
    }
  }

  private boolean tell(Consumer<ServerCall.Listener<Q>> event) {
    ServerCall.Listener<Q> listener = real;
    if (listener == null) {
      synchronized (lock) {
        listener = real;
        if (listener == null) {
          early.add(event);
          return false;
        }
      }
    }
    event.accept(listener);
    return true;
  }

  @Override
  public void onMessage(Q message) {
    tell(listener -> listener.onMessage(message));
  }

  @Override
  public void onHalfClose() {
    tell(ServerCall.Listener::onHalfClose);
  }

  @Override
  public void onReady() {
    tell(ServerCall.Listener::onReady);
  }

  @Override
  public void onCancel() {
    if (!tell(ServerCall.Listener::onCancel)) {
      cancelled.run();
    }
  }

  @Override
  public void onComplete() {
    if (!tell(ServerCall.Listener::onComplete)) {
      cancelled.run();
    }
  }
}
