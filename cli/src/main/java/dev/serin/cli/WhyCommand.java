package dev.serin.cli;

import dev.serin.policy.Ppm;
import dev.serin.v1.Decision;
import dev.serin.v1.ExplainRolloutRequest;
import dev.serin.v1.ExplainRolloutResponse;
import dev.serin.v1.MetricVerdict;
import dev.serin.v1.Verdict;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code serin why NAME}. */
@Command(name = "why", description = "Say why a rollout is where it is, with the evidence.")
final class WhyCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "NAME")
  String name = "";

  @Option(names = "--last", description = "How many decisions to show (default: ${DEFAULT-VALUE}).")
  int last = 20;

  @Option(names = "-o", paramLabel = "FORMAT", description = "table, json or yaml")
  Output.Format format = Output.Format.table;

  @Mixin Tenant tenant = new Tenant();
  @Mixin Connection server = new Connection();
  @Spec @Nullable CommandSpec spec;

  @Override
  public Integer call() {
    try (Connection connection = server) {
      ExplainRolloutResponse answer =
          connection
              .rollouts()
              .explainRollout(
                  ExplainRolloutRequest.newBuilder()
                      .setName(ResourceKind.ROLLOUT.fullName(tenant.name(), name))
                      .setPageSize(last)
                      .build());
      PrintWriter out = Console.out(spec);
      switch (format) {
        case json -> out.println(Output.json(answer));
        case yaml -> out.print(Output.yaml(answer));
        case name -> out.println(answer.getRollout().getMetadata().getName());
        case table -> print(out, answer);
      }
      out.flush();
      return Exit.DONE;
    }
  }

  private static void print(PrintWriter out, ExplainRolloutResponse answer) {
    var status = answer.getRollout().getStatus();
    out.println(
        status.getPhase() + ": " + Output.line(status.getReason() + RolloutText.open(status)));
    printVerdict(out, status.getVerdict(), "  ");
    for (Decision decision : answer.getDecisionsList()) {
      Instant at = Instant.ofEpochSecond(decision.getTime().getSeconds());
      out.printf(
          Locale.ROOT,
          "%s  %s -> %s  step %s  weight %s  by %s (%s)%n  %s%n",
          at,
          decision.getFrom(),
          decision.getTo(),
          decision.getStep().getIndex(),
          Ppm.percent(decision.getWeightPpm()),
          Output.line(decision.getActor()),
          decision.getCause(),
          Output.line(decision.getReason()));
      if (decision.hasVerdict()) {
        printVerdict(out, decision.getVerdict(), "    ");
      }
    }
  }

  private static void printVerdict(PrintWriter out, Verdict verdict, String indent) {
    for (MetricVerdict metric : verdict.getMetricsList()) {
      out.printf(
          Locale.ROOT,
          "%s%-12s %-17s canary %.4f stable %.4f over %d canary requests, evidence %.2f of %.2f nats%n",
          indent,
          metric.getName(),
          metric.getState(),
          metric.getCanary(),
          metric.getControl(),
          metric.getRequests(),
          metric.getEvidence(),
          metric.getBound());
    }
  }
}
