package dev.serin.server.api;

import dev.serin.rollout.By;
import dev.serin.server.edge.Actor;
import io.grpc.Status;

/** Who calls, and why, as the journal keeps it. */
final class Callers {
  private static final int MAX_REASON = 1_000;
  private static final int MAX_REQUEST_ID = 100;

  private Callers() {}

  static By by(String reason, String requestId) {
    bounded("reason", reason, MAX_REASON);
    bounded("request_id", requestId, MAX_REQUEST_ID);
    return new By(Actor.current().name(), reason, requestId);
  }

  private static void bounded(String field, String text, int max) {
    if (text.length() > max || text.chars().anyMatch(c -> c < ' ' && c != '\n')) {
      throw Status.INVALID_ARGUMENT
          .withDescription(
              field
                  + ": "
                  + text.length()
                  + " characters (expected: at most "
                  + max
                  + ", printable)")
          .asRuntimeException();
    }
  }
}
