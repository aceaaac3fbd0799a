package dev.serin.cli.judge;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.serin.judge.Verdict;
import dev.serin.policy.Ppm;
import dev.serin.rollout.RolloutState;
import java.util.Locale;

/** Answers as lines of JSON. A figure that is not finite is null. */
final class AnswerText {
  private static final ObjectMapper JSON = new ObjectMapper();

  private AnswerText() {}

  static String started(JsonNode run, RolloutState state) {
    return head(run).put("action", "start").put("weight", weight(state)).toString();
  }

  static String judged(JsonNode run, JsonNode t, JudgedRun.Action action, JudgedRun judged) {
    RolloutState state = judged.state();
    Verdict verdict = state.verdict();
    ObjectNode answer = head(run);
    answer.set("t", t);
    answer
        .put("state", verdict.state().name())
        .put("action", action.name().toLowerCase(Locale.ROOT))
        .put("weight", weight(state))
        .put("reason", judged.reason());
    put(answer, "evidence", verdict.evidence());
    put(answer, "bound", verdict.bound());
    ArrayNode metrics = answer.putArray("metrics");
    for (Verdict.MetricVerdict metric : verdict.metrics()) {
      ObjectNode row = metrics.addObject().put("name", metric.name());
      put(row, "evidence", metric.evidence());
      put(row, "bound", metric.bound());
      put(row, "estimate", metric.estimate());
      metric
          .interval()
          .ifPresentOrElse(
              interval -> row.putArray("interval").add(interval.low()).add(interval.high()),
              () -> row.putNull("interval"));
    }
    return answer.toString();
  }

  private static ObjectNode head(JsonNode run) {
    ObjectNode answer = JSON.createObjectNode();
    if (!run.isMissingNode()) {
      answer.set("run", run);
    }
    return answer;
  }

  private static void put(ObjectNode node, String key, double value) {
    if (Double.isFinite(value)) {
      node.put(key, value);
    } else {
      node.putNull(key);
    }
  }

  private static double weight(RolloutState state) {
    return (double) state.split().weightPpm() / Ppm.ALL;
  }
}
