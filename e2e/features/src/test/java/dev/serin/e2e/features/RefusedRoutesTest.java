package dev.serin.e2e.features;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import dev.serin.e2e.envoy.EnvoyRunner;
import dev.serin.e2e.envoy.RequireEnvoy;
import dev.serin.e2e.traffic.Load;
import dev.serin.e2e.traffic.LoadCounts;
import dev.serin.e2e.traffic.Outcome;
import dev.serin.mesh.TypeUrls;
import dev.serin.v1.Proxy;
import dev.serin.v1.ProxyType;
import dev.serin.v1.RolloutStatus;
import dev.serin.v1.RolloutStatus.Phase;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Routes that an Envoy refuses. Serin sends none that an Envoy as delivered would; but operators
 * can make theirs stricter, here by a limit on regular expressions under which sticky hashing's
 * salt does not fit.
 */
@RequireEnvoy
class RefusedRoutesTest {
  private static final String STRICT =
      """
      layered_runtime:
        layers:
          - name: strict
            static_layer: {re2: {max_program_size: {error_level: 1}}}
      """;

  private static final String ENVOYS_WORDS = "max program size";

  private static final String STICKY =
      """
      sticky: [{header: x-user-id}]
      steps: [{weight: 50%, bake: 1s}, {weight: 60%, bake: 1h}]
      analysis: off
      """;

  @Test
  void aRouteThatTheFleetRefusesStopsTheRolloutInTheProxysWords(
      EnvoyRunner runner, @TempDir Path folder) throws Exception {
    List<ProxySpec> strict =
        ProxySpec.THREE_OF_A.stream().map(proxy -> proxy.with(text -> text + STRICT)).toList();
    try (TestMesh mesh =
            TestMesh.start(runner, folder, new ServerUnderTest.Within(folder), strict);
        Load load = mesh.load(300, outcome -> {})) {
      mesh.release(STICKY);
      RolloutStatus over = mesh.awaitPhase(Phase.ROLLED_BACK, TestMesh.PATIENCE);
      assertThat(over.getReason()).contains(ENVOYS_WORDS).contains("a-1");
      TestMesh.say("refused by all: " + over.getReason());

      // A probe took it first; nobody else was bothered.
      assertThat(words(mesh.api().proxies().values())).hasSizeLessThanOrEqualTo(1);
      assertThat(mesh.weights()).allSatisfy((proxy, ppm) -> assertThat(ppm).isZero());
      LoadCounts counts = load.stop();
      assertThat(counts.of("v2").answered()).isZero();
      assertThat(counts.lost() + counts.errors()).isZero();
    }
  }

  @Test
  void aLoneProxyThatRefusesIsListedAndDoesNotStopTheOthers(
      EnvoyRunner runner, @TempDir Path folder) throws Exception {
    ProxySpec last = ProxySpec.THREE_OF_A.getLast();
    // It comes last, so it is no probe.
    List<ProxySpec> others = ProxySpec.THREE_OF_A.subList(0, 2);
    try (TestMesh mesh =
        TestMesh.start(runner, folder, new ServerUnderTest.Within(folder), others)) {
      mesh.join(last.with(text -> text + STRICT));
      mesh.release(STICKY);

      Await.until(
          "second step", TestMesh.PATIENCE, mesh::rollout, s -> s.getStep().getIndex() == 2);
      Proxy lone =
          Await.until(
              "refusal",
              TestMesh.PATIENCE,
              () -> mesh.api().proxies().get(last.node()),
              proxy -> proxy.getState() == Proxy.State.ERROR);
      assertThat(words(ImmutableList.of(lone)))
          .singleElement()
          .satisfies(said -> assertThat(said).contains(ENVOYS_WORDS));
      Await.until(
          "60 % at the others",
          TestMesh.PATIENCE,
          mesh::weights,
          weights ->
              weights.getOrDefault("a-1", 0) == 600_000
                  && weights.getOrDefault("a-2", 0) == 600_000);
      assertThat(mesh.rollout().getPhase()).isEqualTo(Phase.PROGRESSING);
      TestMesh.say(
          "refused by one: %s says %s; %s"
              .formatted(
                  lone.getNodeId(),
                  words(ImmutableList.of(lone)).getFirst(),
                  mesh.rollout().getReason()));

      assertThat(versionsBy(mesh, "a-1")).containsExactlyInAnyOrder("v1", "v2");
      assertThat(versionsBy(mesh, "a-2")).containsExactlyInAnyOrder("v1", "v2");
      assertThat(versionsBy(mesh, last.node())).containsExactly("v1");
    }
  }

  private static Collection<String> versionsBy(TestMesh mesh, String proxy) {
    return mesh
        .send(
            300,
            3_000,
            n ->
                TestMesh.request(
                    com.google.common.collect.ImmutableMap.of("x-user-id", "user-" + n)))
        .stream()
        .filter(outcome -> outcome.target().equals(proxy))
        .map(Outcome::version)
        .collect(Collectors.toSet());
  }

  private static List<String> words(Collection<Proxy> proxies) {
    return proxies.stream()
        .flatMap(proxy -> proxy.getTypesList().stream())
        .filter(type -> type.getTypeUrl().equals(TypeUrls.ROUTES))
        .map(ProxyType::getNackMessage)
        .filter(message -> !message.isEmpty())
        .toList();
  }
}
