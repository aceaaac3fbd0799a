package dev.serin.e2e.features;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import dev.serin.e2e.envoy.EnvoyRunner;
import dev.serin.e2e.envoy.RequireEnvoy;
import dev.serin.e2e.features.OtherControlPlane.Shop;
import dev.serin.e2e.traffic.Load;
import dev.serin.e2e.traffic.LoadCounts;
import dev.serin.e2e.traffic.Outcome;
import dev.serin.e2e.traffic.Upstream;
import dev.serin.v1.Proxy;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Serin between somebody else's control plane and real Envoys, one of each variant of the protocol:
 * the other one changes what it likes, goes away and comes back, and sends what an Envoy rejects,
 * all under a rollout.
 */
@RequireEnvoy
class UpstreamChainTest {
  private static final List<String> NODES = List.of("a-1", "a-2");

  @Test
  void aRolloutGoesOnWhileTheOtherControlPlaneDoesWhatItLikes(
      EnvoyRunner runner, @TempDir Path folder) throws Exception {
    try (Upstream v1 = BaseMesh.version("v1", 1);
        Upstream moved = BaseMesh.version("v1-moved", 3);
        Upstream v2 = BaseMesh.version("v2", 2);
        OtherControlPlane other = new OtherControlPlane()) {
      Shop shop = new Shop(List.of(v1.port()), List.of(v2.port()), "first", 7);
      other.serve(shop);
      other.start();
      try (BaseMesh mesh =
          new BaseMesh(runner, folder, "services, upstream 127.0.0.1:" + other.port())) {
        var unused = mesh.join(ProxySpec.THREE.get(0));
        var unused2 = mesh.join(ProxySpec.THREE.get(1));
        for (String node : NODES) {
          mesh.awaitServing(node);
        }
        assertThat(other.nodes()).containsExactlyInAnyOrderElementsOf(NODES);
        try (Load load = mesh.load(NODES, 200, ImmutableMap.of(), outcome -> {})) {
          mesh.release(
              """
              sticky: none
              steps: [{weight: 50%, bake: 1h}, {weight: 100%, bake: 1h}]
              analysis: off
              """);
          mesh.awaitWeight(500_000);
          bothVersions(mesh);

          // Endpoints change under the rollout.
          other.serve(new Shop(List.of(moved.port()), shop.v2(), "first", 7));
          awaitTraffic(moved, v1);
          bothVersions(mesh);

          // So do routes: the split is laid over the new ones.
          other.serve(new Shop(List.of(moved.port()), shop.v2(), "second", 8));
          awaitDump(mesh, "second");
          mesh.awaitWeight(500_000);
          bothVersions(mesh);

          // It goes away: the last good configuration stays, and steps go on.
          other.stop();
          mesh.setWeight(250_000);
          bothVersions(mesh);
          other.serve(new Shop(List.of(v1.port()), shop.v2(), "third", 8));
          other.start();
          awaitTraffic(v1, moved);
          awaitDump(mesh, "third");
          mesh.awaitWeight(250_000);

          // It sends what an Envoy rejects: the proxies keep what they have, and it is told.
          int before = other.refusals().size();
          other.serveWithBrokenCluster(new Shop(List.of(v1.port()), shop.v2(), "third", 8));
          Await.until(
              "the proxies' words at the other control plane",
              TestMesh.PATIENCE,
              other::refusals,
              words -> words.size() >= before + 2);
          bothVersions(mesh);
          Await.stays(
              "no storm of rejections",
              java.time.Duration.ofSeconds(2),
              other::refusals,
              words -> words.size() < before + 10);
          TestMesh.say("upstream was told: " + other.refusals());
          assertThat(other.refusals()).allMatch(words -> words.startsWith("broken: "));

          // Routes that are rejected with the split laid over them are no fault of the rollout's.
          other.serve(new Shop(List.of(v1.port()), shop.v2(), "fourth", -1));
          Await.until(
              "the proxies' rejection of the routes",
              TestMesh.PATIENCE,
              () -> mesh.api().proxies().values(),
              proxies -> proxies.stream().allMatch(p -> p.getState() == Proxy.State.ERROR));
          bothVersions(mesh);

          // And mends it.
          other.serve(new Shop(List.of(v1.port()), shop.v2(), "fifth", 9));
          awaitDump(mesh, "fifth");
          mesh.awaitWeight(250_000);
          mesh.setWeight(750_000);
          bothVersions(mesh);
          var unused3 = mesh.api().abort(BaseMesh.ROLLOUT);
          mesh.awaitWeight(0);
          LoadCounts counts = load.stop();
          assertThat(counts.lost() + counts.errors()).isZero();
          TestMesh.say("requests through the chain: " + counts);
        }
        for (String node : NODES) {
          assertThat(versions(mesh.send(node, 100))).containsExactly("v1");
        }
        mesh.giveBack("a-1", "v1");
      }
    }
  }

  private static void bothVersions(BaseMesh mesh) throws Exception {
    for (String node : NODES) {
      assertThat(versions(mesh.send(node, 200))).as(node).containsExactlyInAnyOrder("v1", "v2");
    }
  }

  /** The load has found the new endpoint, and leaves the old one alone. */
  private static void awaitTraffic(Upstream to, Upstream notTo) {
    AtomicLong reached = new AtomicLong(to.requests());
    AtomicLong left = new AtomicLong(notTo.requests());
    Await.until(
        "traffic at the endpoint that the other control plane names",
        TestMesh.PATIENCE,
        () -> {
          long more = to.requests() - reached.get();
          long still = notTo.requests() - left.get();
          if (still > 0) {
            reached.set(to.requests());
            left.set(notTo.requests());
          }
          return still > 0 ? 0 : more;
        },
        more -> more > 50);
  }

  private static void awaitDump(BaseMesh mesh, String part) {
    for (String node : NODES) {
      Await.until(
          "\"" + part + "\" at " + node,
          TestMesh.PATIENCE,
          () -> mesh.proxy(node).admin().configDump(),
          dump -> dump.contains("\"" + part + "\"") && dump.contains("weighted_clusters"));
    }
  }

  private static java.util.Set<String> versions(List<Outcome> outcomes) {
    assertThat(outcomes).allMatch(outcome -> outcome.status() == 200);
    return outcomes.stream().map(Outcome::version).collect(Collectors.toSet());
  }
}
