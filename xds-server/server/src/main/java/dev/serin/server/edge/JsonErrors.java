package dev.serin.server.edge;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.server.ServerErrorHandler;
import com.linecorp.armeria.server.ServiceConfig;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.grpc.Status;
import org.jspecify.annotations.Nullable;

/** What the HTTP server itself refuses (no such path, too long, too late), told like all errors. */
final class JsonErrors implements ServerErrorHandler {

  private static final int MAX_REASON = 200;

  private final JsonStatus errors;

  JsonErrors(JsonStatus errors) {
    this.errors = errors;
  }

  /** Nothing of its own: what is thrown becomes a status by the server's rules. */
  @Override
  public @Nullable HttpResponse onServiceException(ServiceRequestContext context, Throwable cause) {
    return ServerErrorHandler.ofDefault().onServiceException(context, cause);
  }

  @Override
  public AggregatedHttpResponse renderStatus(
      @Nullable ServiceRequestContext context,
      ServiceConfig config,
      @Nullable RequestHeaders headers,
      HttpStatus status,
      @Nullable String description,
      @Nullable Throwable cause) {
    RequestHeaders request = headers == null ? RequestHeaders.of(HttpMethod.UNKNOWN, "/") : headers;
    String place = headers == null ? "" : headers.method() + " " + headers.path() + ": ";
    boolean noMethod = JsonStatus.isGrpc(request) && status.equals(HttpStatus.NOT_FOUND);
    Status.Code code = noMethod ? Status.Code.UNIMPLEMENTED : code(status);
    return errors.refusal(
        request,
        status,
        code.toStatus()
            .withDescription(place + (noMethod ? "no such method" : reason(status, cause))));
  }

  /** What a body or a parameter that cannot be read looks like is known to whoever read it. */
  private static String reason(HttpStatus status, @Nullable Throwable cause) {
    if (!status.equals(HttpStatus.BAD_REQUEST) || cause == null) {
      return status.reasonPhrase();
    }
    for (Throwable at = cause; at != null; at = at.getCause()) {
      if (at instanceof JsonProcessingException json) {
        return "the body is not JSON: " + shortened(json.getOriginalMessage());
      }
    }
    return cause instanceof NumberFormatException
        ? cause.getMessage() + " (expected: a number)"
        : "the body does not fit: " + shortened(String.valueOf(cause.getMessage()));
  }

  private static String shortened(String text) {
    return text.length() <= MAX_REASON ? text : text.substring(0, MAX_REASON) + "...";
  }

  private static Status.Code code(HttpStatus status) {
    return switch (status.code()) {
      case 400 -> Status.Code.INVALID_ARGUMENT;
      case 401 -> Status.Code.UNAUTHENTICATED;
      case 403 -> Status.Code.PERMISSION_DENIED;
      case 404 -> Status.Code.NOT_FOUND;
      case 405 -> Status.Code.UNIMPLEMENTED;
      case 413, 429, 431 -> Status.Code.RESOURCE_EXHAUSTED;
      case 408, 504 -> Status.Code.DEADLINE_EXCEEDED;
      case 503 -> Status.Code.UNAVAILABLE;
      case 501 -> Status.Code.UNIMPLEMENTED;
      default -> status.isServerError() ? Status.Code.INTERNAL : Status.Code.INVALID_ARGUMENT;
    };
  }
}
