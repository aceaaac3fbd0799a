package dev.serin.e2e.features;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import dev.serin.e2e.envoy.EnvoyProcess;
import dev.serin.e2e.envoy.EnvoyRunner;
import dev.serin.e2e.envoy.RequireEnvoy;
import dev.serin.mesh.bootstrap.BootstrapOptions.Ads;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that comes back with the same state has nothing to tell to those who have it. */
@RequireEnvoy
class RestartTest {
  @Test
  void aRestartWithNothingChangedPushesNothingToDeltaProxies(
      EnvoyRunner runner, @TempDir Path folder) throws Exception {
    List<ProxySpec> counting = ProxySpec.THREE.stream().map(ProxySpec::countingUpdates).toList();
    try (TestMesh mesh =
        TestMesh.start(runner, folder, new ServerUnderTest.Within(folder), counting)) {
      mesh.release(
          """
          sticky: [{cookie: sid}]
          cohorts: {staff: {any: [{header: {name: x-role, exact: staff}}]}}
          steps: [{weight: 30%, cohorts: {staff: 100%}, bake: 1h}, {weight: 100%, bake: 1h}]
          analysis: off
          """);
      mesh.awaitWeight(300_000);
      ImmutableMap<String, ImmutableSortedMap<String, Long>> before = updates(mesh);
      assertThat(of(before, "a-1").keySet())
          .anyMatch(name -> name.startsWith("cluster_manager.cds."))
          .anyMatch(name -> name.startsWith("listener_manager.lds."))
          .anyMatch(name -> name.contains(".rds."))
          .anyMatch(name -> name.startsWith("cluster.checkout|v2"));

      mesh.server().stop();
      awaitConnected(mesh, 0);
      mesh.server().start();
      awaitConnected(mesh, 1);
      mesh.awaitWeight(300_000);
      Await.stays(
          "silence towards delta proxies",
          Duration.ofSeconds(2),
          () -> updates(mesh),
          now ->
              ProxySpec.THREE.stream()
                  .filter(proxy -> proxy.ads() == Ads.DELTA)
                  .allMatch(proxy -> of(before, proxy.node()).equals(of(now, proxy.node()))));
      TestMesh.say(
          "restart: %d updates at delta proxies, %d at the one with state of the world"
              .formatted(
                  total(updates(mesh), "a-1")
                      - total(before, "a-1")
                      + total(updates(mesh), "b-1")
                      - total(before, "b-1"),
                  total(updates(mesh), "a-2") - total(before, "a-2")));
    }
  }

  private static void awaitConnected(TestMesh mesh, long state) {
    for (EnvoyProcess proxy : mesh.proxies().values()) {
      Await.until(
          "connected_state %d of %s".formatted(state, proxy.name()),
          TestMesh.PATIENCE,
          () -> proxy.admin().stat("control_plane.connected_state"),
          now -> now == state);
    }
  }

  private static ImmutableMap<String, ImmutableSortedMap<String, Long>> updates(TestMesh mesh)
      throws Exception {
    ImmutableMap.Builder<String, ImmutableSortedMap<String, Long>> updates = ImmutableMap.builder();
    for (EnvoyProcess proxy : mesh.proxies().values()) {
      updates.put(proxy.name(), proxy.admin().stats("update_(success|rejected)"));
    }
    return updates.buildOrThrow();
  }

  private static long total(
      ImmutableMap<String, ImmutableSortedMap<String, Long>> updates, String proxy) {
    return of(updates, proxy).values().stream().mapToLong(Long::longValue).sum();
  }

  private static ImmutableSortedMap<String, Long> of(
      ImmutableMap<String, ImmutableSortedMap<String, Long>> updates, String proxy) {
    return updates.getOrDefault(proxy, ImmutableSortedMap.of());
  }
}
