package dev.serin.cli.judge;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.ResourceName;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Whole rollouts of the built-in policy on simulated traffic that follows the weights it is told.
 * The bounds are medians over the runs.
 */
final class ClosedLoopTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int RUNS = 20;
  private static final int LONGEST_S = 4000;

  private record Ended(String action, int full, int seconds) {}

  @ParameterizedTest
  @CsvSource({
    "aa_1krps, 433",
    "aa_100rps, 862",
    "clustered_x5, 485",
    "outage_6min, 875",
  })
  void aHealthyReleaseGetsAllTrafficInTime(String scenario, int withinS) throws Exception {
    List<Ended> ends = runs(scenario);
    assertThat(ends).extracting(Ended::action).doesNotContain("rollback");
    // With two requests a second of stable, one in ten may be left for a person to decide.
    assertThat(ends).filteredOn(e -> e.action().equals("promote")).hasSizeGreaterThanOrEqualTo(18);
    assertThat(median(ends.stream().map(Ended::full).toList())).isLessThanOrEqualTo(withinS);
  }

  @ParameterizedTest
  @CsvSource({
    "err+5_1k, 50",
    "err+1_1k, 140",
    "total_fail_1k, 50",
    "lat+50_1k, 320",
  })
  void aFaultyReleaseIsRolledBackInTime(String scenario, int withinS) throws Exception {
    List<Ended> ends = runs(scenario);
    assertThat(ends).extracting(Ended::action).containsOnly("rollback");
    assertThat(median(ends.stream().map(Ended::seconds).toList())).isLessThanOrEqualTo(withinS);
  }

  private static List<Ended> runs(String scenario) throws Exception {
    List<Ended> ends = new ArrayList<>();
    for (int i = 0; i < RUNS; i++) {
      ends.add(run(traffic(scenario), new Random(20_261_122L + i)));
    }
    System.out.printf(
        "%-14s seeds 20261122.. runs %d: rolled back %d, median s to the end %d, to 90 %% %d%n",
        scenario,
        RUNS,
        ends.stream().filter(e -> e.action().equals("rollback")).count(),
        median(ends.stream().map(Ended::seconds).toList()),
        median(ends.stream().map(Ended::full).toList()));
    return ends;
  }

  private static Traffic traffic(String scenario) {
    Traffic service = Traffic.healthy(1000);
    return switch (scenario) {
      case "aa_1krps" -> service;
      case "aa_100rps" -> Traffic.healthy(100);
      case "clustered_x5" -> service.clustered(5);
      case "outage_6min" -> service.lost(120, 480);
      case "err+5_1k" -> service.failing(0.05);
      case "err+1_1k" -> service.failing(0.01);
      case "total_fail_1k" -> service.failing(1);
      case "lat+50_1k" -> service.slower(1.5);
      default -> throw new IllegalArgumentException(scenario);
    };
  }

  private static Ended run(Traffic traffic, Random random) throws Exception {
    JudgeStream stream =
        new JudgeStream(CanaryPolicy.defaults(new ResourceName("default", "default")));
    JsonNode start = answer(stream, traffic.history(random));
    assertThat(start.get("action").asText()).isEqualTo("start");
    double weight = start.get("weight").asDouble();
    int full = LONGEST_S;
    for (int t = 0; t < LONGEST_S; t += 10) {
      JsonNode answer = answer(stream, traffic.window(random, t, weight));
      weight = answer.get("weight").asDouble();
      full = weight >= 0.9 ? Math.min(full, t + 10) : full;
      String action = answer.get("action").asText();
      if (action.equals("promote") || action.equals("rollback")) {
        return new Ended(action, full, t + 10);
      }
    }
    return new Ended("none", full, LONGEST_S);
  }

  private static JsonNode answer(JudgeStream stream, String line) throws Exception {
    JudgeStream.Answer answer = stream.take(line);
    assertThat(answer).isInstanceOf(JudgeStream.Answer.Line.class);
    return JSON.readTree(((JudgeStream.Answer.Line) answer).json());
  }

  private static int median(List<Integer> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }
}
