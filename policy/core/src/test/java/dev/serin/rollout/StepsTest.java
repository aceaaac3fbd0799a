package dev.serin.rollout;

import static dev.serin.rollout.Policies.HOLD;
import static dev.serin.rollout.Policies.cohort;
import static dev.serin.rollout.Policies.least;
import static dev.serin.rollout.Policies.weight;
import static org.assertj.core.api.Assertions.assertThat;

import dev.serin.policy.Analysis;
import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.CanaryPolicy.OnInconclusive;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The way up. */
class StepsTest {

  @Test
  void goodReleaseGoesThroughAllStepsToStable() {
    Drive drive = Drive.started(new Policies()).at(1, 50_000).took(Move.BEGIN);
    drive.acks().took(Move.CONVERGED).healthyUntilMoved().took(Move.ADVANCE).at(2, 250_000);
    drive.acks().healthyUntilMoved().at(3, 980_000);
    drive.acks().healthyUntilMoved().in(Phase.PROMOTING).at(3, 1_000_000);
    assertThat(drive.state.stable()).isEqualTo("v1");
    drive.acks().in(Phase.SUCCEEDED).took(Move.SUCCEED);
    assertThat(drive.last.effects())
        .contains(new Effect.SetStable(drive.state.spec().service(), "v2"));
    assertThat(drive.state.plan()).isPresent();
    drive.tick(Duration.ofMinutes(31)).took(Move.COOL).in(Phase.SUCCEEDED);
    assertThat(drive.state.isOver()).isTrue();
    assertThat(drive.state.plan()).isEmpty();
    assertThat(drive.last.effects()).containsExactly(new Effect.Finished(Effect.Outcome.PROMOTED));
    drive.replays();
  }

  @Test
  void bakeStartsAtConvergenceAndNotBefore() {
    Drive drive = Drive.started(new Policies());
    for (int i = 0; i < 2; i++) {
      drive.healthyWindow().in(Phase.PROGRESSING).at(1, 50_000);
    }
    drive.acks();
    for (int i = 0; i < 5; i++) {
      drive.healthyWindow().at(1, 50_000);
    }
    drive.healthyWindow().at(2, 250_000);
  }

  @Test
  void twoOfThreeProxiesAreEnoughAndOneIsNot() {
    Drive drive = Drive.started(new Policies());
    drive.report(new ClusterConvergence(3, 1, 0, 2, 0));
    assertThat(drive.state.stage()).isInstanceOf(Stage.Converging.class);
    drive.report(new ClusterConvergence(3, 2, 0, 1, 0));
    assertThat(drive.state.stage()).isInstanceOf(Stage.Baking.class);
  }

  @Test
  void answersAboutAnotherGenerationMeanNothing() {
    Drive drive = Drive.started(new Policies());
    RolloutState before = drive.state;
    drive.apply(
        new Event.ConvergenceReported(
            drive.now,
            7,
            com.google.common.collect.ImmutableSortedMap.of(
                "default", new ClusterConvergence(3, 3, 0, 0, 0))));
    assertThat(drive.state).isEqualTo(before);
  }

  @Test
  void windowsOfAnotherGenerationAreNoEvidence() {
    Drive drive = Drive.baking(new Policies()).healthyUntilMoved().acks();
    RolloutState before = drive.state;
    drive.apply(
        new Event.Observed(
            drive.now,
            new dev.serin.judge.Window(
                1,
                0,
                Duration.ofSeconds(10),
                50_000,
                com.google.common.collect.ImmutableSortedMap.of(),
                com.google.common.collect.ImmutableSortedMap.of(),
                true)));
    assertThat(drive.state).isEqualTo(before);
  }

  @Test
  void stepWaitsForItsLeastRequests() {
    Drive drive =
        Drive.baking(new Policies().steps(least(50_000, 60, 90_000), weight(1_000_000, 60)));
    for (int i = 0; i < 17; i++) {
      drive.healthyWindow().at(1, 50_000);
    }
    drive.healthyWindow().at(2, 980_000);
  }

  @Test
  void withoutAnalysisTimeAndLeastDecide() {
    Drive drive = Drive.baking(new Policies().analysis(Analysis.OFF));
    drive.tick(59).at(1, 50_000).tick(1).at(2, 250_000).took(Move.ADVANCE);
    drive.acks().tick(60).acks().tick(60).in(Phase.PROMOTING).took(Move.ADVANCE);
  }

  @Test
  void withoutAnalysisAStepWaitsForEndpointsToo() {
    Drive drive = Drive.baking(new Policies().analysis(Analysis.OFF)).capacity(1, 10);
    drive.tick(60).in(Phase.WAITING).took(Move.WAIT).at(1, 50_000);
    drive.capacity(2, 10).tick(0).in(Phase.PROGRESSING).took(Move.ENTER).at(2, 250_000);
  }

  @Test
  void aDarkLaunchCarriesItsCohortOverToTheNextStep() {
    Drive drive =
        Drive.baking(new Policies().steps(cohort("staff", 1_000_000, 60), weight(50_000, 60)));
    assertThat(drive.state.split().weightPpm()).isZero();
    drive
        .state
        .plan()
        .ifPresent(plan -> assertThat(plan.cohortPpm()).containsEntry("staff", 1_000_000));
    drive.promote().at(2, 50_000);
    assertThat(drive.state.split().cohortPpm()).containsEntry("staff", 1_000_000);
    assertThat(drive.state.plan().orElseThrow().cohorts()).containsKey("staff");
  }

  @Test
  void aCohortAtZeroGoesBackToTheSplit() {
    Drive drive =
        Drive.baking(
            new Policies()
                .steps(cohort("staff", 1_000_000, 60), weight(50_000, 60), cohort("staff", 0, 60)));
    drive.promote().promote();
    assertThat(drive.state.split().cohortPpm()).isEmpty();
    assertThat(drive.state.split().weightPpm()).isEqualTo(50_000);
  }

  @Test
  void missingEndpointsKeepARolloutFromStarting() {
    Drive drive = new Drive(new Policies().build()).capacity(0, 10).start();
    drive.in(Phase.WAITING).took(Move.WAIT);
    assertThat(drive.state.plan()).isEmpty();
    assertThat(drive.last.effects()).noneMatch(Effect.Publish.class::isInstance);
    drive.capacity(1, 10).tick(0).in(Phase.PROGRESSING).took(Move.ENTER);
  }

  @Test
  void endpointsThatCameDuringAPauseAreSeenAfterIt() {
    Drive drive = new Drive(new Policies().build()).capacity(0, 10).start().pause();
    drive.capacity(5, 10).in(Phase.PAUSED).resume().in(Phase.WAITING).took(Move.CONTINUE);
    drive.tick(1).in(Phase.PROGRESSING).took(Move.ENTER);
  }

  @Test
  void staleEvidencePublishesNoStepThatWaitedForEndpoints() {
    Drive drive = Drive.reach(Phase.WAITING, new Policies());
    drive.now = drive.now.plusSeconds(90);
    drive.capacity(5, 10).in(Phase.WAITING).at(1, 50_000);
    drive.healthyWindow().tick(0).in(Phase.PROGRESSING).took(Move.ENTER).at(2, 250_000);
  }

  @Test
  void aServiceWithoutRequestsHasShownNothing() {
    Drive drive = Drive.baking(new Policies());
    for (int i = 0; i < 65; i++) {
      drive.window(0, 0, 0, 0).at(1, 50_000).in(Phase.PROGRESSING);
    }
    drive.window(0, 0, 0, 0).took(Move.ADVANCE_LOW_POWER).at(2, 250_000);
  }

  @Test
  void tooLittleTrafficAdvancesFlagged() {
    Drive drive = Drive.baking(new Policies()).poorUntilMoved();
    drive.took(Move.ADVANCE_LOW_POWER).at(2, 250_000);
    assertThat(drive.state.lowPower()).isTrue();
    assertThat(drive.state.reason()).contains("LOW_POWER");
    drive.acks().poorUntilMoved().acks().poorUntilMoved();
    drive.in(Phase.PROMOTING).took(Move.ADVANCE_LOW_POWER);
  }

  @Test
  void tooLittleTrafficHoldsWhereThePolicySaysSoAndGoesOnWithMore() {
    Policies policy = new Policies().inconclusive(OnInconclusive.Then.HOLD);
    Drive drive = Drive.baking(policy).poorUntilMoved().heldFor(HoldCause.INCONCLUSIVE);
    drive.took(Move.HELD_INCONCLUSIVE).healthyUntilMoved().took(Move.ADVANCE).at(2, 250_000);
    drive.acks().healthyUntilMoved().acks().poorUntilMoved();
  }

  @Test
  void heldLastStepIsPromotedWhenHarmIsRuledOut() {
    Policies policy =
        new Policies().steps(weight(1_000_000, 60)).inconclusive(OnInconclusive.Then.HOLD);
    Drive drive = Drive.baking(policy).poorUntilMoved().heldFor(HoldCause.INCONCLUSIVE);
    drive.healthyUntilMoved().in(Phase.PROMOTING).took(Move.ADVANCE);
  }

  @Test
  void heldStepWaitsForEndpointsWhenHarmIsRuledOut() {
    Policies policy = new Policies().inconclusive(OnInconclusive.Then.HOLD);
    Drive drive = Drive.baking(policy).poorUntilMoved().capacity(1, 10);
    drive.healthyUntilMoved().in(Phase.WAITING).took(Move.WAIT);
  }

  @Test
  void inconclusiveAdvancesOrRollsBackWhereThePolicySaysSo() {
    Policies advance = new Policies().inconclusive(OnInconclusive.Then.ADVANCE);
    Drive drive = Drive.baking(advance).poorUntilMoved().took(Move.ADVANCE_INCONCLUSIVE);
    drive.acks().poorUntilMoved().acks().poorUntilMoved();
    drive.in(Phase.PROMOTING).took(Move.ADVANCE_INCONCLUSIVE);
    Policies back = new Policies().inconclusive(OnInconclusive.Then.ROLLBACK);
    Drive.baking(back).poorUntilMoved().in(Phase.ROLLING_BACK).took(Move.ROLL_BACK);
  }

  @Test
  void leastThatIsNotMetHoldsWhateverInconclusiveSays() {
    Policies policy =
        new Policies()
            .steps(least(50_000, 60, 1_000_000), weight(1_000_000, 60))
            .inconclusive(OnInconclusive.Then.ADVANCE);
    Drive.baking(policy).poorUntilMoved().heldFor(HoldCause.INCONCLUSIVE).at(1, 50_000);
  }

  @Test
  void firstStepsWithNextToNoTrafficAreSkipped() {
    Drive drive = new Drive(CanaryPolicy.defaults(Policies.NAME)).start(8);
    drive.at(4, 250_000);
    assertThat(drive.state.ramp().bake(4)).isEqualTo(Duration.ofSeconds(150));
    assertThat(new Drive(CanaryPolicy.defaults(Policies.NAME)).start(0.1).state.step())
        .isEqualTo(4);
    assertThat(new Drive(CanaryPolicy.defaults(Policies.NAME)).start(15).state.step()).isEqualTo(3);
    assertThat(new Drive(CanaryPolicy.defaults(Policies.NAME)).start(500).state.step())
        .isEqualTo(1);
  }

  @Test
  void holdBackIsARequestASecondBetweenTwoAndTenPercent() {
    Policies policy = new Policies().steps(weight(1_000_000, 60));
    assertThat(new Drive(policy.build()).start(20).state.split().weightPpm()).isEqualTo(950_000);
    assertThat(new Drive(policy.build()).start(2).state.split().weightPpm()).isEqualTo(900_000);
    assertThat(new Drive(policy.build()).start(9e9).state.split().weightPpm()).isEqualTo(980_000);
    policy.holdBack = java.util.OptionalInt.of(70_000);
    assertThat(new Drive(policy.build()).start(2).state.split().weightPpm()).isEqualTo(930_000);
  }

  @Test
  void aStepOfTimeAloneNeedsNoTraffic() {
    Drive drive = Drive.baking(new Policies().steps(weight(0, 60), weight(50_000, 60)));
    drive.tick(60).at(2, 50_000).took(Move.ADVANCE);
  }

  @Test
  void onlyStepOfTimeAloneIsPromotedByTime() {
    Drive drive = Drive.baking(new Policies().steps(weight(0, 60)));
    drive.tick(60).in(Phase.PROMOTING).took(Move.ADVANCE);
  }

  @Test
  void everyReasonEndsInWhatIsNextAndCarriesNumbers() {
    Drive drive = Drive.started(new Policies()).acks().healthyUntilMoved().acks();
    assertThat(drive.state.reason())
        .contains("Step 1 of 3 (5%) passed: 30000 canary requests, harm ruled out")
        .contains("it bakes until 2026-11-22T")
        .endsWith("then step 3 of 3 (100%) follows once harm is ruled out.");
  }

  @Test
  void timeDoesNotAdvanceAStepThatHasSeenNoWindow() {
    Drive drive = Drive.baking(new Policies().onTimeout(HOLD));
    for (Duration wait : List.of(Duration.ofSeconds(59), Duration.ofHours(3))) {
      drive.tick(wait).at(1, 50_000);
    }
    drive.heldFor(HoldCause.METRICS_LOST);
  }
}
