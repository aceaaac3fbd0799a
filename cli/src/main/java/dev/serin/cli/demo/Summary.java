package dev.serin.cli.demo;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import dev.serin.policy.Ppm;
import dev.serin.v1.Decision;
import dev.serin.v1.MetricVerdict;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What happened, in numbers, for a reader. */
final class Summary {
  private Summary() {}

  static String of(DemoReport report, List<Story> stories, Ledger.Counts counts) {
    StringBuilder text = new StringBuilder("\nWhat happened\n");
    stories.forEach(story -> tell(story, text));
    text.append('\n');
    for (DemoReport.Proxy proxy : report.proxies()) {
      line(text, "  %-14s %-10s runs %s", proxy.node(), proxy.cluster(), split(proxy));
    }
    text.append('\n');
    line(
        text,
        "  %d requests in all, %d without an answer, %d answered by a proxy because it reached no version.",
        counts.total(),
        counts.lost(),
        counts.ownAnswers());
    text.append(report.asExpected() ? "  As it should be." : "  Not as it should be.");
    return text.toString();
  }

  private static void tell(Story story, StringBuilder text) {
    DemoReport.Release release = story.release();
    text.append('\n');
    line(
        text,
        "  %s: %s%s",
        release.version(),
        outcome(release.outcome()),
        release.secondsToDecision().isPresent()
            ? String.format(Locale.ROOT, " after %.1f s", release.secondsToDecision().getAsDouble())
            : "");
    decisions(story, text);
    ReleaseRun.deciding(story.decisions())
        .ifPresent(decision ->
            decision.getVerdict().getMetricsList().forEach(metric -> metric(metric, text)));
    for (DemoReport.Step step : release.steps()) {
      line(
          text,
          "    %7s  on every proxy after %s, then %d answers of %s",
          Ppm.percent(step.weightPpm()),
          step.convergedAfterMs().isPresent() ? step.convergedAfterMs().getAsLong() + " ms" : "-",
          step.requests(),
          release.version());
    }
    line(
        text,
        "    %s answered %d requests and spoiled %d (failed beyond what fails on stable).",
        release.version(),
        release.requests(),
        release.spoiled());
    if (release.outcome() == DemoReport.Outcome.ROLLED_BACK) {
      wayBack(story, text);
    }
  }

  private static String outcome(DemoReport.Outcome outcome) {
    return switch (outcome) {
      case PROMOTED -> "promoted";
      case ROLLED_BACK -> "rolled back";
      case HELD -> "held";
      case UNFINISHED -> "not finished";
    };
  }

  /** Every decision; what only says the same again, as that a bake has begun, is left out. */
  private static void decisions(Story story, StringBuilder text) {
    @Nullable Instant start = null;
    String before = "";
    for (Decision decision : story.decisions()) {
      start = start == null ? Times.of(decision.getTime()) : start;
      String what = decision.getTo() + ": " + whatHappened(decision.getReason());
      if (!what.equals(before)) {
        line(
            text,
            "    %6.1f s  %-5s  %7s  %s",
            Times.seconds(start, Times.of(decision.getTime())),
            decision.getActor(),
            Ppm.percent(decision.getWeightPpm()),
            what);
      }
      before = what;
    }
  }

  /** A reason says what happened and then what comes next, which by now is past. */
  static String whatHappened(String reason) {
    int next = reason.indexOf("; ");
    return next < 0 ? reason : reason.substring(0, next) + ".";
  }

  private static void metric(MetricVerdict metric, StringBuilder text) {
    line(
        text,
        "    evidence of harm, %s: %.2f of %.2f (canary %.3f %%, stable %.3f %%, %d canary requests)",
        metric.getName(),
        metric.getEvidence(),
        metric.getBound(),
        metric.getCanary() * 100,
        metric.getControl() * 100,
        metric.getRequests());
  }

  private static void wayBack(Story story, StringBuilder text) {
    story
        .firstBad()
        .ifPresent(bad -> {
          story
              .zeroAcked()
              .ifPresent(zero ->
                  line(
                      text,
                      "    From the first bad answer %.2f s to weight zero on every proxy,",
                      Times.seconds(bad, zero)));
          story
              .lastAnswer()
              .ifPresent(last ->
                  line(text, "    %.2f s to the last bad answer.", Times.seconds(bad, last)));
        });
  }

  private static String split(DemoReport.Proxy proxy) {
    return proxy.ackedSplit().entrySet().stream()
        .filter(share -> share.getValue() > 0)
        .map(share -> share.getKey() + " " + Ppm.percent(share.getValue()))
        .reduce((a, b) -> a + ", " + b)
        .orElse("nothing known");
  }

  @FormatMethod
  private static void line(StringBuilder text, @FormatString String format, Object... arguments) {
    text.append(String.format(Locale.ROOT, format, arguments)).append('\n');
  }
}
