package dev.serin.e2e.features;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import dev.serin.e2e.envoy.EnvoyRunner;
import dev.serin.e2e.envoy.RequireEnvoy;
import dev.serin.e2e.traffic.Outcome;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever belongs to a cohort gets the canary, and nobody else. */
@RequireEnvoy
class CohortRoutingTest {
  private static final String DARK_LAUNCH =
      """
      cohorts:
        staff: {any: [{header: {name: x-role, exact: staff}}]}
        beta: {any: [{cookie: {name: beta, present: true}}]}
        gold-eu: {all: [{header: {name: x-tier, in: [gold, platinum]}}, {proxy: {region: eu-west}}]}
      steps:
        - {cohorts: {staff: 100%, beta: 100%, gold-eu: 100%}, bake: 1h}
        - {weight: 100%, bake: 1h}
      analysis: off
      """;

  @Test
  void cohortsAreRoutedByHeaderCookieAndRegionAndNobodyElseIs(
      EnvoyRunner runner, @TempDir Path folder) throws Exception {
    try (TestMesh mesh = TestMesh.start(runner, folder)) {
      mesh.release(DARK_LAUNCH);
      mesh.awaitConverged();

      assertThat(versions(mesh, "x-role", "staff")).containsExactly("v2");
      assertThat(versions(mesh, "cookie", "a=b; beta=1; c=d")).containsExactly("v2");
      List<Outcome> gold = ask(mesh, "x-tier", "gold");
      assertThat(gold)
          .allMatch(
              o -> o.version().equals(o.target().startsWith("a-") ? "v2" : "v1"),
              "the canary in eu-west alone");

      // All that is near a cohort and not in it.
      assertThat(versions(mesh, "x-role", "Staff")).containsExactly("v1");
      assertThat(versions(mesh, "x-role", "staff2")).containsExactly("v1");
      assertThat(versions(mesh, "cookie", "betax=1; alpha=beta")).containsExactly("v1");
      assertThat(versions(mesh, "x-tier", "silver")).containsExactly("v1");

      long before = mesh.canary().requests();
      List<Outcome> outsiders = mesh.send(3_000, 3_000);
      assertThat(outsiders).allMatch(o -> o.status() == 200 && o.version().equals("v1"));
      assertThat(mesh.canary().requests()).isEqualTo(before);
      TestMesh.say(
          "cohorts: 0 of %d outsiders reached the canary, %d of %d gold customers, all in eu-west"
              .formatted(
                  outsiders.size(),
                  gold.stream().filter(o -> o.version().equals("v2")).count(),
                  gold.size()));
    }
  }

  private static Set<String> versions(TestMesh mesh, String header, String value) {
    return ask(mesh, header, value).stream().map(Outcome::version).collect(Collectors.toSet());
  }

  private static List<Outcome> ask(TestMesh mesh, String header, String value) {
    List<Outcome> outcomes =
        mesh.send(300, 3_000, number -> TestMesh.request(ImmutableMap.of(header, value)));
    assertThat(outcomes).allMatch(outcome -> outcome.status() == 200);
    return outcomes;
  }
}
