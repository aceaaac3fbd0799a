package dev.serin.server.edge;

import com.google.common.collect.ImmutableSet;
import com.google.common.net.HostAndPort;
import com.google.common.net.InetAddresses;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.SimpleDecoratingHttpService;
import io.grpc.Status;
import java.net.URI;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/**
 * Turns away, before anything is read, what must not come in: more requests than the server
 * carries, pages of other origins, and verbs that nothing is bound to.
 */
final class Doorkeeper extends SimpleDecoratingHttpService {

  /** Probes and scrapes are answered however busy the server is. */
  private static final ImmutableSet<String> ALWAYS =
      ImmutableSet.of("/healthz", "/readyz", "/metrics", "/" + CallSlots.HEALTH + "/Check");

  /** What the doorkeeper holds on to. */
  record Rules(
      Semaphore requests,
      HttpBindings bindings,
      boolean onLoopback,
      JsonStatus errors,
      EdgeMeters meters) {}

  private final Rules rules;

  Doorkeeper(HttpService delegate, Rules rules) {
    super(delegate);
    this.rules = rules;
  }

  @Override
  public HttpResponse serve(ServiceRequestContext context, HttpRequest request) throws Exception {
    if (ALWAYS.contains(context.path())) {
      return unwrap().serve(context, request);
    }
    Optional<Refused> refusal = refusal(context, request.headers());
    if (refusal.isPresent()) {
      return rules
          .errors()
          .refusal(request.headers(), refusal.get().http(), refusal.get().status())
          .toHttpResponse();
    }
    if (!rules.requests().tryAcquire()) {
      rules.meters().refused(EdgeMeters.Refusal.OVERLOAD);
      return rules
          .errors()
          .refuse(
              request.headers(),
              Status.RESOURCE_EXHAUSTED.withDescription(
                  "too many requests at once; try again later"));
    }
    if (JsonStatus.isGrpc(request.headers())) {
      // A message says its length first: gRPC refuses one that is too long in its own words.
      context.setMaxRequestLength(0);
    }
    var unused = context.log().whenComplete().thenRun(rules.requests()::release);
    return unwrap().serve(context, request);
  }

  private record Refused(HttpStatus http, Status status) {
    static Optional<Refused> of(Status status) {
      return Optional.of(new Refused(JsonStatus.httpStatus(status), status));
    }

    static Optional<Refused> badRequest(HttpStatus http, String why) {
      return Optional.of(new Refused(http, Status.INVALID_ARGUMENT.withDescription(why)));
    }
  }

  private Optional<Refused> refusal(ServiceRequestContext context, RequestHeaders headers) {
    Optional<Status> origin = wrongOrigin(headers);
    if (origin.isPresent()) {
      rules.meters().refused(EdgeMeters.Refusal.ORIGIN);
      return Refused.of(origin.get());
    }
    String method = context.method().name();
    String path = context.decodedPath();
    if (!rules.bindings().routes(method, path)) {
      return Refused.of(Status.NOT_FOUND.withDescription(method + " " + path + ": no such verb"));
    }
    Optional<String> parameter =
        rules.bindings().wrongParameter(method, path, context.queryParams().names());
    if (parameter.isPresent()) {
      return Refused.badRequest(HttpStatus.BAD_REQUEST, parameter.get());
    }
    return wrongContent(method, path, headers);
  }

  /** A body in another form would be answered with less than a reason. */
  private Optional<Refused> wrongContent(String method, String path, RequestHeaders headers) {
    String type = headers.get(HttpHeaderNames.CONTENT_TYPE, "");
    if (rules.bindings().isCall(method, path) && !JsonStatus.isGrpc(headers)) {
      return Refused.badRequest(
          HttpStatus.UNSUPPORTED_MEDIA_TYPE,
          "content-type: '"
              + type
              + "' (expected: application/grpc or application/grpc-web; JSON has paths of its own)");
    }
    boolean hasBody = rules.bindings().takesBody(method, path) && headers.contentLength() != 0;
    MediaType media = headers.contentType();
    return hasBody && !type.isEmpty() && (media == null || !media.isJson())
        ? Refused.badRequest(
            HttpStatus.UNSUPPORTED_MEDIA_TYPE,
            "content-type: '" + type + "' (expected: application/json)")
        : Optional.empty();
  }

  /**
   * A browser sends pages of other sites here as readily as ours. It says where a page is from; and
   * a page that had its own name resolve to loopback says its own name.
   */
  private Optional<Status> wrongOrigin(RequestHeaders headers) {
    // A request that was upgraded from HTTP/1.1 has its host still under the old name.
    String authority =
        headers.get(HttpHeaderNames.AUTHORITY, headers.get(HttpHeaderNames.HOST, ""));
    String origin = headers.get(HttpHeaderNames.ORIGIN);
    if (origin != null && !authority.equalsIgnoreCase(authorityOf(origin))) {
      return Optional.of(
          Status.PERMISSION_DENIED.withDescription(
              "a page from another origin (expected: " + authority + ")"));
    }
    if (rules.onLoopback() && !isLoopbackName(authority)) {
      return Optional.of(
          Status.PERMISSION_DENIED.withDescription(
              "'" + authority + "' (expected: localhost or a loopback address)"));
    }
    return Optional.empty();
  }

  private static String authorityOf(String origin) {
    try {
      String authority = URI.create(origin).getRawAuthority();
      return authority == null ? "" : authority;
    } catch (IllegalArgumentException e) {
      return "";
    }
  }

  private static boolean isLoopbackName(String authority) {
    try {
      String host = HostAndPort.fromString(authority).getHost();
      return host.equalsIgnoreCase("localhost")
          || (InetAddresses.isInetAddress(host)
              && InetAddresses.forString(host).isLoopbackAddress());
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
