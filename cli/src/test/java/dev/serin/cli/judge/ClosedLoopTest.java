package dev.serin.cli.judge;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.ResourceName;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whole rollouts of the built-in policy on simulated traffic that follows the weights it is told,
 * several in one stream.
 *
 * <p>The ordinary run has a few rollouts a scenario, so its rates have two standard deviations of
 * slack. {@code -Dserin.judge.runs=200} takes the bands as they are; docs/judge.md has a table of
 * the same scenarios.
 */
final class ClosedLoopTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long SEED = 20_261_125;
  private static final int RUNS = Integer.getInteger("serin.judge.runs", 8);
  private static final int ENOUGH_RUNS = 100;
  private static final int LONGEST_S = 3600;

  /** A fault that is found in so large a part of the runs, is found in most of a few as well. */
  private static final double OFTEN = 0.9;

  /** One rollout under way, and in the end what it came to. */
  private static final class Release {
    private final String run;
    private final TrafficRun traffic;
    private double weight;
    private int t;
    private double full = Double.POSITIVE_INFINITY;
    private String action = "";

    private Release(String run, TrafficRun traffic) {
      this.run = run;
      this.traffic = traffic;
    }

    private boolean open() {
      return !action.equals("promote") && !action.equals("rollback") && t < LONGEST_S;
    }

    private boolean rolledBack() {
      return action.equals("rollback");
    }
  }

  static List<Band> bands() {
    return Band.all();
  }

  @ParameterizedTest
  @MethodSource("bands")
  void rolloutsEndWithinTheirBand(Band band) throws Exception {
    List<Release> ends = releases(band.scenario());
    List<Release> rolledBack = ends.stream().filter(Release::rolledBack).toList();
    long promotions = ends.stream().filter(e -> e.action.equals("promote")).count();
    double rollbackS = rolledBack.isEmpty() ? 0 : median(rolledBack, e -> e.t);
    double fullS = median(ends, e -> e.full);
    double spoiled = median(ends, e -> e.traffic.spoiled());
    String figures =
        String.format(
            Locale.ROOT,
            "%s, seed %d, of %d: rolled back %d, promoted %d; medians: rollback %.0f s, 90 %% %.0f s, spoiled %.0f",
            band.scenario(),
            SEED,
            RUNS,
            rolledBack.size(),
            promotions,
            rollbackS,
            fullS,
            spoiled);
    System.out.println(figures);
    assertThat((double) rolledBack.size())
        .as(figures)
        .isBetween(
            RUNS * band.leastRollbacks() - slack(band.leastRollbacks()),
            RUNS * band.mostRollbacks() + slack(band.mostRollbacks()));
    // A healthy release that meets nothing but chance is not left for a person to decide.
    assertThat((double) promotions)
        .as(figures)
        .isGreaterThanOrEqualTo(band.healthy() ? 0.9 * RUNS : 0);
    assertThat(rollbackS).as(figures).isLessThanOrEqualTo(band.rollbackS());
    assertThat(fullS).as(figures).isLessThanOrEqualTo(band.fullS());
    // Where many faults are missed, the median of a few runs lies between two very unlike ends.
    if (RUNS >= ENOUGH_RUNS || band.healthy() || band.leastRollbacks() >= OFTEN) {
      assertThat(spoiled).as(figures).isLessThanOrEqualTo(band.spoiled());
    }
  }

  private static double slack(double rate) {
    return RUNS >= ENOUGH_RUNS ? 0 : 2 * Math.sqrt(RUNS * rate * (1 - rate));
  }

  private static List<Release> releases(String scenario) throws Exception {
    JudgeStream stream =
        new JudgeStream(CanaryPolicy.defaults(new ResourceName("default", "default")));
    List<Release> releases = new ArrayList<>();
    for (int i = 0; i < RUNS; i++) {
      Random random = new Random(SEED + 1_000_003L * scenario.hashCode() + i);
      Release release = new Release(scenario + "/" + i, Traffic.named(scenario).run(random));
      JsonNode start = answer(stream, release.traffic.history(release.run));
      assertThat(start.get("action").asText()).isEqualTo("start");
      release.weight = start.get("weight").asDouble();
      releases.add(release);
    }
    while (releases.stream().anyMatch(Release::open)) {
      for (Release release : releases) {
        if (release.open()) {
          window(stream, release);
        }
      }
    }
    for (Release release : releases) {
      if (!release.rolledBack()) {
        release.traffic.leaveUntilTheHour(release.t, release.weight);
      }
    }
    return releases;
  }

  private static void window(JudgeStream stream, Release release) throws Exception {
    JsonNode answer =
        answer(stream, release.traffic.window(release.run, release.t, release.weight));
    assertThat(answer.get("run").asText()).isEqualTo(release.run);
    assertThat(answer.get("t").asInt()).isEqualTo(release.t);
    release.t += 10;
    release.weight = answer.get("weight").asDouble();
    release.action = answer.get("action").asText();
    release.full = release.weight >= 0.9 ? Math.min(release.full, release.t) : release.full;
  }

  private static JsonNode answer(JudgeStream stream, String line) throws Exception {
    JudgeStream.Answer answer = stream.take(line);
    assertThat(answer).as(line).isInstanceOf(JudgeStream.Answer.Line.class);
    return JSON.readTree(((JudgeStream.Answer.Line) answer).json());
  }

  private static double median(List<Release> ends, ToDoubleFunction<Release> value) {
    return ends.stream().mapToDouble(value).sorted().toArray()[ends.size() / 2];
  }
}
