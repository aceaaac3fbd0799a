package dev.serin.e2e.features;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import dev.serin.e2e.envoy.EnvoyProcess;
import dev.serin.e2e.envoy.EnvoyRunner;
import dev.serin.e2e.envoy.RequireEnvoy;
import dev.serin.policy.ResourceName;
import dev.serin.text.PolicyText;
import dev.serin.text.Problem;
import dev.serin.text.Reading;
import dev.serin.text.ResourceReader;
import dev.serin.v1.Proxy;
import dev.serin.v1.ProxySplit;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever Serin takes as a policy, Envoy takes as configuration. */
@RequireEnvoy
class AcceptedPoliciesTest {
  private static final int POLICIES = 50;
  private static final long SEED = 20_261_122;

  @Test
  void noPolicyThatSerinTakesIsRefusedByEnvoy(EnvoyRunner runner, @TempDir Path folder)
      throws Exception {
    List<ProxySpec> proxies =
        ProxySpec.THREE.stream().limit(2).map(ProxySpec::countingUpdates).toList();
    PolicyDraw draw = new PolicyDraw(SEED);
    int refused = 0;
    try (TestMesh mesh =
        TestMesh.start(runner, folder, new ServerUnderTest.Within(folder), proxies)) {
      for (int taken = 0; taken < POLICIES; ) {
        String policy = PolicyText.print(draw.policy(ResourceName.parse("p-" + taken)));
        if (release(mesh, taken, policy)) {
          awaitTaken(mesh, taken, policy);
          taken++;
        } else {
          refused++;
        }
      }
      long rejected = 0;
      for (EnvoyProcess proxy : mesh.proxies().values()) {
        Map<String, Long> rejections = proxy.admin().stats("update_rejected");
        assertThat(rejections).as("counters of " + proxy.name()).hasSizeGreaterThan(2);
        assertThat(rejections.values()).as(proxy.name()).allMatch(count -> count == 0);
        rejected += rejections.values().stream().mapToLong(Long::longValue).sum();
      }
      TestMesh.say(
          "policies by seed %d: %d taken by Serin, %d refused by it, %d rejected by %d Envoys"
              .formatted(SEED, POLICIES, refused, rejected, proxies.size()));
    }
  }

  /** Applies a service, the policy, and the rollout; false when the policy is refused as text. */
  private static boolean release(TestMesh mesh, int number, String policy) {
    Reading reading =
        ResourceReader.read(
            "drawn.yaml",
            policy
                + """
                ---
                apiVersion: serin.dev/v1
                kind: MeshService
                metadata: {name: s-%1$d}
                spec:
                  initialStable: v1
                  protocol: http
                  versions:
                    v1: {endpoints: ["127.0.0.1:%2$d"]}
                    v2: {endpoints: ["127.0.0.1:%2$d"]}
                  hosts: [s-%1$d]
                  port: %3$d
                ---
                apiVersion: serin.dev/v1
                kind: Rollout
                metadata: {name: r-%1$d}
                spec: {service: s-%1$d, to: v2, policy: p-%1$d}
                """
                    .formatted(number, mesh.canary().port(), mesh.port()));
    if (reading.hasErrors()) {
      assertThat(reading.problems())
          .filteredOn(Problem::isError)
          .as(policy)
          .allMatch(problem -> problem.path().startsWith("spec.cohorts"));
      return false;
    }
    var unused = mesh.api().apply(reading);
    return true;
  }

  private static void awaitTaken(TestMesh mesh, int number, String policy) {
    ImmutableMap<String, Proxy> proxies =
        Await.until(
            "ACK or NACK of\n" + policy,
            TestMesh.PATIENCE,
            mesh.api()::proxies,
            all -> all.values().stream().allMatch(p -> isRefused(p) || hasSplit(p, number)));
    assertThat(proxies.values()).as(policy).noneMatch(AcceptedPoliciesTest::isRefused);
  }

  /** Also what Serin does not send to a proxy counts: it has taken the policy. */
  private static boolean isRefused(Proxy proxy) {
    return proxy.getTypesList().stream().anyMatch(type -> !type.getNackMessage().isEmpty());
  }

  private static boolean hasSplit(Proxy proxy, int number) {
    return proxy.getAckedSplitsList().stream()
        .filter(split -> split.getService().endsWith("/s-" + number))
        .anyMatch(split -> split.getGeneration() > 0 && isWhole(split));
  }

  private static boolean isWhole(ProxySplit split) {
    return split.getSplitPpmMap().values().stream().mapToInt(Integer::intValue).sum() == 1_000_000;
  }
}
