package dev.serin.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.serin.v1.ClusterStatus;
import dev.serin.v1.ConvergenceStatus;
import dev.serin.v1.MetricVerdict;
import dev.serin.v1.Rollout;
import dev.serin.v1.RolloutSpec;
import dev.serin.v1.RolloutStatus;
import dev.serin.v1.StepStatus;
import dev.serin.v1.Verdict;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TableTest {
  private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

  private static Frame frame(RolloutStatus.Phase phase, String reason) {
    Rollout rollout =
        Rollout.newBuilder()
            .setSpec(RolloutSpec.newBuilder().setTo("v2"))
            .setStatus(
                RolloutStatus.newBuilder()
                    .setPhase(phase)
                    .setReason(reason)
                    .setStable("v1")
                    .setWeightPpm(250_000)
                    .setStep(StepStatus.newBuilder().setIndex(2))
                    .addClusters(cluster("amsterdam", 1, 2))
                    .addClusters(cluster("berlin", 1, 1))
                    .setVerdict(
                        Verdict.newBuilder()
                            .addMetrics(
                                MetricVerdict.newBuilder()
                                    .setName("errors")
                                    .setState(Verdict.State.HEALTHY)
                                    .setCanary(0.0012)
                                    .setControl(0.001)
                                    .setEvidence(2.4)
                                    .setBound(4.8))))
            .build();
    return new Frame(
        rollout,
        4,
        Duration.ofMillis(12_300),
        ImmutableSortedMap.of("v1", 375.0, "v2", 125.0),
        new Ledger.Counts(
            NOW,
            ImmutableSortedMap.of(
                "v1", new Ledger.Answers(9000, 9, Optional.of(NOW), Optional.of(NOW)),
                "v2", new Ledger.Answers(500, 1, Optional.of(NOW), Optional.of(NOW))),
            0,
            3),
        ImmutableList.of("v1", "v2"));
  }

  private static ClusterStatus cluster(String name, int acked, int want) {
    return ClusterStatus.newBuilder()
        .setName(name)
        .setConvergence(ConvergenceStatus.newBuilder().setAcked(acked).setWant(want))
        .build();
  }

  @Test
  void thePictureHasThePhaseTheFleetTheTrafficAndTheEvidence() {
    String picture =
        String.join(
            "\n", new Table(false, 120).lines(frame(RolloutStatus.Phase.PROGRESSING, "it bakes")));
    assertThat(picture)
        .contains("v1 -> v2     12.3 s   step 2/4   PROGRESSING")
        .contains("###......... 25 %")
        .contains("amsterdam 1/2   berlin 1/1")
        .contains("v1         375.0 requests/s      9000 answered        9 errors")
        .contains("v2         125.0 requests/s       500 answered        1 errors")
        .contains("requests without an answer: 3")
        .contains("errors      ######......   2.40 of 4.80    0.120 % vs 0.100 %  HEALTHY")
        .endsWith("it bakes");
  }

  @Test
  void noLineIsWiderThanTheTerminal() {
    assertThat(new Table(false, 50).lines(frame(RolloutStatus.Phase.PROGRESSING, "x".repeat(200))))
        .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(50));
  }

  @Test
  void withoutColoursThereIsNoEscape() {
    Frame bad = frame(RolloutStatus.Phase.ROLLING_BACK, "harm");
    assertThat(String.join("", new Table(false, 120).lines(bad))).doesNotContain("\033");
    assertThat(String.join("", new Table(true, 120).lines(bad)))
        .contains("\033[31mROLLING_BACK\033[0m");
  }

  @Test
  void aPictureIsDrawnOverTheOneBefore() {
    StringWriter written = new StringWriter();
    TableScreen screen = new TableScreen(new PrintWriter(written, true), new Table(false, 120));
    Frame frame = frame(RolloutStatus.Phase.PROGRESSING, "it bakes");
    int lines = new Table(false, 120).lines(frame).size();
    screen.show(frame);
    assertThat(written.toString()).doesNotContain("A\033[2K");
    screen.show(frame);
    assertThat(written.toString()).contains("\033[" + lines + "A");
  }

  @Test
  void aLineIsWrittenForAChangeAndNotForMoreRequests() {
    StringWriter written = new StringWriter();
    LineScreen screen = new LineScreen(new PrintWriter(written, true));
    screen.show(frame(RolloutStatus.Phase.PROGRESSING, "10 canary requests"));
    int once = written.toString().length();
    screen.show(frame(RolloutStatus.Phase.PROGRESSING, "20 canary requests"));
    assertThat(written.toString()).hasSize(once);
    screen.show(frame(RolloutStatus.Phase.ROLLING_BACK, "harm"));
    assertThat(written.toString().length()).isGreaterThan(once);
  }
}
