package dev.serin.server.api;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableSet;
import dev.serin.server.edge.WatchSource;
import dev.serin.v1.Proxy;
import dev.serin.v1.WatchProxiesRequest;
import dev.serin.v1.WatchProxiesResponse;
import io.grpc.StatusRuntimeException;
import java.util.Locale;

/**
 * Watches on proxies as server-sent events: {@code /v1/watch/proxies}, with {@code cluster}, {@code
 * stale} and {@code states} as parameters. What is asked for under another path is another
 * source's.
 */
public final class FleetEvents implements WatchSource {
  private static final String PATH = "proxies";
  private static final ImmutableSet<String> PARAMETERS =
      ImmutableSet.of("cluster", "stale", "states", "revision");
  private static final Splitter COMMAS = Splitter.on(',').omitEmptyStrings();

  private final FleetWatches watches;
  private final WatchSource others;

  public FleetEvents(FleetWatches watches, WatchSource others) {
    this.watches = watches;
    this.others = others;
  }

  @Override
  public Opening open(Request request, Sink sink) {
    if (!request.path().equals(PATH)) {
      return others.open(request, sink);
    }
    try {
      OpenWatch opened =
          watches.open(
              wanted(request),
              new SinkReader<>(
                  sink, WatchProxiesResponse::getRevision, WatchProxiesResponse::getEventCase));
      sink.onReady(opened.again());
      return new Opening.Opened(opened.cancel());
    } catch (StatusRuntimeException refused) {
      return new Opening.Refused(refused.getStatus());
    }
  }

  private static WatchProxiesRequest wanted(Request request) {
    for (String name : request.query().keySet()) {
      if (!PARAMETERS.contains(name)) {
        throw Replies.badField(name, "no such parameter (expected: one of " + PARAMETERS + ")");
      }
    }
    WatchProxiesRequest.Builder wanted =
        WatchProxiesRequest.newBuilder()
            .setRevision(revision(request.revision().orElse("0")))
            .setCluster(request.query().getOrDefault("cluster", ""))
            .setStale(stale(request.query().getOrDefault("stale", "false")));
    for (String word : COMMAS.split(request.query().getOrDefault("states", ""))) {
      wanted.addStates(state(word));
    }
    return wanted.build();
  }

  private static long revision(String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException notANumber) {
      throw Replies.badField("revision", text + " (expected: a number)");
    }
  }

  private static boolean stale(String text) {
    return switch (text) {
      case "true" -> true;
      case "false" -> false;
      default -> throw Replies.badField("stale", text + " (expected: true or false)");
    };
  }

  private static Proxy.State state(String word) {
    try {
      return Proxy.State.valueOf(word.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException unknown) {
      throw Replies.badField("states", word + " (expected: SYNCED, STALE, ERROR, DISCONNECTED)");
    }
  }
}
