package dev.serin.server.api;

import com.google.common.collect.ImmutableSet;
import dev.serin.server.edge.WatchSource;
import dev.serin.v1.WatchRolloutsRequest;
import dev.serin.v1.WatchRolloutsResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;

/** Watches on rollouts as server-sent events: {@code /v1/watch/tenants/T/rollouts[/R]}. */
public final class RolloutEvents implements WatchSource {
  private static final ImmutableSet<String> PARAMETERS = ImmutableSet.of("filter", "revision");

  private final RolloutWatches watches;

  public RolloutEvents(RolloutWatches watches) {
    this.watches = watches;
  }

  @Override
  public Opening open(Request request, Sink sink) {
    for (String name : request.query().keySet()) {
      if (!PARAMETERS.contains(name)) {
        return new Opening.Refused(
            Status.INVALID_ARGUMENT.withDescription(
                name + ": no such parameter (expected: one of " + PARAMETERS + ")"));
      }
    }
    try {
      WatchRolloutsRequest wanted =
          WatchRolloutsRequest.newBuilder()
              .setParent(parent(request.path()))
              .setRevision(Long.parseLong(request.revision().orElse("0")))
              .setFilter(request.query().getOrDefault("filter", ""))
              .build();
      OpenWatch opened =
          watches.open(
              wanted,
              new SinkReader<>(
                  sink, WatchRolloutsResponse::getRevision, WatchRolloutsResponse::getEventCase));
      sink.onReady(opened.again());
      return new Opening.Opened(opened.cancel());
    } catch (NumberFormatException notANumber) {
      return new Opening.Refused(
          Status.INVALID_ARGUMENT.withDescription(
              "revision: " + request.revision().orElse("") + " (expected: a number)"));
    } catch (StatusRuntimeException refused) {
      return new Opening.Refused(refused.getStatus());
    }
  }

  private static String parent(String path) {
    String all = "/" + Names.ROLLOUTS;
    return path.endsWith(all) ? path.substring(0, path.length() - all.length()) : path;
  }
}
