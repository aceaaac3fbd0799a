package dev.serin.policy;

import java.time.Duration;
import java.util.Optional;

/** Harm done on purpose to requests that go to the canary, and to no others; never empty. */
public record Fault(Optional<Delay> delay, Optional<Abort> abort) {

  /**
   * Requests wait before they are sent on.
   *
   * @param time above 0
   * @param sharePpm of the canary's requests, 1..1,000,000
   */
  public record Delay(Duration time, int sharePpm) {
    public Delay {
      if (time.isNegative() || time.isZero()) {
        throw new IllegalArgumentException("delay: " + time + " (expected: above 0s)");
      }
      requireShare("delay", sharePpm);
    }
  }

  /**
   * Requests are answered with an error and not sent on.
   *
   * @param httpStatus 200..599, what Envoy takes
   * @param sharePpm of the canary's requests, 1..1,000,000
   */
  public record Abort(int httpStatus, int sharePpm) {
    public Abort {
      if (httpStatus < 200 || httpStatus > 599) {
        throw new IllegalArgumentException("abort: " + httpStatus + " (expected: 200..599)");
      }
      requireShare("abort", sharePpm);
    }
  }

  public Fault {
    if (delay.isEmpty() && abort.isEmpty()) {
      throw new IllegalArgumentException("fault: nothing (expected: a delay, an abort or both)");
    }
  }

  private static void requireShare(String what, int ppm) {
    if (Ppm.require("share of the " + what, ppm) == 0) {
      throw new IllegalArgumentException("share of the " + what + ": 0 ppm (expected: more)");
    }
  }
}
