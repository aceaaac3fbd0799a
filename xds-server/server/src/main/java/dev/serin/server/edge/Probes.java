package dev.serin.server.edge;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.Route;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.function.Supplier;

/** What orchestrators and scrapers ask for: alive, ready, metrics. */
final class Probes {

  private static final MediaType PROMETHEUS =
      MediaType.parse("text/plain; version=0.0.4; charset=utf-8");

  private Probes() {}

  /** Where a probe is asked; with other methods there is nothing. */
  static Route at(String path) {
    return Route.builder().exact(path).methods(HttpMethod.GET, HttpMethod.HEAD).build();
  }

  /** 200 as long as the process answers. */
  static HttpService alive() {
    return (context, request) -> HttpResponse.of(HttpStatus.OK, MediaType.JSON_UTF_8, "{}");
  }

  /** 200 when ready, 503 otherwise; both with the reasons. */
  static HttpService ready(Supplier<Readiness> readiness) {
    return (context, request) -> {
      Readiness now = readiness.get();
      ObjectNode body = JsonNodeFactory.instance.objectNode().put("ready", now.ready());
      now.reasons().forEach(body.putArray("reasons")::add);
      return HttpResponse.of(
          now.ready() ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE,
          MediaType.JSON_UTF_8,
          body.toString());
    };
  }

  /** Prometheus' text format; written off the event loop, for gauges may take their time. */
  static HttpService metrics(PrometheusMeterRegistry registry) {
    return (context, request) ->
        HttpResponse.of(
            () -> HttpResponse.of(HttpStatus.OK, PROMETHEUS, registry.scrape()),
            context.blockingTaskExecutor());
  }
}
