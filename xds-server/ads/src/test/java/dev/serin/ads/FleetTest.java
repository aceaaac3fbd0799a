package dev.serin.ads;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableSortedMap;
import dev.serin.ads.ProxyView.TypeView;
import dev.serin.mesh.ProxyGroup;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** Who is there, and who has equal needs. */
final class FleetTest {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

  private final Fleet fleet = new Fleet(AdsSettings.DEFAULT);

  private record Open(Instant connectedAt) implements Fleet.Stream {
    @Override
    public void lookAgain() {}

    @Override
    public Instant lastSeen() {
      return connectedAt;
    }

    @Override
    public ImmutableSortedMap<String, TypeView> view() {
      return ImmutableSortedMap.of();
    }
  }

  private static Proxy proxy(String id, String region) {
    return new Proxy(
        id, "edge", new ProxyGroup("mesh", region, ProxyGroup.Client.ENVOY, 1, 40, "127.0.0.1"));
  }

  @Test
  void proxiesWithEqualNeedsShareOneGroupAsLongAsOneOfThemHasAStream() {
    Open first = new Open(NOW);
    Open second = new Open(NOW.plusSeconds(1));
    Open other = new Open(NOW.plusSeconds(2));
    Fleet.Node a = fleet.join(proxy("a", "eu"), first, NOW);
    Fleet.Node b = fleet.join(proxy("b", "eu"), second, NOW);
    Fleet.Node c = fleet.join(proxy("c", "us"), other, NOW);
    assertThat(b.proxy().group()).isSameAs(a.proxy().group());
    assertThat(b.proxy().nodeId()).isEqualTo("b");
    assertThat(fleet.samples())
        .extracting(proxy -> proxy.group().region())
        .containsExactlyInAnyOrder("eu", "us");

    fleet.leave(a, first, NOW);
    fleet.leave(c, other, NOW);
    assertThat(fleet.samples()).extracting(proxy -> proxy.group().region()).containsExactly("eu");
    fleet.leave(b, second, NOW);
    assertThat(fleet.samples()).isEmpty();
  }

  @Test
  void aProxyThatComesBackWithOtherNeedsLeavesTheGroupThatItWasIn() {
    Open before = new Open(NOW);
    Fleet.Node old = fleet.join(proxy("a", "eu"), before, NOW);
    fleet.join(proxy("a", "us"), new Open(NOW.plusSeconds(1)), NOW);
    fleet.leave(old, before, NOW);
    assertThat(fleet.samples()).extracting(proxy -> proxy.group().region()).containsExactly("us");
  }
}
