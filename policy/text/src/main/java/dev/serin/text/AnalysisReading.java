package dev.serin.text;

import com.google.common.collect.ImmutableList;
import dev.serin.policy.Analysis;
import dev.serin.policy.Analysis.Harm;
import dev.serin.policy.Analysis.Metric;
import dev.serin.policy.CanaryPolicy.Exit;
import dev.serin.policy.CanaryPolicy.OnInconclusive;
import dev.serin.policy.CanaryPolicy.OnMetricsLost;
import dev.serin.policy.Conduct;
import dev.serin.policy.Ppm;
import dev.serin.text.Problem.Code;
import dev.serin.v1.ErrorsMetric;
import dev.serin.v1.LatencyMetric;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;

/** How a policy judges. */
final class AnalysisReading {

  private static final String PATH = "spec.analysis";
  private static final int MAX_METRICS = 20;

  /** Worse by ten times: nobody means more. */
  private static final int MAX_RELATIVE = 10 * Ppm.ALL;

  /** The judge's own name for the detector that watches for catastrophes. */
  private static final String RESERVED = "catastrophe";

  private static final Harm NO_HARM = new Harm(1, 0);

  private final Checks checks;
  private final Findings findings;

  AnalysisReading(Checks checks) {
    this.checks = checks;
    this.findings = checks.findings();
  }

  Analysis analysis(dev.serin.v1.Analysis message) {
    if (message.getOff()) {
      if (!message.equals(dev.serin.v1.Analysis.newBuilder().setOff(true).build())) {
        findings.error(PATH, Code.CONFLICT, "off beside other settings (expected: off alone)", "");
      }
      return Analysis.OFF;
    }
    checks.notSupported(
        PATH + ".control", message.getControl().hasFresh(), "a control of a version of its own");
    int falseRollback =
        message.hasFalseRollbackPpm()
            ? checks.share(
                PATH + ".falseRollbackPpm", message.getFalseRollbackPpm(), 1, Ppm.ALL / 2)
            : ppm(Analysis.DEFAULT.falseRollback());
    Duration warmUp =
        checks.duration(
            PATH + ".warmUp",
            message.hasWarmUp(),
            message.getWarmUp(),
            Analysis.DEFAULT.warmUp(),
            Duration.ZERO);
    ImmutableList<Metric> metrics = metrics(message.getMetricsList());
    return new Analysis(
        true,
        ratio(falseRollback),
        warmUp,
        ruleOut(
            ".errorsPpm", message.getRuleOut().hasErrorsPpm(), message.getRuleOut().getErrorsPpm()),
        ruleOut(
            ".latencyPpm",
            message.getRuleOut().hasLatencyPpm(),
            message.getRuleOut().getLatencyPpm()),
        metrics.isEmpty() ? Analysis.DEFAULT.metrics() : metrics);
  }

  /** The share of stable's endpoints that the canary is compared with; empty is all of stable. */
  OptionalInt baseline(dev.serin.v1.Analysis message) {
    if (message.getOff() || !message.getControl().hasBaseline()) {
      return OptionalInt.empty();
    }
    return OptionalInt.of(
        checks.share(
            PATH + ".control.baseline.endpointsPpm",
            message.getControl().getBaseline().getEndpointsPpm(),
            1,
            Conduct.MOST_BASELINE_PPM));
  }

  /** What is done when harm is neither shown nor ruled out; the default where analysis is off. */
  OnInconclusive onInconclusive(dev.serin.v1.Analysis analysis) {
    dev.serin.v1.OnInconclusive message = analysis.getOnInconclusive();
    String path = PATH + ".onInconclusive";
    OnInconclusive standard = OnInconclusive.DEFAULT;
    OnInconclusive.Then then =
        switch (message.getThen()) {
          case THEN_UNSPECIFIED -> standard.then();
          case AUTO -> OnInconclusive.Then.AUTO;
          case HOLD -> OnInconclusive.Then.HOLD;
          case ADVANCE -> OnInconclusive.Then.ADVANCE;
          case ROLLBACK -> OnInconclusive.Then.ROLLBACK;
          case UNRECOGNIZED -> {
            checks.unknownEnum(path + ".then", message.getThenValue());
            yield standard.then();
          }
        };
    return new OnInconclusive(
        checks.duration(
            path + ".after",
            message.hasAfter(),
            message.getAfter(),
            standard.after(),
            Duration.ofSeconds(1)),
        then);
  }

  /** How long telemetry may be missing; the default where analysis is off. */
  OnMetricsLost onMetricsLost(dev.serin.v1.Analysis analysis) {
    dev.serin.v1.OnMetricsLost message = analysis.getOnMetricsLost();
    String path = PATH + ".onMetricsLost";
    Exit then = checks.exit(path + ".then", message.hasThen(), message.getThen(), new Exit.Hold());
    if (!then.equals(new Exit.Hold())) {
      findings.error(
          path + ".then",
          Code.NOT_ALLOWED,
          PolicyText.word(then)
              + " (expected: hold; an outage of telemetry says nothing about the release, so it"
              + " never advances and never rolls back)",
          "write then: hold");
    }
    return new OnMetricsLost(
        checks.duration(
            path + ".after",
            message.hasAfter(),
            message.getAfter(),
            OnMetricsLost.DEFAULT.after(),
            Duration.ofSeconds(1)));
  }

  private OptionalDouble ruleOut(String field, boolean present, int ppm) {
    return present
        ? OptionalDouble.of(ratio(checks.share(PATH + ".ruleOut" + field, ppm, 1, Ppm.ALL)))
        : OptionalDouble.empty();
  }

  private ImmutableList<Metric> metrics(List<dev.serin.v1.Metric> messages) {
    checks.fits(PATH + ".metrics", messages, MAX_METRICS);
    ImmutableList.Builder<Metric> metrics = ImmutableList.builder();
    Set<String> names = new HashSet<>();
    for (int i = 0; i < messages.size(); i++) {
      dev.serin.v1.Metric message = messages.get(i);
      String path = PATH + ".metrics[" + i + "]";
      checks.name(path + ".name", message.getName());
      if (message.getName().equals(RESERVED)) {
        findings.error(
            path + ".name", Code.BAD_NAME, RESERVED + " is the name of a built-in detector", "");
      } else if (!message.getName().isEmpty() && !names.add(message.getName())) {
        findings.error(
            path + ".name",
            Code.DUPLICATE,
            Shown.value(message.getName()) + " names two metrics (expected: one)",
            "");
      }
      metrics.add(metric(path, message));
    }
    return metrics.build();
  }

  private Metric metric(String path, dev.serin.v1.Metric message) {
    String name = message.getName();
    boolean dryRun = message.getDryRun();
    return switch (message.getSourceCase()) {
      case ERRORS -> errors(path + ".errors", name, message.getErrors(), dryRun);
      case LATENCY -> latency(path + ".latency", name, message.getLatency(), dryRun);
      case QUERY -> {
        checks.notSupported(path + ".query", true, "metrics by query");
        yield new Metric.Errors(name, NO_HARM, dryRun);
      }
      case SOURCE_NOT_SET -> {
        findings.error(path, Code.MISSING, "nothing (expected: one of errors, latency)", "");
        yield new Metric.Errors(name, NO_HARM, dryRun);
      }
    };
  }

  private Metric errors(String path, String name, ErrorsMetric message, boolean dryRun) {
    if (message.hasWorseBy() == message.hasAtMostPpm()) {
      findings.error(
          path,
          message.hasWorseBy() ? Code.CONFLICT : Code.MISSING,
          (message.hasWorseBy() ? "worseBy beside atMost" : "neither worseBy nor atMost")
              + " (expected: one of them)",
          message.hasWorseBy() ? "write two metrics" : "");
    }
    if (message.hasAtMostPpm()) {
      int ppm = checks.share(path + ".atMostPpm", message.getAtMostPpm(), 1, Ppm.ALL);
      return new Metric.ErrorsAtMost(name, ratio(ppm), dryRun);
    }
    String at = path + ".worseBy";
    Harm harm =
        switch (message.getWorseBy().getMarginCase()) {
          case DIFFERENCE_PPM ->
              Harm.percentagePoints(
                  ratio(
                      checks.share(
                          at + ".differencePpm",
                          message.getWorseBy().getDifferencePpm(),
                          0,
                          Ppm.ALL)));
          case RELATIVE_PPM ->
              Harm.relative(
                  ratio(
                      checks.share(
                          at + ".relativePpm",
                          message.getWorseBy().getRelativePpm(),
                          0,
                          MAX_RELATIVE)));
          case MARGIN_NOT_SET -> {
            if (message.hasWorseBy()) {
              findings.error(at, Code.MISSING, "nothing (expected: as 0.5pp or 10%)", "");
            }
            yield NO_HARM;
          }
        };
    return new Metric.Errors(name, harm, dryRun);
  }

  private Metric latency(String path, String name, LatencyMetric message, boolean dryRun) {
    int quantile = message.getQuantilePpm();
    if (quantile <= 0 || quantile >= Ppm.ALL) {
      findings.error(
          path + ".quantilePpm",
          quantile == 0 ? Code.MISSING : Code.OUT_OF_RANGE,
          (quantile == 0 ? "nothing" : "p" + Units.percent(quantile))
              + " (expected: a quantile between p0 and p100, as p99)",
          "");
    }
    String at = path + ".worseBy";
    int relative = 0;
    switch (message.getWorseBy().getMarginCase()) {
      case RELATIVE_PPM ->
          relative =
              checks.share(
                  at + ".relativePpm", message.getWorseBy().getRelativePpm(), 1, MAX_RELATIVE);
      case DIFFERENCE_PPM ->
          findings.error(
              at + ".differencePpm",
              Code.BAD_VALUE,
              Units.percent(message.getWorseBy().getDifferencePpm())
                  + "pp (expected: a relative margin like 10%)",
              "a latency has no percentage points");
      case MARGIN_NOT_SET ->
          findings.error(at, Code.MISSING, "nothing (expected: a margin like 10%)", "");
    }
    return new Metric.Latency(name, ratio(quantile), ratio(relative), dryRun);
  }

  /** Correctly rounded, so that equal shares are equal doubles. */
  static double ratio(int ppm) {
    return ppm / (double) Ppm.ALL;
  }

  /** The nearest part per million. */
  static int ppm(double ratio) {
    return Math.toIntExact(Math.round(ratio * Ppm.ALL));
  }
}
