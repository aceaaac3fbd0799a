package dev.serin.server.control;

import static dev.serin.server.control.Bench.ANN;
import static dev.serin.server.control.Bench.CHECKOUT;
import static dev.serin.server.control.Bench.V2;
import static dev.serin.server.control.Bench.V3;
import static dev.serin.server.control.Wants.ERRORS;
import static dev.serin.server.control.Wants.policy;
import static dev.serin.server.control.Wants.release;
import static dev.serin.server.control.Wants.service;
import static org.assertj.core.api.Assertions.assertThat;

import dev.serin.policy.Analysis;
import dev.serin.policy.ResourceName;
import dev.serin.rollout.By;
import dev.serin.rollout.ClusterConvergence;
import dev.serin.rollout.Event;
import dev.serin.rollout.Phase;
import dev.serin.server.control.Outcome.Kind;
import dev.serin.spi.Batch;
import java.util.List;
import org.junit.jupiter.api.Test;

class ControlLoopTest {
  private final Bench bench = new Bench();

  @Test
  void aRolloutGoesFromStartToANewStableVersion() {
    bench.baking(ERRORS);
    assertThat(bench.weight(V2)).isEqualTo(100_000);
    assertThat(bench.stable()).isEqualTo("v1");
    for (int i = 0; i < 200 && bench.state(V2).phase() == Phase.PROGRESSING; i++) {
      bench.window(V2, 5_000, 0, 20_000).turn();
    }
    bench.turn().in(V2, Phase.SUCCEEDED);
    assertThat(bench.stable()).isEqualTo("v2");
    assertThat(bench.live(V2).tally().canaryRequests()).isPositive();
    bench.turns(31 * 60);
    assertThat(bench.state(V2).isOver()).isTrue();
    assertThat(bench.published.getLast().service(CHECKOUT).orElseThrow().stable()).isEqualTo("v2");
    assertThat(bench.watched).isEmpty();
  }

  @Test
  void nothingIsPublishedBeforeItIsStoredAndATurnIsOneCommit() {
    bench.events.clear();
    bench.started(ERRORS);
    assertThat(bench.events).containsExactly("commit", "watch", "publish", "told 1");
    bench.fleetAcks();
    bench.window(V2, 100, 0, 900).window(V2, 100, 0, 900);
    bench.events.clear();
    bench.turn();
    assertThat(bench.events).filteredOn("commit"::equals).hasSize(1);
    assertThat(bench.journal(V2))
        .containsExactly(
            "Created",
            "CapacityReported",
            "Started",
            "Observed",
            "Observed",
            "ConvergenceReported");
  }

  /**
   * A turn that puts a split in force used to ask the fleet about it before it was published: every
   * proxy had acknowledged what it was served, the split of before, and the new step counted as
   * converged without a single proxy having seen it.
   */
  @Test
  void theFleetIsNotAskedAboutASplitThatWasNotPublished() {
    bench.fleetAcks();
    bench.started(Analysis.OFF); // the fake refuses to be asked about what was not published
    assertThat(bench.state(V2).clusters()).isEmpty();
    bench.turn();
    assertThat(bench.state(V2).clusters()).isNotEmpty();
  }

  @Test
  void anIdleRolloutWritesNothing() {
    bench.baking(Analysis.OFF);
    bench.done(bench.verb(V2, Event.Pause::new));
    int commits = bench.store.commits.size();
    int publishes = bench.published.size();
    for (int i = 0; i < 500; i++) {
      bench.now = bench.now.plusMillis(100);
      bench.turn();
    }
    assertThat(bench.store.commits).hasSize(commits);
    assertThat(bench.published).hasSize(publishes);
  }

  @Test
  void aStepWithoutEvidenceWritesNothingUntilATimerIsDue() {
    bench.baking(ERRORS);
    int commits = bench.store.commits.size();
    bench.turns(50); // past the bake, before onMetricsLost
    assertThat(bench.store.commits).hasSize(commits);
    bench.turns(20).in(V2, Phase.HOLDING);
    assertThat(bench.journal(V2)).endsWith("Tick");
    int held = bench.store.commits.size();
    bench.turns(600);
    assertThat(bench.store.commits).hasSize(held);
  }

  @Test
  void aRefusedCommandChangesNothing() {
    bench.baking(Analysis.OFF);
    Catalog before = bench.loop.catalog();
    int commits = bench.store.commits.size();
    assertThat(bench.refused(bench.verb(V2, Event.Resume::new)).kind())
        .isEqualTo(Kind.FAILED_PRECONDITION);
    assertThat(bench.refused(bench.verb(V3, Event.Pause::new)).kind()).isEqualTo(Kind.NOT_FOUND);
    assertThat(bench.loop.catalog()).isEqualTo(before);
    assertThat(bench.store.commits).hasSize(commits);
  }

  @Test
  void ofSeveralResourcesAllAreAppliedOrNone() {
    Outcome.Refused<?> refused =
        bench.refused(bench.apply(service("v1", "v2"), policy(Analysis.OFF), release(V2, "v9")));
    assertThat(refused.reason()).contains("spec.to: v9", "[v1, v2]");
    assertThat(bench.loop.catalog()).isEqualTo(Catalog.EMPTY);
    assertThat(bench.store.commits).isEmpty();
  }

  @Test
  void aRefusedCommandDoesNotTouchTheOthersOfItsTurn() {
    var refused = bench.apply(release(V2, "v2"));
    var applied = bench.apply(service("v1", "v2"));
    var note = bench.control.setStable(CHECKOUT, "v7", ANN, false);
    bench.turn();
    assertThat(refused.join()).isInstanceOf(Outcome.Refused.class);
    assertThat(applied.join()).isInstanceOf(Outcome.Done.class);
    assertThat(note.join()).isInstanceOf(Outcome.Refused.class);
    assertThat(bench.store.commits).hasSize(1);
    assertThat(bench.stable()).isEqualTo("v1");
  }

  @Test
  void aCommandThatRunsIntoABugFailsAlone() {
    bench.baking(Analysis.OFF);
    var broken =
        bench.control.command(
            V2,
            false,
            at -> {
              throw new IllegalStateException("test: a bug");
            });
    var fine = bench.verb(V2, Event.Pause::new);
    bench.turn();
    assertThat(broken).isCompletedExceptionally();
    assertThat(fine.join()).isInstanceOf(Outcome.Done.class);
    bench.in(V2, Phase.PAUSED);
  }

  @Test
  void checkingOnlyChangesNothing() {
    var checked =
        bench.control.apply(
            List.of(service("v1", "v2"), policy(Analysis.OFF), release(V2, "v2")), ANN, true);
    assertThat(bench.done(checked)).hasSize(3);
    assertThat(bench.loop.catalog()).isEqualTo(Catalog.EMPTY);
    assertThat(bench.store.commits).isEmpty();
  }

  @Test
  void theSameRequestIdIsFollowedOnce() {
    bench.baking(Analysis.OFF);
    By first = new By("ann", "", "id-1");
    bench.done(bench.verb(V2, first, Event.Pause::new));
    bench.done(bench.verb(V2, new By("ann", "", "id-2"), Event.Resume::new));
    int commits = bench.store.commits.size();
    bench.done(bench.verb(V2, first, Event.Pause::new));
    bench.in(V2, Phase.PROGRESSING);
    assertThat(bench.store.commits).hasSize(commits);
  }

  @Test
  void aRefusalOfTheFleetIsTheRolloutsReason() {
    bench.started(Analysis.OFF);
    bench.refusals.add(new Serving.Refused(CHECKOUT, "envoy-7", "default", "no such filter"));
    bench.answer = new ClusterConvergence(3, 1, 2, 0, 0);
    bench.turn().in(V2, Phase.ROLLING_BACK);
    assertThat(bench.state(V2).reason()).contains("envoy-7", "no such filter");
    assertThat(bench.publishedWeight(V2)).isZero();
  }

  @Test
  void aNewerRolloutTakesTheOldOnesPlaceByWayOfZero() {
    bench.baking(Analysis.OFF);
    bench.answer = null;
    bench.done(bench.apply(release(V3, "v3")));
    bench.in(V2, Phase.SUPERSEDED).in(V3, Phase.PENDING);
    assertThat(bench.publishedWeight(V2)).isZero();
    assertThat(bench.publishedWeight(V3)).isZero();
    bench.turn().in(V3, Phase.PROGRESSING);
    assertThat(bench.publishedWeight(V3)).isEqualTo(100_000);
    assertThat(bench.state(V3).from()).isEqualTo("v1");
    assertThat(bench.watched).containsOnlyKeys(V3);
  }

  @Test
  void publishingThatFailsIsTriedAgain() {
    bench.done(bench.apply(service("v1", "v2"), policy(Analysis.OFF)));
    bench.publishFails = true;
    bench.done(bench.apply(release(V2, "v2")));
    assertThat(bench.loop.trouble()).isPresent();
    assertThat(bench.published.getLast().rollouts()).isEmpty();
    bench.publishFails = false;
    bench.turns(1);
    assertThat(bench.publishedWeight(V2)).isEqualTo(100_000);
  }

  @Test
  void aDeletedRolloutIsForgottenAndItsNameCanBeUsedAgain() {
    bench.baking(Analysis.OFF);
    assertThat(bench.refused(bench.control.deleteRollout(V2, false, ANN, false)).reason())
        .contains("`--abort`");
    bench.done(bench.control.deleteRollout(V2, true, ANN, false));
    assertThat(bench.loop.catalog().rollouts()).isEmpty();
    assertThat(bench.watched).isEmpty();
    assertThat(bench.published.getLast().rollouts()).isEmpty();
    bench.answer = null;
    bench.done(bench.apply(release(V2, "v3")));
    assertThat(bench.state(V2).spec().to()).isEqualTo("v3");
    bench.assertGapless(V2);
    assertThat(bench.journal(V2)).contains("Deleted");
    for (Batch batch : bench.store.commits) {
      assertThat(batch.isEmpty()).isFalse();
    }
  }

  @Test
  void aServiceThatARolloutNeedsIsNotDeleted() {
    bench.started(Analysis.OFF);
    assertThat(bench.refused(bench.control.deleteService(CHECKOUT, ANN, false)).kind())
        .isEqualTo(Kind.FAILED_PRECONDITION);
    bench.done(bench.control.deleteRollout(V2, true, ANN, false));
    bench.done(bench.control.deleteService(CHECKOUT, ANN, false));
    assertThat(bench.refused(bench.control.deleteService(CHECKOUT, ANN, false)).kind())
        .isEqualTo(Kind.NOT_FOUND);
    assertThat(bench.loop.catalog().services()).isEmpty();
  }

  @Test
  void twoServicesWithOneHostAndPortAreRefused() {
    bench.done(bench.apply(service("v1", "v2")));
    ResourceName other = new ResourceName("shop", "cart");
    Outcome.Refused<?> refused = bench.refused(bench.apply(service(other, "checkout", "v1", "v2")));
    assertThat(refused.kind()).isEqualTo(Kind.INVALID);
    assertThat(refused.reason()).contains("checkout", "8080", "shop/checkout");
    bench.done(bench.apply(service(other, "cart", "v1", "v2")));
  }
}
