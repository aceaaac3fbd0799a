package dev.serin.server.edge;

import com.google.common.collect.ImmutableSet;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * gRPC's health service over {@link Readiness}, for the server as a whole and for each of its
 * services, which are ready together.
 */
final class ReadinessHealth extends HealthGrpc.HealthImplBase {

  /** Nobody is asked for a token here, so that what anybody can hold is bounded on its own. */
  private static final int MAX_WATCHES = 100;

  private static final long LOOK_EVERY_MILLIS = 500;

  private final Supplier<Readiness> readiness;
  private final ImmutableSet<String> services;
  private final Semaphore watches = new Semaphore(MAX_WATCHES);

  ReadinessHealth(Supplier<Readiness> readiness, ImmutableSet<String> services) {
    this.readiness = readiness;
    this.services = services;
  }

  @Override
  public void check(HealthCheckRequest request, StreamObserver<HealthCheckResponse> answer) {
    if (!isKnown(request)) {
      answer.onError(
          Status.NOT_FOUND
              .withDescription("'" + request.getService() + "' (expected: one of " + services + ")")
              .asRuntimeException());
      return;
    }
    answer.onNext(HealthCheckResponse.newBuilder().setStatus(now()).build());
    answer.onCompleted();
  }

  /**
   * "The server will immediately send back a message indicating the current serving status. It will
   * then subsequently send a new message whenever the service's serving status changes. If the
   * requested service is unknown, the server must send a message setting the serving status to
   * SERVICE_UNKNOWN but must not terminate the call" (grpc.health.v1).
   */
  @Override
  public void watch(HealthCheckRequest request, StreamObserver<HealthCheckResponse> answer) {
    if (!watches.tryAcquire()) {
      answer.onError(
          Status.RESOURCE_EXHAUSTED
              .withDescription(MAX_WATCHES + " watches of the health; try again later")
              .asRuntimeException());
      return;
    }
    Watcher watcher =
        new Watcher((ServerCallStreamObserver<HealthCheckResponse>) answer, isKnown(request));
    watcher.tell();
    Future<?> looking =
        ServiceRequestContext.current()
            .eventLoop()
            .scheduleWithFixedDelay(
                watcher::tell, LOOK_EVERY_MILLIS, LOOK_EVERY_MILLIS, TimeUnit.MILLISECONDS);
    watcher.answer.setOnCancelHandler(() -> {
      looking.cancel(false);
      watches.release();
    });
  }

  private boolean isKnown(HealthCheckRequest request) {
    return request.getService().isEmpty() || services.contains(request.getService());
  }

  private ServingStatus now() {
    return readiness.get().ready() ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
  }

  private final class Watcher {
    private final ServerCallStreamObserver<HealthCheckResponse> answer;
    private final boolean known;
    private ServingStatus told = ServingStatus.UNKNOWN;

    Watcher(ServerCallStreamObserver<HealthCheckResponse> answer, boolean known) {
      this.answer = answer;
      this.known = known;
    }

    synchronized void tell() {
      ServingStatus status = known ? now() : ServingStatus.SERVICE_UNKNOWN;
      if (status != told && !answer.isCancelled()) {
        told = status;
        answer.onNext(HealthCheckResponse.newBuilder().setStatus(status).build());
      }
    }
  }
}
