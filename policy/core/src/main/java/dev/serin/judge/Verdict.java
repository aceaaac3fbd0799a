package dev.serin.judge;

import com.google.common.collect.ImmutableList;
import java.util.Optional;

/**
 * What the evidence says about a rollout now.
 *
 * @param evidence natural logarithm of the e-value of harm over all metrics
 * @param bound where {@code evidence} means rollback
 */
public record Verdict(
    State state, double evidence, double bound, ImmutableList<MetricVerdict> metrics) {

  /** The five answers. */
  public enum State {
    /** Harm of the size that the step must exclude has been ruled out. */
    HEALTHY,
    /** Harm has been shown. */
    UNHEALTHY,
    /** Enough data to look at, and neither shown nor ruled out. */
    INCONCLUSIVE,
    /** Too little data to look at. */
    INSUFFICIENT_DATA,
    /** The proxies' telemetry stays away. */
    METRICS_LOST
  }

  /** The verdict of a rollout that has seen nothing yet. */
  public static final Verdict NOTHING_YET =
      new Verdict(State.INSUFFICIENT_DATA, 0, Double.POSITIVE_INFINITY, ImmutableList.of());

  /**
   * One metric's part of a verdict.
   *
   * @param canary the canary's value: an error ratio, or the share of requests slower than the
   *     threshold
   * @param control stable's value, standardised to the canary's traffic; of an absolute bound the
   *     bound
   * @param estimate the difference, canary less control
   * @param interval for the eye; decisions are made by the evidence
   * @param evidence natural logarithm of the metric's weighted e-value, its part of the sum; of a
   *     dry run unweighted, as it is no part
   * @param bound where that evidence alone would mean rollback
   * @param requests the canary's requests behind it
   */
  public record MetricVerdict(
      String name,
      State state,
      double canary,
      double control,
      double estimate,
      Optional<Interval> interval,
      double evidence,
      double bound,
      long requests) {}

  /** A two-sided 95 % interval of the difference. */
  public record Interval(double low, double high) {}
}
