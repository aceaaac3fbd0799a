package dev.serin.policy;

import com.google.common.collect.ImmutableList;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * How a rollout is judged.
 *
 * @param enabled false for the explicit {@code analysis: off}; then {@code metrics} is empty
 * @param falseRollback the chance, over the whole rollout, that a healthy release is rolled back;
 *     in (0, 0.5]
 * @param warmUp how long after the canary's first traffic latency is not judged; errors always are
 * @param ruleOutErrors harm in errors, as a difference of ratios, that must be ruled out before a
 *     step is left; empty is {@code auto}: by the table of the step's weight
 * @param ruleOutLatency the same for the share of requests slower than the judged threshold
 * @param metrics never empty when enabled; names are unique
 */
public record Analysis(
    boolean enabled,
    double falseRollback,
    Duration warmUp,
    OptionalDouble ruleOutErrors,
    OptionalDouble ruleOutLatency,
    ImmutableList<Metric> metrics) {

  /** One thing that is judged. */
  public sealed interface Metric {
    String name();

    /** Whether the metric is shown but never decides. */
    boolean dryRun();

    /** The canary's error ratio against stable's at the same time. */
    record Errors(String name, Harm worseBy, boolean dryRun) implements Metric {}

    /**
     * The canary's latency at a quantile against stable's; {@code worseBy} is relative, 0.05 is 5
     * %.
     */
    record Latency(String name, double quantile, double worseBy, boolean dryRun)
        implements Metric {}

    /** An absolute bound on the canary's error ratio, 0.05 is 5 %. */
    record ErrorsAtMost(String name, double ratio, boolean dryRun) implements Metric {}
  }

  /**
   * How much worse a ratio may be before that is harm. The null hypothesis is {@code p_canary <=
   * rho * p_stable + delta}.
   *
   * @param rho 1 or more
   * @param delta 0 or more, a difference of ratios
   */
  public record Harm(double rho, double delta) {
    public Harm {
      if (!(rho >= 1) || !(delta >= 0)) {
        throw new IllegalArgumentException(
            "rho " + rho + ", delta " + delta + " (expected: rho >= 1, delta >= 0)");
      }
    }

    /** {@code worseBy: 0.5pp}: an absolute margin beside a ratio of 1.02. */
    public static Harm percentagePoints(double difference) {
      return new Harm(1.02, difference);
    }

    /** {@code worseBy: 10%}: a relative margin. */
    public static Harm relative(double x) {
      return new Harm(1 + x, 0);
    }
  }

  /**
   * Errors by 0.01 percentage points over a ratio of 1.02, p99 by 5 %, one false rollback in a
   * hundred rollouts.
   */
  public static final Analysis DEFAULT =
      new Analysis(
          true,
          0.01,
          Duration.ofSeconds(120),
          OptionalDouble.empty(),
          OptionalDouble.empty(),
          ImmutableList.of(
              new Metric.Errors("errors", Harm.percentagePoints(0.0001), false),
              new Metric.Latency("latency", 0.99, 0.05, false)));

  /** No analysis: steps are left on bake and least alone. */
  public static final Analysis OFF =
      new Analysis(
          false,
          0.01,
          Duration.ZERO,
          OptionalDouble.empty(),
          OptionalDouble.empty(),
          ImmutableList.of());

  public Analysis {
    if (!(falseRollback > 0 && falseRollback <= 0.5)) {
      throw new IllegalArgumentException(
          "falseRollback: " + falseRollback + " (expected: above 0, at most 0.5)");
    }
    if (enabled == metrics.isEmpty()) {
      throw new IllegalArgumentException(
          "metrics: " + metrics + " with analysis " + (enabled ? "on" : "off"));
    }
  }

  /** The metric of that name. */
  public Optional<Metric> metric(String name) {
    return metrics.stream().filter(m -> m.name().equals(name)).findFirst();
  }
}
