package dev.serin.e2e.features;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.serin.e2e.envoy.EnvoyRunner;
import dev.serin.e2e.envoy.RequireEnvoy;
import dev.serin.e2e.traffic.Behaviour;
import dev.serin.e2e.traffic.Load;
import dev.serin.e2e.traffic.Outcome;
import dev.serin.e2e.traffic.Upstream;
import dev.serin.v1.RolloutStatus;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What stands before a step, with requests under way at real Envoys. */
@RequireEnvoy
class GatesTest {
  private static final int REQUESTS = 1_500;
  private static final double PER_SECOND = 1_000;

  private static long at(List<Outcome> outcomes, String version) {
    return outcomes.stream().filter(o -> o.version().equals(version)).count();
  }

  @Test
  void nobodyMeetsTheCanaryBeforeTheFreezeIsOverThePersonAgreesAndTheHookPasses(
      EnvoyRunner runner, @TempDir Path folder) throws Exception {
    AtomicReference<String> word = new AtomicReference<>("wait");
    List<String> questions = new CopyOnWriteArrayList<>();
    HttpServer gate =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    gate.createContext(
        "/",
        call -> {
          questions.add(new String(call.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
          byte[] answer =
              "{\"result\": \"%s\"}".formatted(word.get()).getBytes(StandardCharsets.UTF_8);
          call.sendResponseHeaders(200, answer.length);
          call.getResponseBody().write(answer);
          call.close();
        });
    gate.start();
    try (TestMesh mesh = TestMesh.start(runner, folder)) {
      var ignored =
          mesh.api()
              .apply(
                  """
                  apiVersion: serin.dev/v1
                  kind: FreezeWindow
                  metadata: {name: now}
                  spec: {zone: UTC, from: 2020-01-01T00:00, to: 2120-01-01T00:00}
                  """);
      mesh.release(
          """
          steps:
            - {approval: {by: [sre]}}
            - {weight: 20%%, bake: 1h}
            - {weight: 100%%, bake: 1h}
          hooks: [{events: [beforeStep], webhook: "http://127.0.0.1:%d/gate"}]
          analysis: off
          """
              .formatted(gate.getAddress().getPort()));
      RolloutStatus frozen = mesh.awaitPhase(RolloutStatus.Phase.WAITING, TestMesh.PATIENCE);
      assertThat(frozen.getReason()).contains("frozen by default/now");
      List<Outcome> before = mesh.send(REQUESTS, PER_SECOND);

      mesh.api().liftFreeze("now");
      Await.until(
          "only the approval is missing",
          TestMesh.PATIENCE,
          () -> mesh.rollout().getReason(),
          reason -> reason.contains("waits for approval") && !reason.contains("frozen"));
      var approved = mesh.api().approve(TestMesh.ROLLOUT);
      Await.until("the hook is asked", TestMesh.PATIENCE, questions::size, n -> n > 0);
      List<Outcome> asked = mesh.send(REQUESTS, PER_SECOND);
      assertThat(at(before, "v2") + at(asked, "v2")).isZero();

      word.set("pass");
      mesh.awaitWeight(200_000);
      List<Outcome> after = mesh.send(REQUESTS, PER_SECOND);
      // Five standard deviations of a fifth of 1,500.
      assertThat((double) at(after, "v2") / after.size()).isBetween(.148, .252);
      assertThat(questions.getLast()).contains("\"event\":\"beforeStep\"");
      TestMesh.say(
          "gates: 0 of %d requests met the canary before, %d of %d after; the hook was asked %d times; %s"
              .formatted(
                  before.size() + asked.size(),
                  at(after, "v2"),
                  after.size(),
                  questions.size(),
                  approved.getStatus().getPhase()));
    } finally {
      gate.stop(0);
    }
  }

  @Test
  void aRollbackGoesDownItsRampAndLosesNoRequest(EnvoyRunner runner, @TempDir Path folder)
      throws Exception {
    AtomicLong failed = new AtomicLong();
    AtomicLong sent = new AtomicLong();
    try (TestMesh mesh = TestMesh.start(runner, folder)) {
      mesh.release(
          """
          steps: [{weight: 50%, bake: 1h}, {weight: 100%, bake: 1h}]
          rollback: {ramp: [{weight: 20%, bake: 2s}, {weight: 5%, bake: 2s}]}
          analysis: off
          """);
      mesh.awaitWeight(500_000);
      try (Load load =
          mesh.load(
              500,
              outcome -> {
                sent.incrementAndGet();
                failed.addAndGet(outcome.status() == 200 ? 0 : 1);
              })) {
        var ignored = mesh.api().rollback(TestMesh.ROLLOUT);
        mesh.awaitWeight(200_000);
        mesh.awaitWeight(50_000);
        mesh.awaitWeight(0);
        var over = mesh.awaitPhase(RolloutStatus.Phase.ROLLED_BACK, TestMesh.PATIENCE);
        var unused = load.stop();
        TestMesh.say(
            "a ramp back by 20 %% and 5 %%: %d requests, %d failed; %s"
                .formatted(sent.get(), failed.get(), over.getReason()));
      }
      assertThat(failed).hasValue(0);
      assertThat(sent.get()).isPositive();
    }
  }

  @Test
  void membersOfAReleaseAreAtTheSameWeightWheneverAProxyIsAsked(
      EnvoyRunner runner, @TempDir Path folder) throws Exception {
    try (TestMesh mesh = TestMesh.start(runner, folder);
        Upstream cart1 = Upstream.start("v1", 0, Behaviour.PERFECT, 3);
        Upstream cart2 = Upstream.start("v2", 0, Behaviour.PERFECT, 4)) {
      var ignored =
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
                  ---
                  apiVersion: serin.dev/v1
                  kind: CanaryPolicy
                  metadata: {name: quick}
                  spec: {steps: [{weight: 30%%, bake: 1s}, {weight: 60%%, bake: 1h}, 100%%], analysis: off}
                  ---
                  apiVersion: serin.dev/v1
                  kind: Rollout
                  metadata: {name: checkout-v2}
                  spec: {service: checkout, to: v2, policy: quick}
                  ---
                  apiVersion: serin.dev/v1
                  kind: Rollout
                  metadata: {name: cart-v2}
                  spec: {service: cart, to: v2, policy: quick}
                  ---
                  apiVersion: serin.dev/v1
                  kind: Release
                  metadata: {name: autumn}
                  spec: {members: [checkout-v2, cart-v2]}
                  """
                      .formatted(cart1.port(), cart2.port(), mesh.port()));
      Await.until(
          "both at the second step",
          TestMesh.PATIENCE,
          () ->
              List.of(
                  mesh.api().rollout("checkout-v2").getWeightPpm(),
                  mesh.api().rollout("cart-v2").getWeightPpm()),
          weights -> weights.equals(List.of(600_000, 600_000)));
      var back = mesh.api().abort("cart-v2");
      Await.until(
          "both on their way back",
          TestMesh.PATIENCE,
          () ->
              List.of(
                  mesh.api().rollout("checkout-v2").getPhase(),
                  mesh.api().rollout("cart-v2").getPhase()),
          phases ->
              phases.equals(
                  List.of(RolloutStatus.Phase.ROLLED_BACK, RolloutStatus.Phase.ROLLED_BACK)));
      assertThat(mesh.rollout().getReason())
          .as(back.getStatus().getReason())
          .contains("release autumn, since cart-v2 goes back");
    }
  }
}
