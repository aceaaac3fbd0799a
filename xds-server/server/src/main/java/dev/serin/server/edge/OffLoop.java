package dev.serin.server.edge;

import com.google.common.util.concurrent.MoreExecutors;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets a service handle its calls on an executor where the server's own calls run on its event
 * loops: whatever takes its time there would hold up every proxy of that loop. What happens to one
 * call happens in order.
 */
public final class OffLoop implements ServerInterceptor {
  private static final Logger log = LoggerFactory.getLogger(OffLoop.class);

  private final Executor executor;

  public OffLoop(Executor executor) {
    this.executor = executor;
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    Moved<Q> moved = new Moved<>(call, MoreExecutors.newSequentialExecutor(executor));
    moved.inOrder(() -> moved.service = next.startCall(call, headers));
    return moved;
  }

  private static final class Moved<Q> extends ServerCall.Listener<Q> {
    private final ServerCall<Q, ?> call;
    private final Executor inOrder;

    /** Touched by tasks alone. Stays null where the service could not take the call. */
    private ServerCall.@Nullable Listener<Q> service;

    Moved(ServerCall<Q, ?> call, Executor inOrder) {
      this.call = call;
      this.inOrder = inOrder;
    }

    private void inOrder(Runnable task) {
      try {
        inOrder.execute(() -> {
          try {
            task.run();
          } catch (RuntimeException e) {
            // A bug of the service's: it costs this call, and is not swallowed by the executor.
            log.error("call failed method={}", call.getMethodDescriptor().getFullMethodName(), e);
            fail();
          }
        });
      } catch (RejectedExecutionException e) {
        // The server is going down, and the call with it.
      }
    }

    private void fail() {
      try {
        call.close(
            Status.INTERNAL.withDescription("the server failed on this call"), new Metadata());
      } catch (IllegalStateException e) {
        // The service had closed it before it failed.
      }
    }

    @Override
    public void onMessage(Q message) {
      inOrder(() -> {
        if (service != null) {
          service.onMessage(message);
        }
      });
    }

    @Override
    public void onHalfClose() {
      inOrder(() -> {
        if (service != null) {
          service.onHalfClose();
        }
      });
    }

    @Override
    public void onCancel() {
      inOrder(() -> {
        if (service != null) {
          service.onCancel();
        }
      });
    }

    @Override
    public void onComplete() {
      inOrder(() -> {
        if (service != null) {
          service.onComplete();
        }
      });
    }

    @Override
    public void onReady() {
      inOrder(() -> {
        if (service != null) {
          service.onReady();
        }
      });
    }
  }
}
