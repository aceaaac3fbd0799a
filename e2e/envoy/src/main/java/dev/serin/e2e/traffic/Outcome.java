package dev.serin.e2e.traffic;

import java.time.Duration;
import java.time.Instant;

/**
 * What became of one request.
 *
 * @param number its place in the load, from 0
 * @param target the name of the proxy that it was sent to
 * @param version that answered; empty when nobody did, or who did names none (a proxy's own answer)
 * @param status the HTTP status, or {@link #LOST}
 * @param latency from the time the request was due, so that a client that falls behind shows
 * @param at when it was over
 */
public record Outcome(
    long number, String target, String version, int status, Duration latency, Instant at) {

  /** The status of a request that has no answer: refused, reset or timed out. */
  public static final int LOST = 0;

  public boolean isLost() {
    return status == LOST;
  }

  /** Whether the answer is an error of the server's (5xx). */
  public boolean isError() {
    return status >= 500;
  }
}
