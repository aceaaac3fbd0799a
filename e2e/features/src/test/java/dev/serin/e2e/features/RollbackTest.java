package dev.serin.e2e.features;

import static org.assertj.core.api.Assertions.assertThat;

import dev.serin.e2e.envoy.EnvoyRunner;
import dev.serin.e2e.envoy.RequireEnvoy;
import dev.serin.e2e.traffic.Behaviour;
import dev.serin.e2e.traffic.Load;
import dev.serin.e2e.traffic.Outcome;
import dev.serin.v1.RolloutStatus;
import dev.serin.v1.RolloutStatus.Phase;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A release that answers nothing but errors is taken to zero at every proxy. */
@RequireEnvoy
class RollbackTest {
  /** 30 canary requests a second at 10 %. */
  private static final double PER_SECOND = 300;

  private static final Duration LIMIT = Duration.ofSeconds(10);

  @Test
  void aBadReleaseIsAtZeroOnEveryProxyWithinTenSeconds(EnvoyRunner runner, @TempDir Path folder)
      throws Exception {
    try (TestMesh mesh = TestMesh.start(runner, folder)) {
      mesh.canary().behave(new Behaviour(1, Duration.ZERO, 0));
      ConcurrentLinkedQueue<Outcome> bad = new ConcurrentLinkedQueue<>();
      try (Load load =
          mesh.load(
              PER_SECOND,
              outcome -> {
                if (outcome.isError()) {
                  bad.add(outcome);
                }
              })) {
        Await.until("traffic", TestMesh.PATIENCE, load::counts, c -> c.answered() > 1_500);
        mesh.release(
            """
            steps: [{weight: 10%, bake: 1m}, {weight: 100%, bake: 1m}]
            analysis: {metrics: [{name: errors, errors: {worseBy: 1pp}}]}
            """);
        Await.until("bad answer", TestMesh.PATIENCE, bad::peek, first -> first != null);
        Instant firstBad = bad.peek().at();
        RolloutStatus over = mesh.awaitPhase(Phase.ROLLED_BACK, TestMesh.PATIENCE);
        Instant everywhere = Instant.now();
        assertThat(mesh.weights()).allSatisfy((proxy, ppm) -> assertThat(ppm).isZero());
        assertThat(over.getReason()).contains("v2");

        load.setRate(0);
        assertThat(load.stop().lost()).isZero();
        Instant lastBad = bad.stream().map(Outcome::at).max(Instant::compareTo).orElseThrow();
        TestMesh.say(
            "rollback: zero at every proxy %d ms after the first bad answer, the last bad one after %d ms, %d bad in all; %s"
                .formatted(
                    Duration.between(firstBad, everywhere).toMillis(),
                    Duration.between(firstBad, lastBad).toMillis(),
                    bad.size(),
                    over.getReason()));
        assertThat(Duration.between(firstBad, everywhere)).isLessThan(LIMIT);
        assertThat(Duration.between(firstBad, lastBad)).isLessThan(LIMIT);
      }
      long before = mesh.canary().requests();
      List<Outcome> after = mesh.send(3_000, 3_000);
      assertThat(after).allMatch(answer -> answer.version().equals("v1"));
      assertThat(mesh.canary().requests()).isEqualTo(before);
    }
  }
}
