package dev.serin.server.edge;

import com.google.common.collect.ImmutableMap;
import com.google.protobuf.Any;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.JsonFormat;
import com.google.rpc.ErrorDetailsProto;
import com.google.rpc.Status;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.grpc.UnframedGrpcErrorHandler;
import io.grpc.Status.Code;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Errors as {@code google.rpc.Status} in JSON, with their details. */
final class JsonStatus implements UnframedGrpcErrorHandler {

  /** As google/rpc/code.proto maps codes to HTTP. */
  private static final ImmutableMap<Code, HttpStatus> HTTP =
      ImmutableMap.<Code, HttpStatus>builder()
          .put(Code.OK, HttpStatus.OK)
          .put(Code.CANCELLED, HttpStatus.valueOf(499))
          .put(Code.UNKNOWN, HttpStatus.INTERNAL_SERVER_ERROR)
          .put(Code.INVALID_ARGUMENT, HttpStatus.BAD_REQUEST)
          .put(Code.DEADLINE_EXCEEDED, HttpStatus.GATEWAY_TIMEOUT)
          .put(Code.NOT_FOUND, HttpStatus.NOT_FOUND)
          .put(Code.ALREADY_EXISTS, HttpStatus.CONFLICT)
          .put(Code.PERMISSION_DENIED, HttpStatus.FORBIDDEN)
          .put(Code.RESOURCE_EXHAUSTED, HttpStatus.TOO_MANY_REQUESTS)
          .put(Code.FAILED_PRECONDITION, HttpStatus.BAD_REQUEST)
          .put(Code.ABORTED, HttpStatus.CONFLICT)
          .put(Code.OUT_OF_RANGE, HttpStatus.BAD_REQUEST)
          .put(Code.UNIMPLEMENTED, HttpStatus.NOT_IMPLEMENTED)
          .put(Code.INTERNAL, HttpStatus.INTERNAL_SERVER_ERROR)
          .put(Code.UNAVAILABLE, HttpStatus.SERVICE_UNAVAILABLE)
          .put(Code.DATA_LOSS, HttpStatus.INTERNAL_SERVER_ERROR)
          .put(Code.UNAUTHENTICATED, HttpStatus.UNAUTHORIZED)
          .buildOrThrow();

  private static final String DETAILS_HEADER = "grpc-status-details-bin";

  private final TypeRegistry types;
  private final JsonFormat.Printer printer;

  /**
   * @param messages those that details may hold beside the standard ones of google.rpc
   */
  JsonStatus(Iterable<Descriptor> messages) {
    this.types =
        TypeRegistry.newBuilder()
            .add(ErrorDetailsProto.getDescriptor().getMessageTypes())
            .add(messages)
            .build();
    this.printer = JsonFormat.printer().usingTypeRegistry(types).omittingInsignificantWhitespace();
  }

  /** An error of a method that was called as JSON. */
  @Override
  public HttpResponse handle(
      ServiceRequestContext context, io.grpc.Status status, AggregatedHttpResponse response) {
    String details = response.headers().get(DETAILS_HEADER);
    if (details == null) {
      details = response.trailers().get(DETAILS_HEADER);
    }
    return json(httpStatus(status), withDetails(decoded(status), details));
  }

  /** Here the description is still in the form of the header that it came in. */
  private static io.grpc.Status decoded(io.grpc.Status status) {
    String description = status.getDescription();
    return description == null ? status : status.withDescription(GrpcMessage.decode(description));
  }

  static boolean isGrpc(RequestHeaders request) {
    return request.get(HttpHeaderNames.CONTENT_TYPE, "").startsWith("application/grpc");
  }

  /** A refusal at the door. */
  HttpResponse refuse(RequestHeaders request, io.grpc.Status status) {
    return refusal(request, httpStatus(status), status).toHttpResponse();
  }

  /** A refusal in the form that the client's protocol has for it. */
  AggregatedHttpResponse refusal(RequestHeaders request, HttpStatus http, io.grpc.Status status) {
    String type = request.get(HttpHeaderNames.CONTENT_TYPE, "");
    if (isGrpc(request)) {
      return AggregatedHttpResponse.of(
          ResponseHeaders.builder(HttpStatus.OK)
              .set(HttpHeaderNames.CONTENT_TYPE, type)
              .setInt("grpc-status", status.getCode().value())
              .set(
                  DETAILS_HEADER,
                  Base64.getEncoder()
                      .withoutPadding()
                      .encodeToString(
                          StatusDetails.withInfo(StatusDetails.plain(status)).toByteArray()))
              .set("grpc-message", GrpcMessage.encode(description(status)))
              .build());
    }
    return AggregatedHttpResponse.of(
        http, MediaType.JSON_UTF_8, print(StatusDetails.plain(status)));
  }

  static HttpStatus httpStatus(io.grpc.Status status) {
    return Objects.requireNonNull(HTTP.get(status.getCode()), status.getCode().name());
  }

  private HttpResponse json(HttpStatus http, Status status) {
    return HttpResponse.of(http, MediaType.JSON_UTF_8, print(status));
  }

  private Status withDetails(io.grpc.Status status, @Nullable String encoded) {
    if (encoded == null) {
      return StatusDetails.plain(status);
    }
    try {
      Status detailed = Status.parseFrom(Base64.getDecoder().decode(encoded));
      // Details of types that we cannot name are left out rather than the whole answer lost.
      List<Any> known = detailed.getDetailsList().stream().filter(this::isPrintable).toList();
      return StatusDetails.plain(status).toBuilder().addAllDetails(known).build();
    } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
      return StatusDetails.plain(status);
    }
  }

  private boolean isPrintable(Any detail) {
    try {
      return types.getDescriptorForTypeUrl(detail.getTypeUrl()) != null;
    } catch (InvalidProtocolBufferException e) {
      return false;
    }
  }

  private String print(Status status) {
    try {
      return printer.print(StatusDetails.withInfo(status));
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("a status of known types", e);
    }
  }

  private static String description(io.grpc.Status status) {
    String description = status.getDescription();
    return description == null ? status.getCode().name() : description;
  }
}
