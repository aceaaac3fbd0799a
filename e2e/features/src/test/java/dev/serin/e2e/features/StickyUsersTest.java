package dev.serin.e2e.features;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import dev.serin.e2e.envoy.EnvoyRunner;
import dev.serin.e2e.envoy.RequireEnvoy;
import dev.serin.e2e.traffic.LoadPlan;
import dev.serin.e2e.traffic.Outcome;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who was once in the canary stays in it while the weight grows, whichever proxy serves him. */
@RequireEnvoy
class StickyUsersTest {
  private static final int USERS = 1_000;
  private static final int[] WEIGHTS = {50_000, 200_000, 500_000, 900_000};

  @Test
  void aUserInTheCanaryStaysThereWhileTheWeightGrows(EnvoyRunner runner, @TempDir Path folder)
      throws Exception {
    try (TestMesh mesh = TestMesh.start(runner, folder)) {
      mesh.release(
          """
          sticky: [{header: x-user-id}, {cookie: sid}]
          steps: [{weight: 1%, bake: 1h}, {weight: 100%, bake: 1h}]
          analysis: off
          """);
      Map<String, Set<Integer>> before = new TreeMap<>();
      for (int ppm : WEIGHTS) {
        mesh.setWeight(ppm);
        before.put("header", grown(mesh, before, "header", ppm, user -> header("u" + user)));
        before.put("cookie", grown(mesh, before, "cookie", ppm, user -> cookie("c" + user)));
      }
    }
  }

  private static LoadPlan.Request header(String user) {
    return TestMesh.request(ImmutableMap.of("x-user-id", user));
  }

  private static LoadPlan.Request cookie(String user) {
    return TestMesh.request(ImmutableMap.of("cookie", "theme=dark; sid=" + user));
  }

  /** The users in the canary now, among whom are those that were before. */
  private static Set<Integer> grown(
      TestMesh mesh,
      Map<String, Set<Integer>> before,
      String source,
      int ppm,
      IntFunction<LoadPlan.Request> request) {
    Set<Integer> earlier = before.getOrDefault(source, Set.of());
    Set<Integer> now = canaryUsers(mesh, request);
    double expected = USERS * (ppm / 1e6);
    double sigma = Math.sqrt(expected * (1 - ppm / 1e6));
    TestMesh.say(
        "sticky by %s at %d ppm: %d of %d users in the canary, %d of them from before"
            .formatted(source, ppm, now.size(), USERS, earlier.size()));
    assertThat(now).as("users by " + source).containsAll(earlier);
    assertThat((double) now.size()).isBetween(expected - 5 * sigma, expected + 5 * sigma);
    return now;
  }

  /** Every user sends one request through each of the three proxies. */
  private static Set<Integer> canaryUsers(TestMesh mesh, IntFunction<LoadPlan.Request> request) {
    int proxies = mesh.proxies().size();
    Map<Integer, Set<String>> versions =
        mesh.send(USERS * proxies, 2_500, number -> request.apply(user(number, proxies))).stream()
            .collect(
                Collectors.groupingBy(
                    outcome -> user(outcome.number(), proxies),
                    TreeMap::new,
                    Collectors.mapping(Outcome::version, Collectors.toCollection(TreeSet::new))));
    assertThat(versions).hasSize(USERS);
    assertThat(versions.values()).allMatch(all -> all.size() == 1, "one version a user");
    return versions.entrySet().stream()
        .filter(entry -> entry.getValue().contains("v2"))
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }

  private static int user(long number, int proxies) {
    return (int) (number / proxies % USERS);
  }
}
