package dev.serin.server.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.serin.policy.Analysis;
import dev.serin.policy.Release;
import dev.serin.policy.ResourceName;
import dev.serin.rollout.Event;
import dev.serin.rollout.Phase;
import dev.serin.rollout.RolloutState;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Several rollouts as one. */
class ReleasesTest {

  private static final ResourceName CART = ResourceName.parse("shop/cart");
  private static final ResourceName CART_V2 = ResourceName.parse("shop/cart-v2");

  private static Wanted release(Release.Order order, boolean allFall) {
    return new Wanted.Release(
        new Release(
            ResourceName.parse("shop/autumn"),
            ImmutableSortedMap.of(),
            ImmutableList.of("checkout-v2", "cart-v2"),
            order,
            allFall));
  }

  private static Bench released(Release.Order order, boolean allFall) {
    Bench bench = new Bench();
    bench.done(
        bench.apply(
            Wants.service("v1", "v2", "v3"),
            Wants.service(CART, "cart", "v1", "v2"),
            Wants.policy(Analysis.OFF, 100_000, 500_000, 1_000_000),
            Wants.release(Bench.V2, "v2"),
            Wants.release(CART_V2, CART, "v2"),
            release(order, allFall)));
    return bench.fleetAcks();
  }

  private static int weight(Bench bench, ResourceName rollout) {
    return bench.state(rollout).split().weightPpm();
  }

  @Test
  void membersTakeEveryStepInOneSnapshot() {
    Bench bench = released(Release.Order.TOGETHER, true);
    List<Integer> seen = new ArrayList<>();
    for (int i = 0; i < 120; i++) {
      bench.turns(1);
      assertThat(weight(bench, Bench.V2))
          .as(bench.state(Bench.V2).reason())
          .isEqualTo(weight(bench, CART_V2));
      if (seen.isEmpty() || seen.getLast() != weight(bench, Bench.V2)) {
        seen.add(weight(bench, Bench.V2));
      }
    }
    assertThat(seen).containsSubsequence(100_000, 500_000, 980_000, 1_000_000);
    // What was published at any moment had both at the same step.
    for (Catalog published : bench.published) {
      if (published.rollouts().size() == 2) {
        assertThat(Bench.of(published, Bench.V2).state().split().weightPpm())
            .isEqualTo(Bench.of(published, CART_V2).state().split().weightPpm());
      }
    }
    bench.in(Bench.V2, Phase.SUCCEEDED).in(CART_V2, Phase.SUCCEEDED);
  }

  @Test
  void whoIsSlowerIsWaitedForAndNamed() {
    Bench bench = released(Release.Order.TOGETHER, true).turns(3);
    bench.done(bench.verb(CART_V2, Event.Pause::new));
    bench.turns(40).in(Bench.V2, Phase.WAITING);
    RolloutState waiting = bench.state(Bench.V2);
    assertThat(waiting.reason()).contains("cart-v2 of release autumn is PAUSED at step 1 of 3");
    assertThat(weight(bench, Bench.V2)).isEqualTo(100_000);
    bench.done(bench.verb(CART_V2, Event.Resume::new));
    bench.turns(12);
    assertThat(weight(bench, Bench.V2)).isEqualTo(500_000);
    assertThat(weight(bench, CART_V2)).isEqualTo(500_000);
  }

  @Test
  void allGoBackInTheTurnInWhichTheFirstDoes() {
    Bench bench = released(Release.Order.TOGETHER, true).turns(3);
    bench.done(bench.abort(CART_V2));
    bench.in(CART_V2, Phase.ROLLING_BACK).in(Bench.V2, Phase.ROLLING_BACK);
    assertThat(bench.state(Bench.V2).reason()).contains("release autumn, since cart-v2 goes back");
    assertThat(weight(bench, Bench.V2)).isZero();
  }

  @Test
  void aMemberThatFallsAloneIsNotWaitedFor() {
    Bench bench = released(Release.Order.TOGETHER, false).turns(3);
    bench.done(bench.abort(CART_V2));
    bench.turns(60).in(CART_V2, Phase.ROLLED_BACK).in(Bench.V2, Phase.SUCCEEDED);
  }

  @Test
  void inTheOrderOfDependenciesNobodyWaitsButForThose() {
    Bench bench = released(Release.Order.DEPENDS_ON, true).turns(3);
    bench.done(bench.verb(CART_V2, Event.Pause::new));
    bench.turns(60).in(Bench.V2, Phase.SUCCEEDED).in(CART_V2, Phase.PAUSED);
  }

  @Test
  void aMemberThatIsNotThereYetIsWaitedFor() {
    Bench bench = new Bench();
    bench.done(
        bench.apply(
            Wants.service("v1", "v2"),
            Wants.policy(Analysis.OFF),
            release(Release.Order.TOGETHER, true),
            Wants.release(Bench.V2, "v2")));
    bench.turns(3).in(Bench.V2, Phase.WAITING);
    assertThat(bench.state(Bench.V2).reason()).contains("cart-v2 of release autumn does not exist");
    bench.done(bench.control.deleteRelease(ResourceName.parse("shop/autumn"), Bench.ANN, false));
    bench.turns(2).in(Bench.V2, Phase.PROGRESSING);
  }

  @Test
  void aReleaseOutlivesTheServer() {
    Bench bench = released(Release.Order.TOGETHER, true).turns(3);
    var before = bench.loop.catalog().releases();
    bench.restart();
    assertThat(bench.loop.catalog().releases()).isEqualTo(before);
  }
}
