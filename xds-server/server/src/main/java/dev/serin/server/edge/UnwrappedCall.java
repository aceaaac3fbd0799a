package dev.serin.server.edge;

import dev.serin.server.edge.Requests.Read;
import io.grpc.Attributes;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.SecurityLevel;
import io.grpc.ServerCall;
import io.grpc.Status;

/** A call as its method knows it. */
final class UnwrappedCall<Q, R> extends ServerCall<Q, R> {
  private final ServerCall<Read<Q>, R> call;
  private final MethodDescriptor<Q, R> method;

  UnwrappedCall(ServerCall<Read<Q>, R> call, MethodDescriptor<Q, R> method) {
    this.call = call;
    this.method = method;
  }

  @Override
  public MethodDescriptor<Q, R> getMethodDescriptor() {
    return method;
  }

  @Override
  public void request(int messages) {
    call.request(messages);
  }

  @Override
  public void sendHeaders(Metadata headers) {
    call.sendHeaders(headers);
  }

  @Override
  public void sendMessage(R message) {
    call.sendMessage(message);
  }

  @Override
  public void close(Status status, Metadata trailers) {
    call.close(status, trailers);
  }

  @Override
  public boolean isReady() {
    return call.isReady();
  }

  @Override
  public boolean isCancelled() {
    return call.isCancelled();
  }

  @Override
  public void setOnReadyThreshold(int bytes) {
    call.setOnReadyThreshold(bytes);
  }

  @Override
  public void setMessageCompression(boolean enabled) {
    call.setMessageCompression(enabled);
  }

  @Override
  public void setCompression(String compressor) {
    call.setCompression(compressor);
  }

  @Override
  public SecurityLevel getSecurityLevel() {
    return call.getSecurityLevel();
  }

  @Override
  public Attributes getAttributes() {
    return call.getAttributes();
  }

  @Override
  public String getAuthority() {
    return call.getAuthority();
  }
}
