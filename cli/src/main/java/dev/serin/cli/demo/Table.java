package dev.serin.cli.demo;

import com.google.common.collect.ImmutableList;
import dev.serin.policy.Ppm;
import dev.serin.v1.MetricVerdict;
import dev.serin.v1.RolloutStatus;
import dev.serin.v1.Verdict;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * A frame as lines of text.
 *
 * @param colours whether to use ANSI colours
 * @param width of the terminal in columns; longer lines are cut
 */
record Table(boolean colours, int width) {
  private static final int BAR = 12;
  private static final int REASON_LINES = 3;

  ImmutableList<String> lines(Frame frame) {
    RolloutStatus status = frame.rollout().getStatus();
    ImmutableList.Builder<String> lines = ImmutableList.builder();
    lines.add("");
    lines.add(
        cut(
            String.format(
                Locale.ROOT,
                "%s -> %s   %6.1f s   step %d/%d   ",
                status.getStable(),
                frame.rollout().getSpec().getTo(),
                frame.elapsed().toMillis() / 1000.0,
                status.getStep().getIndex(),
                frame.steps()),
            status.getPhase().name(),
            colour(status.getPhase())));
    lines.add(
        cut(
            "weight    "
                + bar((double) status.getWeightPpm() / Ppm.ALL)
                + " "
                + Ppm.percent(status.getWeightPpm())));
    lines.add(
        cut(
            "acked     "
                + status.getClustersList().stream()
                    .map(LineScreen::acked)
                    .collect(Collectors.joining("   "))));
    for (String version : frame.versions()) {
      lines.add(cut(traffic(frame, version)));
    }
    lines.add(cut("requests without an answer: " + frame.counts().lost()));
    if (status.getVerdict().getMetricsCount() > 0) {
      lines.add(cut("evidence of harm, of what it takes to roll back; canary vs stable"));
    }
    for (MetricVerdict metric : status.getVerdict().getMetricsList()) {
      lines.add(cut(evidence(metric), metric.getState().name(), colour(metric.getState())));
    }
    lines.addAll(wrapped(status.getReason()));
    return lines.build();
  }

  private static String traffic(Frame frame, String version) {
    Ledger.Answers answers = frame.counts().of(version);
    return String.format(
        Locale.ROOT,
        "%-9s %6.1f requests/s   %7d answered   %6d errors",
        version,
        frame.rates().getOrDefault(version, 0.0),
        answers.answered(),
        answers.errors());
  }

  private static String evidence(MetricVerdict metric) {
    return String.format(
        Locale.ROOT,
        "%-11s %s %6.2f of %.2f  %7.3f %% vs %.3f %%  ",
        metric.getName(),
        bar(metric.getBound() > 0 ? metric.getEvidence() / metric.getBound() : 0),
        metric.getEvidence(),
        metric.getBound(),
        metric.getCanary() * 100,
        metric.getControl() * 100);
  }

  private static String bar(double share) {
    int full = (int) Math.round(Math.clamp(share, 0, 1) * BAR);
    return "#".repeat(full) + ".".repeat(BAR - full);
  }

  private ImmutableList<String> wrapped(String text) {
    ImmutableList.Builder<String> lines = ImmutableList.builder();
    String rest = text;
    for (int i = 1; i < REASON_LINES && rest.length() > width; i++) {
      int space = rest.lastIndexOf(' ', width);
      int end = space > 0 ? space : width;
      lines.add(rest.substring(0, end));
      rest = rest.substring(end).stripLeading();
    }
    return lines.add(cut(rest)).build();
  }

  private String cut(String line) {
    return line.length() <= width ? line : line.substring(0, width);
  }

  /** The last word in colour; colours take no columns. */
  private String cut(String line, String word, String colour) {
    String whole = cut(line + word);
    if (!colours || whole.length() <= line.length()) {
      return whole;
    }
    return line + colour + whole.substring(line.length()) + "\033[0m";
  }

  private static String colour(RolloutStatus.Phase phase) {
    return switch (phase) {
      case SUCCEEDED -> "\033[32m";
      case ROLLING_BACK, ROLLED_BACK -> "\033[31m";
      case HOLDING, PAUSED, WAITING -> "\033[33m";
      case PENDING, PROGRESSING, PROMOTING, SUPERSEDED, PHASE_UNSPECIFIED, UNRECOGNIZED ->
          "\033[36m";
    };
  }

  private static String colour(Verdict.State state) {
    return switch (state) {
      case HEALTHY -> "\033[32m";
      case UNHEALTHY -> "\033[31m";
      case INCONCLUSIVE, INSUFFICIENT_DATA, METRICS_LOST, STATE_UNSPECIFIED, UNRECOGNIZED ->
          "\033[33m";
    };
  }
}
