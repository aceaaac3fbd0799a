package dev.serin.rollout;

import dev.serin.judge.Verdict;
import dev.serin.policy.Analysis;
import dev.serin.policy.Ppm;
import java.util.Comparator;

/**
 * How many canary requests it takes to rule harm out when there is none. A step with fewer is
 * undecided for want of traffic, one with more because its evidence is mixed.
 *
 * <p>Ruling out a difference d at odds of 20 to 1 takes about ln(20) / d requests where nothing
 * fails, with the mixture's loss 4.3 / d; where a share p of both arms fails anyway, the variance
 * adds 2 ln(20) p (1 + o) / d^2, o being canary's odds of the traffic. A sequential test needs
 * about twice that.
 */
final class Power {

  private static final double NOTHING_FAILS = 4.3;
  private static final double VARIANCE = 2 * Math.log(20);
  private static final double SEQUENTIAL = 2;

  /** With the least hold-back stable keeps 2 %; it is the arm with few requests then. */
  private static final double MOST_SHARE = 0.98;

  private Power() {}

  static double requestsNeeded(Analysis analysis, Verdict verdict, int weightPpm) {
    double share = Math.min((double) weightPpm / Ppm.ALL, MOST_SHARE);
    double odds = share / (1 - share);
    double fails =
        verdict.metrics().stream()
            .filter(m -> isErrors(analysis, m.name()))
            .map(Verdict.MetricVerdict::control)
            .max(Comparator.naturalOrder())
            .orElse(0.0);
    double difference =
        analysis.ruleOutErrors().orElse(Math.max(smallest(share), relative(share) * fails));
    return SEQUENTIAL * (NOTHING_FAILS + VARIANCE * fails * (1 + odds) / difference) / difference;
  }

  private static boolean isErrors(Analysis analysis, String metric) {
    return analysis.metric(metric).filter(Analysis.Metric.Errors.class::isInstance).isPresent();
  }

  /** The difference that a step of this weight must rule out at least. */
  private static double smallest(double share) {
    return share >= 0.5
        ? 0.001
        : share >= 0.25 ? 0.003 : share >= 0.1 ? 0.01 : share >= 0.05 ? 0.02 : 0.05;
  }

  /** The same as a multiple of stable's own error ratio. */
  private static double relative(double share) {
    return share >= 0.5 ? 0.15 : share >= 0.25 ? 0.5 : share >= 0.1 ? 1 : share >= 0.05 ? 2 : 5;
  }
}
