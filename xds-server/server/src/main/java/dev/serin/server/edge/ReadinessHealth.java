package dev.serin.server.edge;

import io.grpc.Status;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.StreamObserver;
import java.util.function.Supplier;

/**
 * gRPC's health service over {@link Readiness}, for the server as a whole. Only {@code Check}: gRPC
 * clients take an unimplemented {@code Watch} for a server that does not tell.
 */
final class ReadinessHealth extends HealthGrpc.HealthImplBase {

  private final Supplier<Readiness> readiness;

  ReadinessHealth(Supplier<Readiness> readiness) {
    this.readiness = readiness;
  }

  @Override
  public void check(HealthCheckRequest request, StreamObserver<HealthCheckResponse> answer) {
    if (!request.getService().isEmpty()) {
      answer.onError(
          Status.NOT_FOUND
              .withDescription("'" + request.getService() + "' (expected: no service name)")
              .asRuntimeException());
      return;
    }
    answer.onNext(
        HealthCheckResponse.newBuilder()
            .setStatus(readiness.get().ready() ? ServingStatus.SERVING : ServingStatus.NOT_SERVING)
            .build());
    answer.onCompleted();
  }
}
