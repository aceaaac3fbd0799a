package dev.serin.cli.judge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableList;
import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.ResourceName;
import java.util.List;
import org.junit.jupiter.api.Test;

final class JudgeStreamTest {
  private final JudgeStream stream =
      new JudgeStream(CanaryPolicy.defaults(new ResourceName("default", "default")));

  private static String window(String run, int t, double weight, long canary, long errors) {
    return """
    {"run": "%s", "t": %d, "durationS": 10, "weight": %s, "versions": {
      "canary": {"requests": %d, "errors": %d}, "stable": {"requests": 9000, "errors": 9}}}\
    """
        .formatted(run, t, weight, canary, errors)
        .replace("\n", " ");
  }

  private JsonNode judged(String line) throws Exception {
    JudgeStream.Answer answer = stream.take(line);
    assertThat(answer).as(line).isInstanceOf(JudgeStream.Answer.Line.class);
    return new ObjectMapper().readTree(((JudgeStream.Answer.Line) answer).json());
  }

  private String refused(String line) {
    JudgeStream.Answer answer = stream.take(line);
    assertThat(answer).as(line).isInstanceOf(JudgeStream.Answer.Problem.class);
    return ((JudgeStream.Answer.Problem) answer).message();
  }

  @Test
  void aCanaryThatFailsIsRolledBackWhileAnotherRunGoesOn() throws Exception {
    String last = "continue";
    for (int t = 0; t < 60; t += 10) {
      last = judged(window("bad", t, 0.01, 100, 100)).get("action").asText();
      JsonNode good = judged(window("good", t, 0.01, 100, 0));
      assertThat(good.get("action").asText()).isEqualTo("continue");
      assertThat(good.get("run").asText()).isEqualTo("good");
    }
    assertThat(last).isEqualTo("rollback");
    JsonNode after = judged(window("bad", 60, 0.01, 100, 0));
    assertThat(after.get("action").asText()).isEqualTo("rollback");
    assertThat(after.get("weight").asDouble()).isZero();
  }

  @Test
  void theWeightThatWasInForceMakesTheStep() throws Exception {
    judged(window("a", 0, 0.01, 100, 0));
    JsonNode jumped = judged(window("a", 10, 0.5, 9000, 9));
    assertThat(jumped.get("weight").asDouble()).isEqualTo(0.5);
    assertThat(jumped.get("action").asText()).isEqualTo("continue");
    // Its bake of 40 s began when the stream got there, at 10 s.
    for (int t = 20; t < 40; t += 10) {
      assertThat(judged(window("a", t, 0.5, 9000, 9)).get("action").asText()).isEqualTo("continue");
    }
  }

  @Test
  void lostTelemetryHolds() throws Exception {
    JsonNode last = judged(window("a", 0, 0.01, 100, 0));
    for (int t = 10; t < 90; t += 10) {
      last =
          judged(
              "{\"run\": \"a\", \"t\": %d, \"durationS\": 10, \"weight\": 0.01, \"versions\": {}, \"missing\": [\"canary\"]}"
                  .formatted(t));
    }
    assertThat(last.get("action").asText()).isEqualTo("hold");
    assertThat(last.get("state").asText()).isEqualTo("METRICS_LOST");
  }

  @Test
  void aHistoryChoosesTheFirstStep() throws Exception {
    JsonNode start = judged(history("a", 600));
    assertThat(start.get("action").asText()).isEqualTo("start");
    // Ten requests a second: one a second is ten per cent.
    assertThat(start.get("weight").asDouble()).isEqualTo(0.1);
    assertThat(refused(history("a", 600))).contains("history: too late");
    // A count of a few less is the same service; two less is another.
    assertThat(judged(history("b", 590)).get("weight").asDouble()).isEqualTo(0.1);
    assertThat(judged(history("c", 480)).get("weight").asDouble()).isEqualTo(0.25);
    assertThat(judged(history("d", 5_900)).get("weight").asDouble()).isEqualTo(0.01);
  }

  /** Two minutes in two halves. */
  private static String history(String run, int requestsOfEach) {
    String half = "{\"requests\": %d, \"errors\": 0}".formatted(requestsOfEach);
    return "{\"run\": \"%s\", \"history\": [{\"durationS\": 120, \"a\": %s, \"b\": %s}]}"
        .formatted(run, half, half);
  }

  @Test
  void linesThatCannotBeFollowedAreProblems() throws Exception {
    judged(window("a", 100, 0.01, 100, 0));
    assertThat(refused(window("a", 105, 0.01, 100, 0)))
        .isEqualTo("run a: t: 105.0 (expected: 110.0 or later, the end of the window before)");
    assertThat(refused(window("a", 110, 1.5, 100, 0))).contains("weight: 1.5");
    assertThat(refused(window("a", 110, 0.01, 1, 2))).contains("versions.canary.errors: 2");
    assertThat(refused("{\"t\": 1")).contains("not JSON");
    assertThat(refused("{\"t\": 1, \"durationS\": 7}")).contains("durationS: 7.0");
  }

  @Test
  void everyFieldOfTheAnswerIsThere() throws Exception {
    JsonNode start = judged("{\"run\": 7, \"history\": []}");
    assertThat(fields(start)).containsExactly("run", "action", "weight");
    JsonNode answer = judged(window("a", 0, 0.01, 100, 0));
    assertThat(fields(answer))
        .containsExactly(
            "run", "t", "state", "action", "weight", "reason", "evidence", "bound", "metrics");
    assertThat(answer.get("bound").asDouble()).isEqualTo(Math.log(125), within(1e-12));
    double sum = 0;
    for (JsonNode metric : answer.get("metrics")) {
      assertThat(fields(metric))
          .containsExactly("name", "evidence", "bound", "estimate", "interval");
      boolean catastrophe = metric.get("name").asText().equals("catastrophe");
      assertThat(metric.get("bound").asDouble())
          .isEqualTo(Math.log(catastrophe ? 500 : 125), within(1e-12));
      sum += catastrophe ? 0 : Math.exp(metric.get("evidence").asDouble());
    }
    assertThat(answer.get("evidence").asDouble()).isEqualTo(Math.log(sum), within(1e-9));
    assertThat(answer.get("metrics")).hasSize(3);
  }

  private static List<String> fields(JsonNode json) {
    return ImmutableList.copyOf(json.fieldNames());
  }

  @Test
  void aStreamWithoutRunsIsAnsweredWithoutRuns() throws Exception {
    String line = window("a", 0, 0.01, 100, 0).replace("\"run\": \"a\", ", "");
    assertThat(judged(line).has("run")).isFalse();
    assertThat(refused(line)).startsWith("t: 0.0");
  }

  @Test
  void reasonsSpeakOfTheStreamsOwnSeconds() throws Exception {
    JsonNode answer = judged(window("a", 1_000, 0.01, 100, 0));
    assertThat(answer.get("reason").asText()).contains("it bakes until t = 1150, then step 2 of 6");
  }

  @Test
  void theWeightThatLeavesTheHoldBackIsTheLastStep() throws Exception {
    // A hundred requests a second: stable keeps one of them, but 2 % at least.
    judged(history("a", 6_000));
    assertThat(judged(window("a", 0, 0.979, 1000, 0)).get("reason").asText())
        .contains("then step 6 of 6");
    assertThat(judged(window("a", 10, 0.98, 1000, 0)).get("reason").asText())
        .contains("then promotion");
  }

  @Test
  void tenWindowsOfASecondAreOneOfTenAndFeedTheFastDetectorToo() throws Exception {
    JsonNode seconds = judged(second("s", 0, 1));
    for (int t = 1; t < 10; t++) {
      assertThat(evidence(seconds, "errors")).as("second " + t).isEqualTo(Math.log(0.5));
      seconds = judged(second("s", t, 1));
    }
    JsonNode whole = judged(second("w", 0, 10));
    assertThat(evidence(seconds, "errors")).isEqualTo(evidence(whole, "errors"), within(1e-12));
    assertThat(evidence(seconds, "catastrophe")).isNotZero();
    assertThat(evidence(whole, "catastrophe")).isZero();
  }

  private static String second(String run, int t, int seconds) {
    return ("{\"run\": \"%s\", \"t\": %d, \"durationS\": %d, \"weight\": 0.01, \"versions\": {"
            + "\"canary\": {\"requests\": %d, \"errors\": %d},"
            + " \"stable\": {\"requests\": %d, \"errors\": 0}}}")
        .formatted(run, t, seconds, 10 * seconds, seconds, 900 * seconds);
  }

  private static double evidence(JsonNode answer, String metric) {
    for (JsonNode row : answer.get("metrics")) {
      if (row.get("name").asText().equals(metric)) {
        return row.get("evidence").asDouble();
      }
    }
    throw new AssertionError(metric + " is not in " + answer);
  }

  @Test
  void windowsWithoutCountsArePassedOver() throws Exception {
    String gone =
        "{\"t\": 0, \"durationS\": 10, \"weight\": 0.01, \"missing\": [\"canary\", \"stable\"]}";
    assertThat(judged(gone).get("action").asText()).isEqualTo("continue");
    String reset =
        window("r", 0, 0.01, 100, 100).replace("{\"run\"", "{\"counterReset\": true, \"run\"");
    assertThat(evidence(judged(reset), "errors")).isEqualTo(Math.log(0.5));
    String idle =
        window("i", 0, 0.01, 0, 0).replace("\"errors\": 0}", "\"errors\": 0, \"latency\": {}}");
    assertThat(judged(idle).get("action").asText()).isEqualTo("continue");
  }

  @Test
  void otherEdgesThanBeforeAreAProblem() throws Exception {
    String line =
        """
        {"t": %d, "durationS": 10, "weight": 0.01, "versions": {
          "canary": {"requests": 1, "errors": 0, "latency": {"le": [%s, "+Inf"], "counts": [1, 0]}},
          "stable": {"requests": 1, "errors": 0}}}\
        """
            .replace("\n", " ");
    judged(line.formatted(0, "10"));
    assertThat(refused(line.formatted(10, "20"))).contains("other edges");
  }
}
