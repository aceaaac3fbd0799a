package dev.serin.cli.judge;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.ResourceName;
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
    String history =
        """
        {"run": "a", "history": [{"durationS": 120, "a": {"requests": 600, "errors": 0},
          "b": {"requests": 600, "errors": 0}}]}\
        """;
    JsonNode start = judged(history.replace("\n", " "));
    assertThat(start.get("action").asText()).isEqualTo("start");
    // Ten requests a second: one a second is ten per cent.
    assertThat(start.get("weight").asDouble()).isEqualTo(0.1);
    assertThat(refused(history.replace("\n", " "))).contains("history: too late");
  }

  @Test
  void linesThatCannotBeFollowedAreProblems() throws Exception {
    judged(window("a", 100, 0.01, 100, 0));
    assertThat(refused(window("a", 105, 0.01, 100, 0))).contains("expected: 110.0 or later");
    assertThat(refused(window("a", 110, 1.5, 100, 0))).contains("weight: 1.5");
    assertThat(refused(window("a", 110, 0.01, 1, 2))).contains("versions.canary.errors: 2");
    assertThat(refused("{\"t\": 1")).contains("not JSON");
    assertThat(refused("{\"t\": 1, \"durationS\": 7}")).contains("durationS: 7.0");
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
