package dev.serin.server.api;

import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;

/** Reads a watch by a gRPC stream. */
record CallReader<E>(ServerCallStreamObserver<E> observer) implements WatchReader<E> {
  @Override
  public boolean isReady() {
    return !observer.isCancelled() && observer.isReady();
  }

  @Override
  public boolean send(E event) {
    observer.onNext(event);
    return true;
  }

  @Override
  public void end() {
    if (!observer.isCancelled()) {
      observer.onError(Status.UNAVAILABLE.withDescription(GOING).asRuntimeException());
    }
  }
}
