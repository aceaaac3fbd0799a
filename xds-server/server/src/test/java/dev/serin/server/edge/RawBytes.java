package dev.serin.server.edge;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.concurrent.CompletableFuture;

/** Requests of bytes, which need not be messages; what the answers say is not read. */
final class RawBytes implements MethodDescriptor.Marshaller<byte[]> {
  private RawBytes() {}

  /** The method for whoever sends bytes. */
  static MethodDescriptor<byte[], byte[]> method(MethodDescriptor<?, ?> method) {
    RawBytes raw = new RawBytes();
    return method.toBuilder(raw, raw).build();
  }

  /**
   * A stream to send bytes on, whatever kind of stream the method has.
   *
   * @param end gets the status that it ends with
   */
  static StreamObserver<byte[]> open(
      Channel channel, MethodDescriptor<?, ?> method, CompletableFuture<Status> end) {
    return ClientCalls.asyncBidiStreamingCall(
        channel.newCall(
            method(method).toBuilder().setType(MethodType.BIDI_STREAMING).build(),
            CallOptions.DEFAULT),
        new StreamObserver<>() {
          @Override
          public void onNext(byte[] ignored) {}

          @Override
          public void onError(Throwable error) {
            end.complete(Status.fromThrowable(error));
          }

          @Override
          public void onCompleted() {
            end.complete(Status.OK);
          }
        });
  }

  @Override
  public InputStream stream(byte[] value) {
    return new ByteArrayInputStream(value);
  }

  @Override
  public byte[] parse(InputStream stream) {
    return new byte[0];
  }
}
