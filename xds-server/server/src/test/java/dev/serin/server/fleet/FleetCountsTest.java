package dev.serin.server.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.ads.ConvergenceGate;
import dev.serin.ads.Proxy;
import dev.serin.ads.ProxyView;
import dev.serin.ads.ProxyView.ResourceView;
import dev.serin.ads.ProxyView.TypeView;
import dev.serin.mesh.ProxyGroup;
import dev.serin.mesh.ResourceKey;
import dev.serin.mesh.TypeUrls;
import dev.serin.policy.ResourceName;
import dev.serin.rollout.ClusterConvergence;
import dev.serin.server.SimulatedFleet;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The fleet is walked when something is published, not for every answer. */
class FleetCountsTest {
  private static final int PROXIES = 10_000;
  private static final ResourceName ROLLOUT = ResourceName.parse("shop/checkout-v2");
  private static final String NEW = "s1-new";

  private final SimulatedFleet fleet = new SimulatedFleet();
  private final FleetCounts counts = new FleetCounts(fleet);
  private final List<String> users = new ArrayList<>();
  private Instant now = SimulatedFleet.T0;

  private ClusterConvergence count(long published) {
    return Objects.requireNonNull(
        counts
            .count(
                ROLLOUT,
                new FleetCounts.Against(1, published),
                () ->
                    new ConvergenceGate.Step(
                        ImmutableSet.of(new ResourceKey(TypeUrls.ROUTES, "r")),
                        new Expecting(),
                        proxy -> Optional.empty(),
                        SimulatedFleet.T0,
                        Duration.ofSeconds(30)),
                view -> users.add(view.proxy().nodeId()),
                now)
            .get("east"));
  }

  private static final class Expecting implements ConvergenceGate.Expected {
    @Override
    public boolean isFor(Proxy proxy, ResourceKey table) {
      return true;
    }

    @Override
    public boolean carries(Proxy proxy, ResourceKey table, String version) {
      return version.equals(NEW);
    }
  }

  private void put(int number, String acked) {
    ResourceView state =
        new ResourceView(
            Optional.of(NEW),
            Optional.of(SimulatedFleet.T0),
            Optional.of(acked),
            Optional.of(SimulatedFleet.T0),
            Optional.empty());
    String id = "proxy-%05d".formatted(number);
    fleet.put(
        new ProxyView(
            new Proxy(
                id, "", new ProxyGroup("east", "", ProxyGroup.Client.ENVOY, 1, 40, "127.0.0.1")),
            true,
            1,
            SimulatedFleet.T0.minusSeconds(60),
            now,
            ImmutableSortedMap.of(
                TypeUrls.ROUTES,
                TypeView.of(
                    false, ImmutableSortedSet.of("r"), ImmutableSortedMap.of("r", state)))));
    counts.changed(id);
  }

  private void fill() {
    for (int i = 0; i < PROXIES; i++) {
      put(i, "s1-old");
    }
  }

  @Test
  void anAnswerCostsALookAtWhoGaveIt() {
    fill();
    assertThat(count(1)).isEqualTo(new ClusterConvergence(PROXIES, 0, 0, 0, 0));
    int walks = fleet.looks();
    for (int i = 0; i < PROXIES; i++) {
      put(i, NEW);
      assertThat(count(1).acked()).isEqualTo(i + 1);
    }
    assertThat(fleet.looks()).as("walks through the fleet").isEqualTo(walks);
    assertThat(users).hasSize(PROXIES);
  }

  @Test
  void silenceIsNoticedWithoutAWalk() {
    fill();
    count(1);
    now = now.plusSeconds(29);
    count(1);
    int walks = fleet.looks();
    now = now.plusSeconds(1);
    assertThat(count(1).silent()).isEqualTo(PROXIES);
    assertThat(fleet.looks()).isEqualTo(walks);
  }

  /** Its record is dropped after an hour, and nobody tells. */
  @Test
  void aProxyThatIsForgottenIsNotCountedForLong() {
    fill();
    count(1);
    fleet.forget("proxy-00007");
    now = now.plusSeconds(10);
    assertThat(count(1).want()).isEqualTo(PROXIES - 1);
  }

  @Test
  void whatIsPublishedIsCountedAfresh() {
    fill();
    count(1);
    int walks = fleet.looks();
    count(2);
    assertThat(fleet.looks()).isEqualTo(walks + 1);
  }
}
