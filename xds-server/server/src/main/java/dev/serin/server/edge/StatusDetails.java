package dev.serin.server.edge;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.protobuf.ProtoUtils;
import java.util.Optional;

/**
 * Gives every error its details: at least one stable word for programs, as "Services must include a
 * {@code google.rpc.ErrorInfo} in the details" (AIP-193). And says of methods that the schema has
 * and this version has not that they are to come.
 */
final class StatusDetails implements ServerInterceptor {

  private static final String DOMAIN = "serin.dev";
  private static final String UNIMPLEMENTED_BY_DEFAULT = " is unimplemented";

  static final Metadata.Key<com.google.rpc.Status> KEY =
      Metadata.Key.of(
          "grpc-status-details-bin",
          ProtoUtils.metadataMarshaller(com.google.rpc.Status.getDefaultInstance()));

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    return next.startCall(
        new SimpleForwardingServerCall<Q, R>(call) {
          @Override
          public void close(Status status, Metadata trailers) {
            if (status.isOk()) {
              super.close(status, trailers);
              return;
            }
            Status told = notYet(status, call.getMethodDescriptor().getFullMethodName());
            com.google.rpc.Status given = trailers.get(KEY);
            trailers.discardAll(KEY);
            trailers.put(KEY, withInfo(given == null ? plain(told) : given));
            super.close(told, trailers);
          }
        },
        headers);
  }

  /** The transport takes bytes that are no message for a failure of its own. */
  static Optional<Status> ofUnreadable(Throwable cause, Metadata metadata) {
    for (Throwable at = cause; at != null; at = at.getCause()) {
      if (at instanceof InvalidProtocolBufferException unreadable) {
        Status told =
            Status.INVALID_ARGUMENT.withDescription(
                "not a message of this method: " + unreadable.getMessage());
        metadata.put(KEY, withInfo(plain(told)));
        return Optional.of(told);
      }
    }
    return Optional.empty();
  }

  private static Status notYet(Status status, String method) {
    String description = status.getDescription();
    return status.getCode() == Status.Code.UNIMPLEMENTED
            && description != null
            && description.endsWith(UNIMPLEMENTED_BY_DEFAULT)
        ? status.withDescription(method + " is not supported yet")
        : status;
  }

  static com.google.rpc.Status plain(Status status) {
    String description = status.getDescription();
    return com.google.rpc.Status.newBuilder()
        .setCode(status.getCode().value())
        .setMessage(description == null ? status.getCode().name() : description)
        .build();
  }

  /** With the code's own word where there is no narrower one. */
  static com.google.rpc.Status withInfo(com.google.rpc.Status status) {
    if (status.getDetailsList().stream().anyMatch(any -> any.is(ErrorInfo.class))) {
      return status;
    }
    String reason = Status.fromCodeValue(status.getCode()).getCode().name();
    ErrorInfo info = ErrorInfo.newBuilder().setReason(reason).setDomain(DOMAIN).build();
    return status.toBuilder().addDetails(0, Any.pack(info)).build();
  }
}
