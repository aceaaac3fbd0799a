package dev.serin.rollout;

import static dev.serin.rollout.Policies.HOLD;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What people can ask for. */
class VerbsTest {

  private static final List<Phase> RUNNING =
      List.of(Phase.WAITING, Phase.PROGRESSING, Phase.HOLDING, Phase.PROMOTING);

  @Test
  void pauseAndResumeUndoEachOther() {
    for (Phase phase : RUNNING) {
      Drive drive = Drive.reach(phase, new Policies());
      Split split = drive.state.split();
      drive.pause().in(Phase.PAUSED).took(Move.STOP);
      assertThat(drive.state.split()).isEqualTo(split);
      drive.resume().in(phase).took(Move.CONTINUE);
      assertThat(drive.state.split()).isEqualTo(split);
    }
  }

  @Test
  void pausedStepNeitherAdvancesNorBakes() {
    Drive drive = Drive.baking(new Policies()).pause();
    for (int i = 0; i < 30; i++) {
      drive.healthyWindow().in(Phase.PAUSED);
    }
    drive.resume();
    for (int i = 0; i < 5; i++) {
      drive.healthyWindow().at(1, 50_000);
    }
    drive.healthyWindow().at(2, 250_000);
  }

  @Test
  void fleetMayConvergeDuringAPause() {
    Drive drive = Drive.started(new Policies()).pause().tick(3600).in(Phase.PAUSED);
    drive.acks().took(Move.CONVERGED).in(Phase.PAUSED).resume();
    assertThat(drive.state.stage()).isInstanceOf(Stage.Baking.class);
  }

  @Test
  void promotionThatConvergedDuringAPauseSucceedsAfterIt() {
    Drive drive = Drive.reach(Phase.PROMOTING, new Policies()).pause().acks().in(Phase.PAUSED);
    drive.resume().in(Phase.PROMOTING).tick(1).in(Phase.SUCCEEDED).took(Move.SUCCEED);
  }

  @Test
  void promoteEndsThePresentWait() {
    for (Phase phase : List.of(Phase.WAITING, Phase.PROGRESSING, Phase.HOLDING, Phase.PAUSED)) {
      Drive next = Drive.reach(phase, new Policies()).promote().in(Phase.PROGRESSING);
      next.at(2, 250_000).took(Move.NEXT_STEP);
      Drive all = Drive.reach(phase, new Policies()).promoteFull().in(Phase.PROMOTING);
      all.at(3, 1_000_000).took(Move.NEXT_STEP);
    }
    Drive.baking(new Policies()).promote().promote().promote().in(Phase.PROMOTING);
  }

  @Test
  void promoteIsRefusedAgainstTheEvidenceUnlessForced() {
    Drive drive = Drive.baking(new Policies().metrics(HOLD)).harmUntilMoved();
    drive.promote().refusedWith("rollback").heldFor(HoldCause.HARM);
    drive.promoteByForce().in(Phase.PROGRESSING).at(2, 250_000);
    drive.acks().harmUntilMoved().heldFor(HoldCause.HARM);
  }

  @Test
  void promoteIsRefusedWithoutEndpointsUnlessForced() {
    Drive drive = Drive.baking(new Policies()).capacity(0, 10).promote().refusedWith("abort");
    drive.promoteByForce().in(Phase.PROGRESSING);
  }

  @Test
  void promoteIsRefusedWhereTheFleetRefused() {
    Drive drive = Drive.baking(new Policies().nack(HOLD)).refuses();
    drive.promote().refusedWith("retry").promoteByForce().at(2, 250_000);
  }

  @Test
  void heldPromotionIsFinishedByForceOnly() {
    Drive drive = Drive.reach(Phase.PROMOTING, new Policies()).promote().refusedWith("pause");
    drive.tick(30).heldFor(HoldCause.NO_PROXIES).promote().refusedWith("retry");
    drive.promoteByForce().in(Phase.SUCCEEDED).took(Move.SUCCEED);
    Drive paused = Drive.reach(Phase.PROMOTING, new Policies()).tick(30).pause();
    paused.promoteByForce().in(Phase.SUCCEEDED).took(Move.SUCCEED);
  }

  @Test
  void pausedAndHarmfulPromotionsGoOn() {
    Drive paused = Drive.reach(Phase.PROMOTING, new Policies()).pause().promote();
    paused.in(Phase.PROMOTING).took(Move.NEXT_STEP);
    Drive harmful = Drive.reach(Phase.PROMOTING, new Policies().metrics(HOLD)).harmUntilMoved();
    harmful.promote().refusedWith("rollback").promoteByForce().in(Phase.PROMOTING);
  }

  @Test
  void setWeightActsAtOnceAndResumeGoesOnAboveIt() {
    for (Phase phase :
        List.of(Phase.WAITING, Phase.PROGRESSING, Phase.HOLDING, Phase.PAUSED, Phase.PROMOTING)) {
      Drive drive = Drive.reach(phase, new Policies()).setWeight(100_000).in(Phase.PAUSED);
      drive.took(Move.SET_WEIGHT);
      assertThat(drive.state.split().weightPpm()).isEqualTo(100_000);
      assertThat(drive.last.effects()).anyMatch(Effect.Publish.class::isInstance);
      drive.acks().healthyWindow().tick(3600).in(Phase.PAUSED);
    }
    Drive drive = Drive.baking(new Policies()).setWeight(100_000);
    assertThat(drive.state.reason()).contains("`resume` goes on at step 2 of 3");
    drive.resume().took(Move.STEP_ABOVE).at(2, 250_000).in(Phase.PROGRESSING);
  }

  @Test
  void loweringByHandIsUrgent() {
    Drive drive = Drive.baking(new Policies()).setWeight(0);
    Effect.Publish publish =
        (Effect.Publish) drive.last.effects().stream().findFirst().orElseThrow();
    assertThat(publish.urgent()).isTrue();
    assertThat(publish.plan().exposesCanary()).isFalse();
    drive.resume().at(1, 50_000);
  }

  @Test
  void aboveAllStepsResumeGoesOnAtTheLast() {
    Drive.baking(new Policies()).setWeight(1_000_000).resume().at(3, 980_000);
  }

  @Test
  void resumeAfterSetWeightWaitsForEndpoints() {
    Drive drive = Drive.baking(new Policies()).capacity(1, 10).setWeight(60_000).resume();
    drive.in(Phase.WAITING).took(Move.WAIT);
  }

  @Test
  void weightSetByHandThatTheFleetRefusesCanBeTriedAgain() {
    Drive drive = Drive.baking(new Policies().nack(HOLD)).setWeight(100_000).refuses();
    drive.in(Phase.PAUSED).heldFor(HoldCause.NACKED).resume().in(Phase.HOLDING);
    assertThat(drive.state.split().weightPpm()).isEqualTo(50_000);
    drive.retry().in(Phase.PROGRESSING).at(2, 250_000);
  }

  @Test
  void setWeightDoesNotRaiseWhatDoesHarm() {
    Drive drive = Drive.baking(new Policies().metrics(HOLD)).harmUntilMoved();
    drive.setWeight(60_000).refusedWith("rollback").setWeight(10_000).in(Phase.PAUSED);
    drive.heldFor(HoldCause.HARM).resume().in(Phase.HOLDING);
    Drive.baking(new Policies()).capacity(0, 9).setWeight(60_000).refusedWith("set-weight");
  }

  @Test
  void abortAndRollbackWorkFromEverywhere() {
    for (Phase phase : Phases.WITH_TRAFFIC) {
      Drive abort = Drive.reach(phase, new Policies()).abort();
      Drive rollback = Drive.reach(phase, new Policies()).rollback();
      for (Drive drive : List.of(abort, rollback)) {
        drive.in(Phase.ROLLING_BACK).took(Move.ROLL_BACK);
        Effect.Publish publish = (Effect.Publish) drive.last.effects().getFirst();
        assertThat(publish.urgent()).isTrue();
        assertThat(publish.plan().exposesCanary()).isFalse();
        assertThat(drive.state.stable()).isEqualTo("v1");
      }
    }
  }

  /** People read these aloud: "ann rolled back it". */
  @Test
  void whoDidWhatIsASentence() {
    Drive drive = Drive.reach(Phase.PROGRESSING, new Policies());
    assertThat(drive.state.reason()).contains(" started it at ");
    assertThat(drive.rollback().state.reason()).contains(" rolled it back; ");
    assertThat(Drive.reach(Phase.PAUSED, new Policies()).abort().state.reason())
        .contains(" aborted it; ");
    drive.report(new ClusterConvergence(3, 3, 0, 0, 0)).in(Phase.ROLLED_BACK);
    assertThat(drive.retry().state.reason()).contains(" started it again at ");
  }

  @Test
  void abortBeforeAnythingWasPublishedIsOverAtOnce() {
    for (int i = 0; i < 3; i++) {
      Drive a = new Drive(new Policies().build());
      Drive b = new Drive(new Policies().build());
      for (Drive drive : List.of(a, b)) {
        if (i > 0) {
          drive.capacity(0, 9).start().in(Phase.WAITING);
        }
        if (i > 1) {
          drive.pause();
        }
      }
      a.abort().in(Phase.ROLLED_BACK).took(Move.NOTHING_OUT);
      b.rollback().in(Phase.ROLLED_BACK).took(Move.NOTHING_OUT);
    }
    Drive never = new Drive(new Policies().build()).abort();
    assertThat(never.state.reason()).contains("`apply`").doesNotContain("`retry`");
    never.retry().refusedWith("apply");
  }

  @Test
  void rollbackEndsWhenEveryKnownProxyHasConfirmed() {
    Drive drive = Drive.baking(new Policies()).abort();
    drive.report(new ClusterConvergence(2, 2, 0, 0, 1)).in(Phase.ROLLING_BACK);
    assertThat(drive.state.reason()).contains("1 unreached");
    drive.tick(30).took(Move.REMIND_UNREACHED).tick(30);
    assertThat(drive.last.row()).isEmpty();
    drive.report(new ClusterConvergence(2, 1, 0, 1, 0)).in(Phase.ROLLING_BACK);
    drive.abort().refusedWith("retry");
    drive.report(new ClusterConvergence(2, 2, 0, 0, 0)).in(Phase.ROLLED_BACK);
    assertThat(drive.last.effects()).contains(new Effect.Finished(Effect.Outcome.ROLLED_BACK));
    assertThat(drive.state.plan()).isEmpty();
    drive.replays();
  }

  @Test
  void retryStartsAgainAfterARollback() {
    Drive drive = Drive.baking(new Policies()).harmUntilMoved().acks().in(Phase.ROLLED_BACK);
    drive.retry().in(Phase.PROGRESSING).took(Move.BEGIN_AGAIN).at(1, 50_000);
    drive.acks().healthyUntilMoved().at(2, 250_000);
    Drive none = Drive.baking(new Policies()).capacity(0, 9).abort().acks().retry();
    none.in(Phase.WAITING).took(Move.WAIT);
    Drive back = Drive.baking(new Policies()).capacity(0, 9).abort().acks().capacity(5, 9);
    back.in(Phase.ROLLED_BACK).retry().in(Phase.PROGRESSING);
  }

  @Test
  void retryPublishesAHeldStepAgain() {
    Drive step = Drive.started(new Policies()).tick(30).in(Phase.HOLDING).retry();
    step.in(Phase.PROGRESSING).took(Move.STEP_AGAIN).at(1, 50_000);
    Drive promotion = Drive.reach(Phase.PROMOTING, new Policies()).tick(30).retry();
    promotion.in(Phase.PROMOTING).took(Move.STEP_AGAIN);
    Drive.baking(new Policies()).retry().refusedWith("pause");
    Drive.baking(new Policies().metrics(HOLD)).harmUntilMoved().retry().refusedWith("rollback");
    Drive.baking(new Policies()).capacity(0, 9).retry().refusedWith("abort");
    Drive.reach(Phase.WAITING, new Policies()).capacity(0, 9).retry().refusedWith("abort");
    Drive.reach(Phase.WAITING, new Policies()).tick(60).retry().refusedWith("promote");
  }

  @Test
  void anotherRolloutTakesThePlace() {
    for (Phase phase : RUNNING) {
      Drive drive = Drive.reach(phase, new Policies()).supersede().in(Phase.SUPERSEDED);
      assertThat(((Effect.Publish) drive.last.effects().getFirst()).urgent()).isTrue();
      assertThat(drive.state.plan()).isEmpty();
    }
    Drive.reach(Phase.PAUSED, new Policies()).supersede().in(Phase.SUPERSEDED);
    new Drive(new Policies().build()).supersede().in(Phase.SUPERSEDED).start().refusedWith("start");
    Drive.baking(new Policies())
        .abort()
        .supersede()
        .in(Phase.SUPERSEDED)
        .supersede()
        .refusedWith("start");
    Drive kept = Drive.reach(Phase.SUCCEEDED, new Policies()).supersede().in(Phase.SUCCEEDED);
    assertThat(kept.state.isOver()).isTrue();
    assertThat(kept.state.stable()).isEqualTo("v2");
    kept.rollback().refusedWith("start").abort().refusedWith("start");
  }

  @Test
  void theSameRequestAgainDoesNothing() {
    Drive drive = Drive.baking(new Policies());
    By by = new By("ann", "looks odd", "r-1");
    drive.apply(new Event.Pause(drive.now, by)).in(Phase.PAUSED).resume();
    RolloutState before = drive.state;
    drive.apply(new Event.Pause(drive.now, by)).in(Phase.PROGRESSING);
    assertThat(drive.state).isEqualTo(before);
    assertThat(drive.last.refusal()).isEmpty();
  }

  @Test
  void everyDecisionKeepsActorAndReason() {
    Drive drive = Drive.baking(new Policies());
    drive.apply(new Event.Pause(drive.now, new By("ann", "looks odd", "")));
    assertThat(drive.state.decided().actor()).isEqualTo("ann");
    assertThat(drive.state.reason()).startsWith("ann (looks odd) paused it; ");
    assertThat(RolloutStatus.of(drive.state).actor()).isEqualTo("ann");
  }

  @Test
  void whatMakesNoSenseIsRefusedWithTheVerbThatDoes() {
    Drive pending = new Drive(new Policies().build());
    pending.pause().refusedWith("start").promote().refusedWith("start");
    pending.resume().refusedWith("start").setWeight(1).refusedWith("start");
    pending.retry().refusedWith("start");
    Drive baking = Drive.baking(new Policies()).resume().refusedWith("pause");
    baking.start().refusedWith("pause").setWeight(-1).refusedWith("set-weight");
    baking.pause().pause().refusedWith("resume").retry().refusedWith("resume");
    Drive back = Drive.baking(new Policies()).abort().pause().refusedWith("retry");
    back.acks().in(Phase.ROLLED_BACK).promote().refusedWith("retry");
    back.rollback().refusedWith("retry");
  }

  @Test
  void statusShowsStepSplitAndClusters() {
    RolloutStatus status = RolloutStatus.of(Drive.baking(new Policies()).state);
    assertThat(status.step().orElseThrow()).isEqualTo(new RolloutStatus.StepStatus(1, 3, "5%"));
    assertThat(status.splitPpm()).isEqualTo(50_000);
    assertThat(status.clusters().getFirst().convergence())
        .isEqualTo(new ClusterConvergence(3, 3, 0, 0, 0));
    assertThat(status.nextTransition()).isPresent();
    assertThat(RolloutStatus.of(Drive.reach(Phase.WAITING, new Policies()).state).step())
        .hasValue(new RolloutStatus.StepStatus(2, 3, "25%"));
  }
}
