package dev.serin.judge;

/**
 * What one version did in one window, summed over the proxies of one mesh cluster. One trial is one
 * upstream try.
 *
 * @param requests finished tries, Envoy's own refusals (circuit breakers) excluded
 * @param errors of those; timeouts and resets included
 */
public record ArmCounts(long requests, long errors, Histogram latency) {

  /** Nothing happened. */
  public static final ArmCounts NONE = new ArmCounts(0, 0, Histogram.NONE);

  public ArmCounts {
    if (requests < 0 || errors < 0 || errors > requests) {
      throw new IllegalArgumentException(
          errors + " errors of " + requests + " requests (expected: 0 <= errors <= requests)");
    }
  }
}
