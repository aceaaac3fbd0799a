package dev.serin.e2e.features;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import dev.serin.e2e.envoy.EnvoyRunner;
import dev.serin.e2e.envoy.RequireEnvoy;
import dev.serin.e2e.traffic.Behaviour;
import dev.serin.e2e.traffic.LoadPlan;
import dev.serin.e2e.traffic.Outcome;
import dev.serin.e2e.traffic.Upstream;
import dev.serin.v1.RolloutStatus;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a step or a policy does to requests besides dividing them, counted at real Envoys. */
@RequireEnvoy
class TreatmentsTest {
  private static final int REQUESTS = 3_000;
  private static final double PER_SECOND = 1_500;

  @Test
  void aMirrorCopiesItsShareAndNobodySeesTheCopy(EnvoyRunner runner, @TempDir Path folder)
      throws Exception {
    try (TestMesh mesh = TestMesh.start(runner, folder)) {
      mesh.canary().behave(new Behaviour(1, Duration.ZERO, 0));
      mesh.release(
          """
          steps: [{mirror: {share: 25%}, bake: 1h}, {weight: 100%, bake: 1h}]
          analysis: off
          """);
      mesh.awaitConverged();
      List<Outcome> outcomes = mesh.send(REQUESTS, PER_SECOND);

      assertThat(outcomes).allMatch(o -> o.status() == 200 && o.version().equals("v1"));
      // Four standard deviations of the binomial share.
      double expected = .25 * outcomes.size();
      double deviation = Math.sqrt(.25 * .75 * outcomes.size());
      Await.until(
          "copies at the canary",
          TestMesh.PATIENCE,
          () -> mesh.canary().requests(),
          copies -> Math.abs(copies - expected) < 4 * deviation);
      TestMesh.say(
          "mirror of 25 %%: %d copies of %d requests, every answer from v1"
              .formatted(mesh.canary().requests(), outcomes.size()));
    }
  }

  @Test
  void aFailedTryAtTheCanaryIsAnsweredByStableAndStillRollsTheReleaseBack(
      EnvoyRunner runner, @TempDir Path folder) throws Exception {
    try (TestMesh mesh = TestMesh.start(runner, folder)) {
      mesh.canary().behave(new Behaviour(1, Duration.ZERO, 0));
      mesh.release(
          """
          steps: [{weight: 20%, bake: 1h}, {weight: 100%, bake: 1h}]
          retry: {to: stable, countAgainst: canary}
          analysis: {metrics: [{name: errors, errors: {worseBy: 1pp}}]}
          """);
      mesh.awaitWeight(200_000);
      long before = mesh.canary().requests();
      List<Outcome> outcomes = mesh.send(REQUESTS, 600);

      // The answers carry the stamp of the version that was chosen, whoever gave them.
      assertThat(outcomes).allMatch(o -> o.status() == 200);
      assertThat(mesh.canary().requests()).isGreaterThan(before);
      RolloutStatus over = mesh.awaitPhase(RolloutStatus.Phase.ROLLED_BACK, TestMesh.PATIENCE);
      TestMesh.say(
          "retry at stable: %d failures at the canary, 0 of %d users saw one; %s"
              .formatted(mesh.canary().errors(), outcomes.size(), over.getReason()));
    }
  }

  @Test
  void aFaultHitsTheCanaryAloneAndIsNotJudged(EnvoyRunner runner, @TempDir Path folder)
      throws Exception {
    try (TestMesh mesh = TestMesh.start(runner, folder)) {
      mesh.release(
          """
          steps:
            - {weight: 50%, fault: {abort: 503, share: 50%}, bake: 1h}
            - {weight: 100%, bake: 1h}
          analysis: {metrics: [{name: errors, errors: {worseBy: 1pp}}]}
          """);
      mesh.awaitWeight(500_000);
      // For longer than the fast detector needs for such a share of a version's own errors.
      List<Outcome> outcomes = mesh.send(2 * REQUESTS, 750);
      long aborted = outcomes.stream().filter(o -> o.status() == 503).count();

      TestMesh.say(
          "abort for half of the canary's half: %d of %d".formatted(aborted, outcomes.size()));
      // Five standard deviations of a quarter of 6,000.
      assertThat((double) aborted / outcomes.size()).isBetween(.222, .278);
      assertThat(outcomes).allMatch(o -> o.status() == 200 || o.status() == 503);
      assertThat(outcomes).noneMatch(o -> o.version().equals("v1") && o.status() != 200);
      assertThat(mesh.rollout().getPhase()).isEqualTo(RolloutStatus.Phase.PROGRESSING);
    }
  }

  @Test
  void aRateLimitHoldsBackTheCanaryAlone(EnvoyRunner runner, @TempDir Path folder)
      throws Exception {
    try (TestMesh mesh = TestMesh.start(runner, folder)) {
      mesh.release(
          """
          steps: [{weight: 50%, rateLimit: 20/s, bake: 1h}, {weight: 100%, bake: 1h}]
          analysis: off
          """);
      mesh.awaitWeight(500_000);
      Instant start = Instant.now();
      List<Outcome> outcomes = mesh.send(REQUESTS, PER_SECOND);
      long seconds = Duration.between(start, Instant.now()).toSeconds() + 1;
      long limited = outcomes.stream().filter(o -> o.status() == 429).count();

      TestMesh.say(
          "20 a second at each of three proxies: %d of %d requests reached the canary, %d limited"
              .formatted(mesh.canary().requests(), outcomes.size(), limited));
      assertThat(limited).isPositive();
      assertThat(mesh.canary().requests()).isPositive().isLessThanOrEqualTo(3 * 20 * (seconds + 1));
      assertThat(outcomes).noneMatch(o -> o.version().equals("v1") && o.status() != 200);
    }
  }

  @Test
  void threeVersionsShareAsThePolicySaysAndTheVariantKeepsItsShare(
      EnvoyRunner runner, @TempDir Path folder) throws Exception {
    try (TestMesh mesh = TestMesh.start(runner, folder);
        Upstream third = Upstream.start("v3", 0, Behaviour.PERFECT, 3)) {
      mesh.addVersion("v3", third);
      mesh.release(
          "variants: {v3: 20%}",
          """
          steps: [{weight: 30%, bake: 1h}, {weight: 80%, bake: 1h}]
          analysis: off
          """);
      mesh.awaitWeight(300_000);
      Map<String, Double> shares = shares(mesh.send(REQUESTS, PER_SECOND));

      TestMesh.say("canary 30 %, variant 20 %: " + shares);
      // Five standard deviations of a share of 3,000.
      assertThat(shares.get("v1")).isBetween(.455, .545);
      assertThat(shares.get("v2")).isBetween(.26, .34);
      assertThat(shares.get("v3")).isBetween(.165, .235);
    }
  }

  @Test
  void oneOfFourStableEndpointsIsTheControlAndServesAsMuchAsTheCanary(
      EnvoyRunner runner, @TempDir Path folder) throws Exception {
    try (TestMesh mesh = TestMesh.start(runner, folder);
        Upstream second = Upstream.start("v1", 0, Behaviour.PERFECT, 3);
        Upstream third = Upstream.start("v1", 0, Behaviour.PERFECT, 4);
        Upstream fourth = Upstream.start("v1", 0, Behaviour.PERFECT, 5)) {
      mesh.addToStable(List.of(second, third, fourth));
      mesh.release(
          """
          steps: [{weight: 10%, bake: 1h}, {weight: 100%, bake: 1h}]
          analysis: {control: {baseline: {endpoints: 25%}}}
          """);
      mesh.awaitWeight(100_000);
      List<Upstream> stable = List.of(mesh.stable(), second, third, fourth);
      List<Long> before = stable.stream().map(Upstream::requests).toList();
      List<Outcome> outcomes = mesh.send(REQUESTS, PER_SECOND);
      List<Double> shares =
          IntStream.range(0, stable.size())
              .mapToObj(i -> (stable.get(i).requests() - before.get(i)) / (double) REQUESTS)
              .sorted()
              .toList();

      TestMesh.say("control of one endpoint in four, canary 10 %%: %s".formatted(shares));
      assertThat(outcomes).allMatch(o -> o.status() == 200);
      // Five standard deviations of a share of 3,000; the other three have 80 % together.
      assertThat(shares.getFirst()).isBetween(.072, .128);
      assertThat(shares.subList(1, 4)).allMatch(share -> share > .2 && share < .33);
    }
  }

  @Test
  void fiveThousandTenantsAreFoundInATreeAndNobodyElseIs(EnvoyRunner runner, @TempDir Path folder)
      throws Exception {
    String tenants =
        IntStream.range(0, 5_000).mapToObj(i -> "tenant-" + i).collect(Collectors.joining(", "));
    try (TestMesh mesh = TestMesh.start(runner, folder)) {
      mesh.release(
          """
          cohorts: {big: {any: [{header: {name: x-tenant, in: [%s]}}]}}
          steps: [{cohorts: {big: 100%%}, bake: 1h}, {weight: 100%%, bake: 1h}]
          analysis: off
          """
              .formatted(tenants));
      mesh.awaitConverged();
      List<Outcome> inside =
          mesh.send(
              600,
              PER_SECOND,
              n -> TestMesh.request(ImmutableMap.of("x-tenant", "tenant-" + n * 8 % 5_000)));
      List<Outcome> outside =
          mesh.send(
              600, PER_SECOND, n -> TestMesh.request(ImmutableMap.of("x-tenant", "other-" + n)));

      assertThat(inside).allMatch(o -> o.status() == 200 && o.version().equals("v2"));
      assertThat(outside).allMatch(o -> o.status() == 200 && o.version().equals("v1"));
      assertThat(mesh.send(600, PER_SECOND)).allMatch(o -> o.version().equals("v1"));
    }
  }

  @Test
  void servicesDownTheChainFollowTheVersionThatTheEdgeChose(
      EnvoyRunner runner, @TempDir Path folder) throws Exception {
    try (TestMesh mesh = TestMesh.start(runner, folder);
        Upstream cart1 = Upstream.start("cart-v1", 0, Behaviour.PERFECT, 4);
        Upstream cart2 = Upstream.start("cart-v2", 0, Behaviour.PERFECT, 5)) {
      mesh.api()
          .apply(
              """
              apiVersion: serin.dev/v1
              kind: MeshService
              metadata: {name: cart}
              spec:
                initialStable: v1
                versions:
                  v1: {endpoints: ["127.0.0.1:%d"]}
                  v2: {endpoints: ["127.0.0.1:%d"]}
                hosts: [cart]
                port: %d
              """
                  .formatted(cart1.port(), cart2.port(), mesh.port()));
      mesh.release(
          """
          steps: [{weight: 50%, bake: 1h}, {weight: 100%, bake: 1h}]
          chain: {follow: [cart]}
          analysis: off
          """);
      mesh.awaitConverged();

      // An application behind checkout hands the stamp on as it came.
      assertThat(versions(mesh, "v2")).containsExactly("v2");
      assertThat(cart1.requests()).isZero();
      long followed = cart2.requests();
      assertThat(followed).isPositive();
      assertThat(versions(mesh, "v1")).containsExactly("v1");
      assertThat(cart2.requests()).isEqualTo(followed);
      var unused = mesh.api().abort(TestMesh.ROLLOUT);
      var over = mesh.awaitPhase(RolloutStatus.Phase.ROLLED_BACK, TestMesh.PATIENCE);
      assertThat(over.getReason()).isNotEmpty();
      assertThat(versions(mesh, "v2")).containsExactly("v1");
    }
  }

  private static List<String> versions(TestMesh mesh, String stamp) {
    List<Outcome> outcomes =
        mesh.send(
            300,
            PER_SECOND,
            n -> new LoadPlan.Request("cart", "/", ImmutableMap.of("x-serin-version", stamp)));
    assertThat(outcomes).allMatch(o -> o.status() == 200);
    return outcomes.stream().map(Outcome::version).distinct().toList();
  }

  private static Map<String, Double> shares(List<Outcome> outcomes) {
    assertThat(outcomes).allMatch(o -> o.status() == 200);
    return outcomes.stream()
        .collect(
            Collectors.groupingBy(
                Outcome::version,
                Collectors.collectingAndThen(
                    Collectors.counting(), count -> (double) count / outcomes.size())));
  }
}
