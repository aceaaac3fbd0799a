package dev.serin.text;

import dev.serin.calendar.Schedule;
import dev.serin.policy.Analysis;
import dev.serin.policy.Analysis.Metric;
import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.CanaryPolicy.Exit;
import dev.serin.policy.Fault;
import dev.serin.policy.Step;
import dev.serin.policy.StickySource;
import dev.serin.policy.Treatment;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalInt;
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
    line(out, "  exclude", CohortText.texts(policy.conduct().exclude()));
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
    line(out, "  chain", new Flow().with("follow", CohortText.texts(policy.conduct().follow())));
    if (policy.conduct().retryAtStable()) {
      line(out, "  retry", new Flow().with("to", "stable").with("countAgainst", "canary"));
    }
    line(out, "  streams", Flow.word(policy.conduct().streams().name().toLowerCase(Locale.ROOT)));
    analysis(policy, out);
    line(out, "  schedule", schedule(policy.schedule()));
    exits(policy, out);
    line(out, "  hooks", ProceedingsWriting.hooks(policy.proceedings()));
    line(out, "  notify", ProceedingsWriting.subscriptions(policy.proceedings()));
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
                            cohort.conditions().stream().map(CohortText::condition).toList()))));
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
      treatment(step.treatment(), flow);
      step.threshold()
          .approval()
          .ifPresent(approval -> flow.with("approval", ProceedingsWriting.approval(approval)));
      if (step.threshold().noReturn()) {
        flow.with("noReturn", Flow.word("true"));
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

  private static void treatment(Treatment treatment, Flow flow) {
    treatment
        .mirror()
        .ifPresent(mirror -> {
          Flow written =
              new Flow()
                  .with("share", share(mirror.sharePpm()))
                  .with("methods", CohortText.texts(mirror.methods()));
          if (mirror.unsafe()) {
            written.with("unsafe", Flow.word("true"));
          }
          if (!mirror.to().isEmpty()) {
            written.with("to", CohortText.texts(mirror.to()));
          }
          flow.with("mirror", written);
        });
    treatment.fault().ifPresent(fault -> flow.with("fault", fault(fault)));
    treatment
        .rateLimit()
        .ifPresent(limit ->
            flow.with(
                "rateLimit",
                new Flow()
                    .with(
                        "requestsPerSecond", Flow.word(Integer.toString(limit.requestsPerSecond())))
                    .with("burst", Flow.word(Integer.toString(limit.burst())))));
  }

  private static Flow fault(Fault fault) {
    Flow written = new Flow();
    fault
        .delay()
        .ifPresent(delay ->
            written.with("delay", time(delay.time())).with("share", share(delay.sharePpm())));
    fault
        .abort()
        .ifPresent(abort ->
            written.with(
                "abort",
                new Flow()
                    .with("httpStatus", Flow.word(Integer.toString(abort.httpStatus())))
                    .with("share", share(abort.sharePpm()))));
    return written;
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
    OptionalInt baseline = policy.conduct().baselinePpm();
    line(
        out,
        "    control",
        baseline.isPresent()
            ? new Flow().with("baseline", new Flow().with("endpoints", share(baseline.getAsInt())))
            : Flow.word("stable"));
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

  private static Written schedule(Schedule schedule) {
    return schedule.isAlways()
        ? Flow.word("always")
        : new Flow()
            .with("zone", schedule.zone().getId())
            .with(
                "open",
                Flow.list(
                    schedule.open().stream().map(hours -> Flow.string(hours.toString())).toList()));
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
            .with("ramp", ProceedingsWriting.ramp(policy.proceedings()))
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
