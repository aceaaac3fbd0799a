package dev.serin.server.edge;

import com.google.common.collect.ImmutableMap;
import io.grpc.Status;
import java.util.Optional;

/**
 * What stands behind {@code GET /v1/watch/...}: turns a path and a revision into a stream of
 * events.
 */
public interface WatchSource {

  /**
   * What a client asks to watch.
   *
   * @param path what follows {@code /v1/watch/}, such as {@code tenants/shop/rollouts/checkout-v2}
   * @param query its parameters, the first value of each
   * @param revision to go on after: the event that a reconnecting client saw last, otherwise the
   *     parameter {@code revision}; empty: from now, beginning with what is
   */
  record Request(String path, ImmutableMap<String, String> query, Optional<String> revision) {}

  /**
   * One event.
   *
   * @param revision a client comes back with it after a broken connection
   * @param type such as {@code rollout}
   * @param json one JSON document
   */
  record Event(String revision, String type, String json) {}

  /** What came of a request. */
  sealed interface Opening {
    /**
     * The stream goes on until the client leaves or the sink is ended.
     *
     * @param cancel called once when the stream is over, whoever ended it
     */
    record Opened(Runnable cancel) implements Opening {}

    /** Nothing to watch there. */
    record Refused(Status status) implements Opening {}
  }

  /** Where events go. Safe for use by several threads; none of its methods waits. */
  interface Sink {
    /**
     * Sends an event. False when the stream is over: the client left, or it was so slow that it was
     * cut off and will come back with its last revision.
     */
    boolean send(Event event);

    /** Whether there is room for an event; who sends only then is not cut off. */
    boolean isReady();

    /** What to run when there is room again; set before the first event, run by another thread. */
    void onReady(Runnable again);

    /** Ends the stream. */
    void end();
  }

  /**
   * Opens a stream. May be called from many threads, and may block. Events sent before it returns
   * are kept.
   */
  Opening open(Request request, Sink sink);
}
