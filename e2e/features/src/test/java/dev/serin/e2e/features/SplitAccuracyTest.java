package dev.serin.e2e.features;

import static org.assertj.core.api.Assertions.assertThat;

import dev.serin.e2e.envoy.EnvoyRunner;
import dev.serin.e2e.envoy.RequireEnvoy;
import dev.serin.e2e.traffic.Outcome;
import dev.serin.policy.Ppm;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A share of the requests that is asked for is the share that the canary gets, at every proxy. */
@RequireEnvoy
class SplitAccuracyTest {
  private static final int REQUESTS = 12_000;

  /** A right split fails once in some 500,000 runs of the twelve comparisons. */
  private static final double SIGMAS = 5;

  @Test
  void theCanaryGetsTheShareThatWasSet(EnvoyRunner runner, @TempDir Path folder) throws Exception {
    try (TestMesh mesh = TestMesh.start(runner, folder)) {
      mesh.release(
          """
          sticky: none
          steps: [{weight: 1%, bake: 1h}, {weight: 100%, bake: 1h}]
          analysis: off
          """);
      for (int ppm : new int[] {10_000, 100_000, 500_000}) {
        mesh.setWeight(ppm);
        List<Outcome> answers = mesh.send(REQUESTS, 3_000);
        assertThat(answers).allMatch(answer -> answer.status() == 200);
        isWithinBounds("all", answers, ppm);
        for (String proxy : mesh.proxies().keySet()) {
          isWithinBounds(
              proxy, answers.stream().filter(a -> a.target().equals(proxy)).toList(), ppm);
        }
      }
    }
  }

  private static void isWithinBounds(String where, List<Outcome> answers, int ppm) {
    double share = ppm / (double) Ppm.ALL;
    long canary = answers.stream().filter(a -> a.version().equals("v2")).count();
    double sigma = Math.sqrt(answers.size() * share * (1 - share));
    double off = (canary - answers.size() * share) / sigma;
    TestMesh.say(
        "split of %s at %s: %d of %d requests, %.4f %%, %+.2f sigma"
            .formatted(
                where,
                Ppm.percent(ppm),
                canary,
                answers.size(),
                100.0 * canary / answers.size(),
                off));
    assertThat(off).as("sigmas from %d ppm through %s", ppm, where).isBetween(-SIGMAS, SIGMAS);
  }
}
