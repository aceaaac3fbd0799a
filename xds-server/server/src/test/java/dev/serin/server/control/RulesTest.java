package dev.serin.server.control;

import static dev.serin.server.control.Bench.ANN;
import static dev.serin.server.control.Bench.CHECKOUT;
import static dev.serin.server.control.Bench.V2;
import static dev.serin.server.control.Bench.V3;
import static dev.serin.server.control.Wants.policy;
import static dev.serin.server.control.Wants.release;
import static dev.serin.server.control.Wants.service;
import static org.assertj.core.api.Assertions.assertThat;

import dev.serin.policy.Analysis;
import dev.serin.policy.ResourceName;
import dev.serin.rollout.Event;
import dev.serin.rollout.Phase;
import dev.serin.server.control.Outcome.Kind;
import org.junit.jupiter.api.Test;

/** What becomes of stable, of drafts, and of resources that are applied again. */
class RulesTest {
  private final Bench bench = new Bench();

  private void promoted() {
    bench.baking(Analysis.OFF);
    bench.done(bench.verb(V2, (at, by) -> new Event.Promote(at, by, true, false)));
    bench.turn().in(V2, Phase.SUCCEEDED);
    assertThat(bench.stable()).isEqualTo("v2");
  }

  @Test
  void anOldInitialStableChangesNothingAndSaysSo() {
    promoted();
    int commits = bench.store.commits.size();
    var applied = bench.done(bench.apply(service("v1", "v2", "v3")));
    assertThat(applied.getFirst().changed()).isFalse();
    assertThat(applied.getFirst().note()).contains("initialStable v1", "stable is v2");
    assertThat(bench.stable()).isEqualTo("v2");
    assertThat(bench.store.commits).hasSize(commits);
  }

  /**
   * The fleet's answer was told only when it differed from the one before: of no proxies at all
   * there was never any news, and a rollout that was aborted before its first proxy stayed on its
   * way back for ever.
   */
  @Test
  void anAbortWithoutAnyProxyEndsOnceNoneCanBeOnItsWayBack() {
    bench.started(Analysis.OFF);
    bench.done(bench.abort(V2));
    bench.in(V2, Phase.ROLLING_BACK);
    bench.turns(31).in(V2, Phase.ROLLED_BACK);
  }

  @Test
  void setStableMovesStableOnlyWhereNoRolloutDoes() {
    promoted();
    assertThat(bench.refused(bench.control.setStable(CHECKOUT, "v1", ANN, false)).reason())
        .contains("kept warm", "`rollback`");
    bench.turns(31 * 60);
    assertThat(bench.refused(bench.control.setStable(CHECKOUT, "v9", ANN, false)).reason())
        .contains("v9", "[v1, v2, v3]");
    bench.done(bench.control.setStable(CHECKOUT, "v3", ANN, false));
    assertThat(bench.stable()).isEqualTo("v3");
    assertThat(bench.published.getLast().service(CHECKOUT).orElseThrow().stable()).isEqualTo("v3");
    int commits = bench.store.commits.size();
    bench.done(bench.control.setStable(CHECKOUT, "v3", ANN, false));
    assertThat(bench.store.commits).hasSize(commits);
  }

  @Test
  void aServiceKeepsTheVersionsThatARolloutComesFromAndGoesTo() {
    promoted();
    assertThat(bench.refused(bench.apply(service("v2", "v3"))).reason())
        .contains("lacks v1", "goes back to");
    bench.turns(31 * 60);
    bench.done(bench.apply(service("v2", "v3")));
  }

  @Test
  void aDraftWaitsForStart() {
    bench.done(bench.apply(service("v1", "v2"), policy(Analysis.OFF), release(V2, "v2", true)));
    bench.turns(5).in(V2, Phase.PENDING);
    assertThat(bench.publishedWeight(V2)).isZero();
    bench.done(bench.control.start(V2, ANN, false));
    bench.in(V2, Phase.PROGRESSING);
    assertThat(bench.refused(bench.control.start(V2, ANN, false)).reason()).contains("PROGRESSING");
  }

  /**
   * A draft used to keep the stable version of the day it was written: started after another
   * release, it would have moved everybody back to that.
   */
  @Test
  void aDraftComesFromTheVersionThatIsStableWhenItStarts() {
    bench.done(
        bench.apply(service("v1", "v2", "v3"), policy(Analysis.OFF), release(V3, "v3", true)));
    bench.done(bench.control.setStable(CHECKOUT, "v2", ANN, false));
    bench.done(bench.apply(policy(Analysis.OFF, 200_000, 1_000_000)));
    bench.done(bench.control.start(V3, ANN, false));
    assertThat(bench.state(V3).from()).isEqualTo("v2");
    assertThat(bench.weight(V3)).as("by the policy of its start").isEqualTo(200_000);
    bench.assertGapless(V3);
  }

  @Test
  void aDraftToWhatIsStableByNowIsRefused() {
    bench.done(bench.apply(service("v1", "v2"), policy(Analysis.OFF), release(V2, "v2", true)));
    bench.done(bench.control.setStable(CHECKOUT, "v2", ANN, false));
    assertThat(bench.refused(bench.control.start(V2, ANN, false)).reason())
        .contains("v2 is stable already");
    bench.in(V2, Phase.PENDING);
  }

  /** It made the other one give way, and before its turn came somebody moved stable. */
  @Test
  void aRolloutThatHasNothingToReleaseAnyMoreIsOverAndSaysWhy() {
    bench.baking(Analysis.OFF);
    bench.done(bench.apply(release(V3, "v3")));
    bench.in(V2, Phase.SUPERSEDED).in(V3, Phase.PENDING);
    bench.done(bench.control.setStable(CHECKOUT, "v3", ANN, false));
    bench.turn().in(V3, Phase.ROLLED_BACK);
    assertThat(bench.state(V3).reason()).contains("v3 is stable already", "`apply`");
  }

  @Test
  void aControlGroupNeedsEndpointsToTakeItFrom() {
    bench.done(bench.apply(service("v1", "v2"), Wants.policyWithControlGroup()));
    assertThat(bench.refused(bench.apply(release(V2, "v2"))).reason())
        .isEqualTo(
            "shop/checkout-v2: baseline of version v1: 1 endpoint (expected: at least 2, one stays"
                + " in stable)");
  }

  /**
   * A version in a cluster that no base brings took its share of requests to nowhere: 503 for half
   * of them, no statistics of the canary, and a step that was left for want of traffic.
   */
  @Test
  void aVersionInAClusterThatNobodyHasGetsNoTraffic() {
    var half = Wants.withBaseCluster("v1", "v2", "outbound|80|v2|checkout", "v1", "v2");
    bench.done(bench.apply(half, policy(Analysis.OFF)));
    assertThat(bench.refused(bench.apply(release(V2, "v2"))).reason())
        .contains("versions.v2.envoyCluster: outbound|80|v2|checkout", "endpoints or dns");
    assertThat(bench.refused(bench.control.setStable(CHECKOUT, "v2", ANN, false)).reason())
        .contains("envoyCluster");
    assertThat(
            bench.refused(bench.apply(Wants.withBaseCluster("v1", "v1", "x", "v1", "v2"))).reason())
        .contains("versions.v1.envoyCluster: x");
    bench.done(bench.apply(service("v1", "v2"), release(V2, "v2")));
    assertThat(bench.refused(bench.apply(half)).reason()).contains("versions.v2.envoyCluster");
    bench.done(bench.abort(V2));
    bench.fleetAcks().turn().in(V2, Phase.ROLLED_BACK);
    bench.done(bench.apply(half));
    assertThat(bench.refused(bench.verb(V2, Event.Retry::new)).reason()).contains("envoyCluster");
  }

  @Test
  void aForgottenDraftIsSpokenOf() {
    bench.done(bench.apply(service("v1", "v2"), policy(Analysis.OFF), release(V2, "v2", true)));
    bench.now = bench.now.plus(java.time.Duration.ofHours(73));
    bench.turn().in(V2, Phase.PENDING);
    assertThat(bench.journal(V2)).containsExactly("Created", "Tick");
    bench.turns(60);
    assertThat(bench.journal(V2)).hasSize(2);
  }

  @Test
  void applyingADraftWithoutTheWordDraftStartsIt() {
    bench.done(bench.apply(service("v1", "v2"), policy(Analysis.OFF), release(V2, "v2", true)));
    bench.done(bench.apply(release(V2, "v2", false)));
    bench.in(V2, Phase.PROGRESSING);
  }

  @Test
  void theSameNameWithAnotherVersionIsRefused() {
    bench.baking(Analysis.OFF);
    Outcome.Refused<?> refused = bench.refused(bench.apply(release(V2, "v3")));
    assertThat(refused.kind()).isEqualTo(Kind.ALREADY_EXISTS);
    var again = bench.done(bench.apply(release(V2, "v2")));
    assertThat(again.getFirst().changed()).isFalse();
    assertThat(again.getFirst().note()).isEmpty();
  }

  @Test
  void aRolledBackRolloutBeginsAgainOnlyFromTheSameStable() {
    bench.baking(Analysis.OFF);
    bench.done(bench.abort(V2));
    bench.turn().in(V2, Phase.ROLLED_BACK);
    var again = bench.done(bench.apply(release(V2, "v2")));
    assertThat(again.getFirst().note()).contains("ROLLED_BACK", "`retry`");
    bench.done(bench.control.setStable(CHECKOUT, "v3", ANN, false));
    assertThat(bench.refused(bench.verb(V2, Event.Retry::new)).reason())
        .contains("stable is v3 now and was v1");
    bench.done(bench.control.setStable(CHECKOUT, "v1", ANN, false));
    bench.done(bench.verb(V2, Event.Retry::new));
    bench.in(V2, Phase.PROGRESSING);
  }

  @Test
  void aDeletedPolicyIsStillThatOfItsRunningRollouts() {
    bench.baking(Analysis.OFF);
    ResourceName quick = new ResourceName("shop", "quick");
    bench.done(bench.control.deletePolicy(quick, ANN, false));
    assertThat(bench.loop.catalog().policy(quick)).isEmpty();
    assertThat(bench.state(V2).policy().name()).isEqualTo(quick);
    assertThat(bench.refused(bench.apply(release(V3, "v3"))).reason()).contains("spec.policy");
  }
}
