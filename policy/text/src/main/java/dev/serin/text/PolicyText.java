package dev.serin.text;

import dev.serin.policy.Analysis;
import dev.serin.policy.Analysis.Metric;
import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.CanaryPolicy.Exit;
import dev.serin.policy.Cohort.Condition;
import dev.serin.policy.Cohort.TextMatch;
import dev.serin.policy.Step;
import dev.serin.policy.StickySource;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.Set;

/** A policy as a person would write it, with every value. */
public final class PolicyText {

  private PolicyText() {}

  /**
   * The policy as a YAML document in the short forms. Reading it again gives an equal record, but
   * for what would be done without a verdict where analysis is off, which nobody reads.
   *
   * @throws IllegalArgumentException as {@link ProtoCodec#toProto(CanaryPolicy)} does
   */
  public static String print(CanaryPolicy policy) {
    StringBuilder out = new StringBuilder();
    out.append("apiVersion: ").append(Kind.API_VERSION).append('\n');
    out.append("kind: ").append(Kind.CANARY_POLICY.word()).append('\n');
    Flow metadata =
        new Flow().with("name", policy.name().name()).with("tenant", policy.name().tenant());
    if (!policy.labels().isEmpty()) {
      Flow labels = new Flow();
      policy.labels().forEach(labels::with);
      metadata.with("labels", labels);
    }
    line(out, "metadata", metadata);
    out.append("spec:\n");
    who(policy, out);
    steps(policy, out);
    line(out, "  waves", Flow.list(List.of()));
    line(out, "  barrier", Flow.word("step"));
    line(out, "  exclude", Flow.list(List.of()));
    CanaryPolicy.Convergence convergence = policy.convergence();
    line(
        out,
        "  convergence",
        new Flow()
            .with("quorum", share(convergence.quorumPpm()))
            .with("timeout", time(convergence.timeout()))
            .with("onTimeout", exit(convergence.onTimeout()))
            .with("probe", Flow.word(Integer.toString(convergence.probe()))));
    line(
        out,
        "  capacity",
        new Flow()
            .with("margin", share(policy.capacity().marginPpm()))
            .with("least", Flow.word(Integer.toString(policy.capacity().least()))));
    line(out, "  chain", new Flow().with("follow", Flow.list(List.of())));
    analysis(policy, out);
    line(out, "  schedule", Flow.word("always"));
    exits(policy, out);
    line(out, "  hooks", Flow.list(List.of()));
    line(out, "  notify", Flow.list(List.of()));
    return out.toString();
  }

  private static void line(StringBuilder out, String key, Written value) {
    out.append(key).append(": ").append(value.text()).append('\n');
  }

  private static void who(CanaryPolicy policy, StringBuilder out) {
    List<Written> sources =
        policy.sticky().stream()
            .map(source ->
                switch (source) {
                  case StickySource.Header(String header) -> new Flow().with("header", header);
                  case StickySource.Cookie(String cookie) -> new Flow().with("cookie", cookie);
                  case StickySource.SourceIp ip -> Flow.word("sourceIp");
                })
            .toList();
    line(out, "  sticky", sources.isEmpty() ? Flow.word("none") : Flow.list(sources));
    if (policy.cohorts().isEmpty()) {
      line(out, "  cohorts", new Flow());
      return;
    }
    out.append("  cohorts:\n");
    policy
        .cohorts()
        .forEach((name, cohort) ->
            line(
                out,
                "    " + Flow.quoted(name),
                new Flow()
                    .with(
                        cohort.combine().name().toLowerCase(Locale.ROOT),
                        Flow.list(
                            cohort.conditions().stream().map(PolicyText::condition).toList()))));
  }

  private static Written condition(Condition condition) {
    return switch (condition) {
      case Condition.Header(String name, TextMatch match) ->
          new Flow().with("header", match(new Flow().with("name", name), match));
      case Condition.Cookie(String name, TextMatch match) ->
          new Flow().with("cookie", match(new Flow().with("name", name), match));
      case Condition.ProxyRegion(String region) ->
          new Flow().with("proxy", new Flow().with("region", region));
    };
  }

  private static Flow match(Flow flow, TextMatch match) {
    return switch (match) {
      case TextMatch.Exact(String value) -> flow.with("exact", value);
      case TextMatch.Prefix(String value) -> flow.with("prefix", value);
      case TextMatch.Suffix(String value) -> flow.with("suffix", value);
      case TextMatch.Contains(String value) -> flow.with("contains", value);
      case TextMatch.In in ->
          flow.with("in", Flow.list(in.values().stream().map(Flow::string).toList()));
      case TextMatch.Present present -> flow.with("present", Flow.word("true"));
    };
  }

  private static void steps(CanaryPolicy policy, StringBuilder out) {
    out.append("  steps:\n");
    Set<String> names = new HashSet<>();
    for (int i = 0; i < policy.steps().size(); i++) {
      Step step = policy.steps().get(i);
      String derived = StepNames.derive(i, step.weightPpm(), step.cohortPpm(), names);
      names.add(step.name());
      Flow flow = new Flow();
      if (!step.name().equals(derived)) {
        flow.with("name", step.name());
      }
      step.weightPpm().ifPresent(ppm -> flow.with("weight", share(ppm)));
      if (!step.cohortPpm().isEmpty()) {
        Flow shares = new Flow();
        step.cohortPpm().forEach((cohort, ppm) -> shares.with(cohort, share(ppm)));
        flow.with("cohorts", shares);
      }
      flow.with("bake", time(step.bake()));
      String least = Long.toString(step.leastCanaryRequests());
      flow.with("least", new Flow().with("canaryRequests", Flow.word(least)));
      out.append("    - ").append(flow.text()).append('\n');
    }
    line(out, "  adaptiveSteps", Flow.word(Boolean.toString(policy.adaptiveSteps())));
    line(
        out,
        "  holdBack",
        policy.holdBackPpm().isPresent()
            ? share(policy.holdBackPpm().getAsInt())
            : Flow.word("auto"));
  }

  private static void analysis(CanaryPolicy policy, StringBuilder out) {
    Analysis analysis = policy.analysis();
    if (!analysis.enabled()) {
      line(out, "  analysis", Flow.word("off"));
      return;
    }
    out.append("  analysis:\n");
    line(out, "    falseRollback", share(PolicyWriting.ppm(analysis.falseRollback())));
    line(out, "    warmUp", time(analysis.warmUp()));
    line(
        out,
        "    ruleOut",
        new Flow()
            .with("errors", orAuto(analysis.ruleOutErrors()))
            .with("latency", orAuto(analysis.ruleOutLatency())));
    line(out, "    control", Flow.word("stable"));
    metrics(analysis, out);
    noVerdict(policy, out);
  }

  private static void metrics(Analysis analysis, StringBuilder out) {
    out.append("    metrics:\n");
    for (Metric metric : analysis.metrics()) {
      Flow flow = new Flow().with("name", metric.name());
      switch (metric) {
        case Metric.Errors errors ->
            flow.with("errors", new Flow().with("worseBy", harm(errors.worseBy())));
        case Metric.ErrorsAtMost atMost ->
            flow.with(
                "errors", new Flow().with("atMost", share(PolicyWriting.ppm(atMost.ratio()))));
        case Metric.Latency latency ->
            flow.with(
                "latency",
                new Flow()
                    .with("quantile", "p" + Units.percent(PolicyWriting.ppm(latency.quantile())))
                    .with("worseBy", share(PolicyWriting.ppm(latency.worseBy()))));
      }
      flow.with("dryRun", Flow.word(Boolean.toString(metric.dryRun())));
      out.append("      - ").append(flow.text()).append('\n');
    }
  }

  private static void noVerdict(CanaryPolicy policy, StringBuilder out) {
    String then = policy.onInconclusive().then().name().toLowerCase(Locale.ROOT);
    line(
        out,
        "    onInconclusive",
        new Flow()
            .with("after", time(policy.onInconclusive().after()))
            .with("then", Flow.word(then)));
    line(
        out,
        "    onMetricsLost",
        new Flow().with("after", time(policy.onMetricsLost().after())).with("then", exit(HOLD)));
  }

  private static Written orAuto(OptionalDouble ratio) {
    return Flow.word(
        ratio.isPresent() ? Units.percent(PolicyWriting.ppm(ratio.getAsDouble())) + "pp" : "auto");
  }

  private static Written harm(Analysis.Harm harm) {
    dev.serin.v1.Harm message = PolicyWriting.harm(harm);
    return message.hasDifferencePpm()
        ? Flow.word(Units.percent(message.getDifferencePpm()) + "pp")
        : share(message.getRelativePpm());
  }

  private static void exits(CanaryPolicy policy, StringBuilder out) {
    CanaryPolicy.OnFailure failure = policy.onFailure();
    line(
        out,
        "  onFailure",
        new Flow()
            .with("metrics", exit(failure.metrics()))
            .with("nack", exit(failure.nack()))
            .with("hook", exit(failure.hook()))
            .with("rejected", exit(failure.rejected()))
            .with("endpoints", exit(failure.endpoints())));
    line(
        out,
        "  rollback",
        new Flow()
            .with("ramp", Flow.list(List.of()))
            .with("scope", Flow.word("all"))
            .with("keepWarm", time(policy.keepWarm())));
    line(
        out,
        "  deadline",
        new Flow()
            .with("after", time(policy.deadline().after()))
            .with("then", exit(policy.deadline().then())));
  }

  private static final Exit HOLD = new Exit.Hold();

  private static Written share(int ppm) {
    return Flow.word(Units.percent(ppm) + "%");
  }

  private static Written time(Duration duration) {
    return Flow.word(Units.print(duration));
  }

  /** As it is written: {@code hold}, {@code rollback} or {@code {holdThenRollback: 10m}}. */
  static String word(Exit exit) {
    return exit(exit).text();
  }

  private static Written exit(Exit exit) {
    return switch (exit) {
      case Exit.Hold hold -> Flow.word("hold");
      case Exit.Rollback rollback -> Flow.word("rollback");
      case Exit.HoldThenRollback(Duration after) ->
          new Flow().with("holdThenRollback", time(after));
    };
  }
}
