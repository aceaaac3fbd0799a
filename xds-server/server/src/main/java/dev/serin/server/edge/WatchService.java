package dev.serin.server.edge;

import com.google.common.collect.ImmutableMap;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.QueryParams;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.sse.ServerSentEvent;
import com.linecorp.armeria.common.stream.StreamMessage;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.streaming.ServerSentEvents;
import dev.serin.server.edge.WatchSource.Opening;
import io.grpc.Status;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Watches as server-sent events: {@code GET /v1/watch/PATH?revision=R}. */
final class WatchService implements HttpService {

  static final String PREFIX = "/v1/watch/";

  private static final int KEEP_ALIVE_SECONDS = 15;
  private static final String LAST_EVENT_ID = "last-event-id";

  private static final ResponseHeaders HEADERS =
      ResponseHeaders.of(
          HttpStatus.OK,
          HttpHeaderNames.CONTENT_TYPE,
          MediaType.EVENT_STREAM,
          HttpHeaderNames.CACHE_CONTROL,
          "no-store");

  private final WatchSource source;
  private final Access access;
  private final Semaphore slots;
  private final JsonStatus errors;
  private final EdgeMeters meters;

  WatchService(
      WatchSource source, Access access, Semaphore slots, JsonStatus errors, EdgeMeters meters) {
    this.source = source;
    this.access = access;
    this.slots = slots;
    this.errors = errors;
    this.meters = meters;
  }

  @Override
  public HttpResponse serve(ServiceRequestContext context, HttpRequest request) {
    if (context.method() != HttpMethod.GET) {
      return errors
          .refusal(
              request.headers(),
              HttpStatus.METHOD_NOT_ALLOWED,
              Status.UNIMPLEMENTED.withDescription(context.method() + " (expected: GET)"))
          .toHttpResponse();
    }
    Access.Decision decision =
        access.decide(
            request.headers().get(HttpHeaderNames.AUTHORIZATION),
            request.headers().get(Access.ACTOR_HEADER));
    if (decision instanceof Access.Decision.Refused(Status status)) {
      meters.refused(EdgeMeters.Refusal.TOKEN);
      return errors.refuse(request.headers(), status);
    }
    if (!slots.tryAcquire()) {
      meters.refused(EdgeMeters.Refusal.OVERLOAD);
      return errors.refuse(
          request.headers(),
          Status.RESOURCE_EXHAUSTED.withDescription("too many watches; try again later"));
    }
    context.clearRequestTimeout();
    // The source may have to read the store first.
    return HttpResponse.of(() -> open(context, request), context.blockingTaskExecutor());
  }

  private HttpResponse open(ServiceRequestContext context, HttpRequest request) {
    EventStream stream = new EventStream(context.eventLoop());
    Opening opening;
    try {
      opening = source.open(asked(context, request), stream);
    } catch (RuntimeException e) {
      slots.release();
      throw e;
    }
    return switch (opening) {
      case Opening.Refused(Status status) -> {
        slots.release();
        yield errors.refuse(request.headers(), status);
      }
      case Opening.Opened(Runnable cancel) -> {
        StreamMessage<ServerSentEvent> events = stream.events();
        var beat =
            context
                .eventLoop()
                .scheduleAtFixedRate(
                    stream::keepAlive, KEEP_ALIVE_SECONDS, KEEP_ALIVE_SECONDS, TimeUnit.SECONDS);
        // Completes when the source ends it, the client leaves or the connection breaks.
        var unused =
            events
                .whenComplete()
                .whenComplete((done, broken) -> {
                  beat.cancel(false);
                  slots.release();
                  cancel.run();
                });
        yield ServerSentEvents.fromPublisher(HEADERS, events);
      }
    };
  }

  private static WatchSource.Request asked(ServiceRequestContext context, HttpRequest request) {
    QueryParams query = context.queryParams();
    ImmutableMap.Builder<String, String> first = ImmutableMap.builder();
    query.names().forEach(name -> first.put(name, query.get(name, "")));
    Optional<String> revision =
        Optional.ofNullable(request.headers().get(LAST_EVENT_ID))
            .or(() -> Optional.ofNullable(query.get("revision")));
    return new WatchSource.Request(
        context.decodedPath().substring(PREFIX.length()),
        first.buildOrThrow(),
        revision.filter(r -> !r.isEmpty()));
  }
}
