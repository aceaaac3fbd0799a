package dev.serin.rollout;

import static dev.serin.rollout.Policies.HOLD;
import static dev.serin.rollout.Policies.HOLD_10M;
import static dev.serin.rollout.Policies.ROLLBACK;
import static org.assertj.core.api.Assertions.assertThat;

import dev.serin.judge.Verdict;
import dev.serin.policy.Analysis;
import dev.serin.policy.CanaryPolicy.OnInconclusive;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Where Serin stops by itself, and how it goes on. */
class StopsTest {

  private static final List<Phase> RUNNING =
      List.of(Phase.WAITING, Phase.PROGRESSING, Phase.HOLDING, Phase.PROMOTING);

  private static Drive inconclusive() {
    Policies policy = new Policies().inconclusive(OnInconclusive.Then.HOLD);
    return Drive.baking(policy).poorUntilMoved().heldFor(HoldCause.INCONCLUSIVE);
  }

  @Test
  void lostMetricsHoldAndResumeByThemselves() {
    Drive drive = Drive.baking(new Policies()).healthyWindow();
    drive.tick(59).in(Phase.PROGRESSING).tick(1).heldFor(HoldCause.METRICS_LOST);
    assertThat(drive.state.verdict().state()).isEqualTo(Verdict.State.METRICS_LOST);
    drive.tick(3600).in(Phase.HOLDING).at(1, 50_000);
    drive.healthyWindow().in(Phase.PROGRESSING).took(Move.RECOVER).at(1, 50_000);
  }

  @Test
  void anOutageIsNoBake() {
    Drive drive = Drive.baking(new Policies()).healthyWindow().tick(60).tick(600);
    drive.healthyWindow().took(Move.RECOVER);
    for (int i = 0; i < 4; i++) {
      drive.healthyWindow().at(1, 50_000);
    }
    drive.healthyWindow().at(2, 250_000);
  }

  @Test
  void unusableWindowsDoNotEndAnOutage() {
    Drive drive = Drive.baking(new Policies()).tick(60).heldFor(HoldCause.METRICS_LOST);
    drive.now = drive.now.plusSeconds(10);
    drive.observe(5000, 0, 5000, 0, false).heldFor(HoldCause.METRICS_LOST);
  }

  @Test
  void lostMetricsHoldAWaitingAndAnUndecidedRolloutToo() {
    Drive waiting = Drive.reach(Phase.WAITING, new Policies()).tick(60);
    waiting.heldFor(HoldCause.METRICS_LOST).took(Move.HELD_METRICS_LOST);
    waiting.capacity(5, 10).in(Phase.HOLDING).at(1, 50_000);
    waiting.healthyWindow().in(Phase.WAITING).took(Move.RECOVER);
    waiting.healthyWindow().tick(0).in(Phase.PROGRESSING).at(2, 250_000);
    inconclusive().tick(60).heldFor(HoldCause.METRICS_LOST).healthyWindow().took(Move.RECOVER);
  }

  @Test
  void fleetThatDoesNotAnswerHoldsAndGoesOnWhenItDoes() {
    Drive drive = Drive.started(new Policies()).report(new ClusterConvergence(3, 1, 0, 2, 0));
    drive.tick(29).in(Phase.PROGRESSING).tick(1).heldFor(HoldCause.NOT_CONVERGED);
    assertThat(drive.state.reason()).contains("1 of 3 proxies").contains("`retry`");
    drive.acks().in(Phase.PROGRESSING).took(Move.RECOVER);
    assertThat(drive.state.stage()).isInstanceOf(Stage.Baking.class);
  }

  @Test
  void promotionThatTheFleetDoesNotAnswerHoldsAndSucceedsWhenItDoes() {
    Drive drive = Drive.reach(Phase.PROMOTING, new Policies());
    drive.tick(30).in(Phase.HOLDING).took(Move.HELD_NOT_CONVERGED);
    drive.acks().in(Phase.SUCCEEDED).took(Move.SUCCEED);
  }

  @Test
  void noProxyHoldsEvenWhereTimeoutsRollBack() {
    Drive drive = Drive.started(new Policies().onTimeout(ROLLBACK));
    drive.report(new ClusterConvergence(0, 0, 0, 0, 0)).tick(30);
    drive.heldFor(HoldCause.NO_PROXIES);
    assertThat(drive.state.reason()).contains("want = 0");
    drive.acks().in(Phase.PROGRESSING);
  }

  @Test
  void timeoutRollsBackWhereThePolicySaysSo() {
    Policies policy = new Policies().onTimeout(ROLLBACK);
    Drive drive = Drive.started(policy).report(new ClusterConvergence(3, 1, 0, 2, 0)).tick(30);
    drive.in(Phase.ROLLING_BACK).took(Move.ROLL_BACK);
    Drive promoting = Drive.reach(Phase.PROMOTING, new Policies().onTimeout(ROLLBACK));
    promoting.report(new ClusterConvergence(3, 1, 0, 2, 0)).tick(30).in(Phase.ROLLING_BACK);
  }

  @Test
  void meshClusterThatIsCutOffHoldsUntilItIsBack() {
    Drive drive = Drive.baking(new Policies()).cutOff().heldFor(HoldCause.CUT_OFF);
    drive.tick(600).acks().in(Phase.PROGRESSING).took(Move.RECOVER);
    for (int i = 0; i < 5; i++) {
      drive.healthyWindow().at(1, 50_000);
    }
    drive.healthyWindow().at(2, 250_000);
    inconclusive().cutOff().heldFor(HoldCause.CUT_OFF);
  }

  /**
   * Convergence is no moment that passes: a step used to be left with one proxy of four on it, when
   * the others had come during the bake and never answered.
   */
  @Test
  void aFleetThatNoLongerRunsTheSplitIsNotGoneBeyond() {
    Drive drive = Drive.baking(new Policies());
    drive.report(new ClusterConvergence(8, 3, 0, 0, 0)); // five have joined and were just sent it
    for (int i = 0; i < 8; i++) {
      drive.healthyWindow().in(Phase.PROGRESSING).at(1, 50_000);
    }
    drive.report(new ClusterConvergence(8, 3, 0, 5, 0)).in(Phase.PROGRESSING).healthyWindow();
    drive.heldFor(HoldCause.NOT_CONVERGED).took(Move.HELD_NOT_CONVERGED).at(1, 50_000);
    assertThat(drive.state.reason()).contains("3 of 8 proxies", "5 %");
    drive.report(new ClusterConvergence(8, 8, 0, 0, 0)).in(Phase.PROGRESSING).took(Move.RECOVER);
    drive.healthyWindow().at(2, 250_000);
  }

  @Test
  void anUndecidedStepIsNotLeftOnAFleetThatNoLongerRunsIt() {
    Drive drive = Drive.baking(new Policies().inconclusive(OnInconclusive.Then.ADVANCE));
    drive.report(new ClusterConvergence(8, 3, 0, 5, 0)).poorUntilMoved();
    drive.heldFor(HoldCause.NOT_CONVERGED).at(1, 50_000);
    Drive off = Drive.baking(new Policies().analysis(Analysis.OFF));
    off.report(new ClusterConvergence(0, 0, 0, 0, 0)).tick(60).heldFor(HoldCause.NOT_CONVERGED);
  }

  @Test
  void aStepThatWaitsForEndpointsWaitsForTheFleetToo() {
    Drive cutOff = Drive.reach(Phase.WAITING, new Policies()).cutOff().heldFor(HoldCause.CUT_OFF);
    cutOff.capacity(5, 10).in(Phase.HOLDING).at(1, 50_000).acks().in(Phase.WAITING);
    cutOff.took(Move.RECOVER).healthyWindow().tick(0).in(Phase.PROGRESSING).at(2, 250_000);
    Drive lapsed = Drive.reach(Phase.WAITING, new Policies());
    lapsed.report(new ClusterConvergence(8, 3, 0, 5, 0)).capacity(5, 10);
    lapsed.healthyWindow().in(Phase.WAITING).at(1, 50_000).acks().healthyWindow().tick(0);
    lapsed.at(2, 250_000);
    Drive held = Drive.reach(Phase.WAITING, new Policies().nack(HOLD)).refuses();
    held.heldFor(HoldCause.NACKED).took(Move.HELD_NACKED);
    Drive back = Drive.reach(Phase.WAITING, new Policies()).refuses();
    back.in(Phase.ROLLING_BACK).took(Move.ROLL_BACK);
  }

  @Test
  void aGraverHoldDoesNotTakeAnAnnouncedRollbackBack() {
    Drive drive = Drive.started(new Policies().onTimeout(HOLD_10M));
    drive.report(new ClusterConvergence(3, 1, 0, 2, 0)).tick(30).heldFor(HoldCause.NOT_CONVERGED);
    drive.capacity(0, 10).heldFor(HoldCause.ENDPOINTS).tick(599).in(Phase.HOLDING);
    drive.tick(1).in(Phase.ROLLING_BACK).took(Move.ROLL_BACK);
  }

  @Test
  void cutOffBeforeConvergenceWaitsForTheFleetAgain() {
    Drive drive = Drive.started(new Policies()).cutOff().heldFor(HoldCause.CUT_OFF);
    drive.report(new ClusterConvergence(3, 1, 0, 0, 0)).in(Phase.PROGRESSING);
    assertThat(drive.state.stage()).isEqualTo(new Stage.Converging(drive.now));
  }

  @Test
  void promotionThatIsCutOffGoesOn() {
    Drive drive = Drive.reach(Phase.PROMOTING, new Policies()).cutOff();
    drive.heldFor(HoldCause.CUT_OFF).report(new ClusterConvergence(3, 1, 0, 0, 0));
    drive.in(Phase.PROMOTING).took(Move.RECOVER);
  }

  @Test
  void silentCanaryHoldsUntilItAnswers() {
    Drive drive = Drive.baking(new Policies()).silentUntilMoved();
    drive.heldFor(HoldCause.CANARY_SILENT).took(Move.HELD_SILENT);
    assertThat(Duration.between(Drive.T0, drive.now)).isGreaterThan(Duration.ofSeconds(30));
    drive.healthyWindow().in(Phase.PROGRESSING).took(Move.RECOVER);
    Drive.reach(Phase.WAITING, new Policies()).silentUntilMoved().heldFor(HoldCause.CANARY_SILENT);
    inconclusive().silentUntilMoved().heldFor(HoldCause.CANARY_SILENT);
  }

  @Test
  void aSplitOfNextToNothingIsNotSilent() {
    Drive drive = Drive.baking(new Policies());
    for (int i = 0; i < 20; i++) {
      drive.window(0, 0, 10, 0).in(Phase.PROGRESSING);
    }
  }

  @Test
  void faultOfBothIsNotTheCanarys() {
    Drive drive = Drive.baking(new Policies()).bothBreakUntilMoved();
    drive.heldFor(HoldCause.BOTH_ARMS).took(Move.HELD_BOTH_ARMS);
    assertThat(drive.state.reason()).contains("not blamed");
    Drive.reach(Phase.WAITING, new Policies()).bothBreakUntilMoved().heldFor(HoldCause.BOTH_ARMS);
    Policies unmet =
        new Policies()
            .steps(Policies.least(50_000, 60, 1_000_000_000), Policies.weight(990_000, 60));
    Drive held = Drive.baking(unmet).poorUntilMoved().heldFor(HoldCause.INCONCLUSIVE);
    held.bothBreakUntilMoved().heldFor(HoldCause.BOTH_ARMS);
  }

  @Test
  void harmIsJudgedInEveryStateWithTraffic() {
    for (Phase phase : Phases.WITH_TRAFFIC) {
      Drive.reach(phase, new Policies())
          .harmUntilMoved()
          .in(Phase.ROLLING_BACK)
          .took(Move.ROLL_BACK);
    }
  }

  @Test
  void harmHoldsWhereThePolicySaysSoAndRollsBackInTime() {
    for (Phase phase : RUNNING) {
      Drive drive = Drive.reach(phase, new Policies().metrics(HOLD_10M)).harmUntilMoved();
      drive.heldFor(HoldCause.HARM).took(Move.HELD_HARM).in(Phase.HOLDING);
      drive.tick(599).in(Phase.HOLDING).tick(1).in(Phase.ROLLING_BACK).took(Move.ROLL_BACK);
    }
  }

  @Test
  void harmUnderAPauseHoldsBesidesAndRollsBackInTime() {
    Drive drive = Drive.reach(Phase.PAUSED, new Policies().metrics(HOLD_10M)).harmUntilMoved();
    drive.in(Phase.PAUSED).heldFor(HoldCause.HARM);
    drive.tick(600).in(Phase.ROLLING_BACK).took(Move.ROLL_BACK);
  }

  @Test
  void pausingAfterTheHarmIsADecisionAgainstTheTimedRollback() {
    Drive drive = Drive.baking(new Policies().metrics(HOLD_10M)).harmUntilMoved().pause();
    drive.tick(7200).in(Phase.PAUSED).resume().in(Phase.HOLDING).took(Move.CONTINUE);
  }

  @Test
  void harmAfterPromotionUndoesItInTime() {
    Drive drive = Drive.reach(Phase.SUCCEEDED, new Policies().metrics(HOLD_10M)).harmUntilMoved();
    drive.in(Phase.SUCCEEDED).took(Move.HELD_HARM).tick(600).in(Phase.ROLLING_BACK);
    assertThat(drive.last.effects())
        .contains(new Effect.SetStable(drive.state.spec().service(), "v1"));
  }

  @Test
  void harmAfterPromotionGivesTheWholeTimeToUndoItAgain() {
    Drive drive = Drive.reach(Phase.SUCCEEDED, new Policies().metrics(HOLD));
    drive.now = drive.now.plus(Duration.ofMinutes(25));
    drive.harmUntilMoved().tick(Duration.ofMinutes(29));
    assertThat(drive.state.isOver()).isFalse();
    drive.rollback().in(Phase.ROLLING_BACK);
  }

  @Test
  void refusedSplitRollsBack() {
    for (Phase phase : List.of(Phase.PROGRESSING, Phase.HOLDING, Phase.PAUSED, Phase.PROMOTING)) {
      Drive drive = Drive.reach(phase, new Policies()).refuses();
      drive.in(Phase.ROLLING_BACK).took(Move.ROLL_BACK);
      assertThat(drive.state.reason()).contains("envoy-1 said \"bad route\"");
    }
  }

  @Test
  void refusedSplitGivesThePreviousOneBackWhereThePolicyHolds() {
    Policies policy = new Policies().nack(HOLD);
    Drive drive = Drive.baking(policy).healthyUntilMoved().at(2, 250_000).refuses();
    drive.heldFor(HoldCause.NACKED).took(Move.HELD_NACKED).at(2, 50_000);
    drive.acks().healthyWindow().tick(3600).heldFor(HoldCause.NACKED).at(2, 50_000);
    Drive.reach(Phase.PROMOTING, new Policies().nack(HOLD)).refuses().at(3, 980_000);
    Drive.reach(Phase.HOLDING, new Policies().nack(HOLD)).refuses().heldFor(HoldCause.NACKED);
    Drive.reach(Phase.PAUSED, new Policies().nack(HOLD)).refuses().in(Phase.PAUSED);
  }

  @Test
  void loneProxyThatRefusesStopsNobody() {
    Drive drive = Drive.started(new Policies());
    drive.apply(new Event.Nacked(drive.now, 1, "old", "default", "unknown field"));
    drive.report(new ClusterConvergence(3, 2, 1, 0, 0)).in(Phase.PROGRESSING);
    assertThat(drive.state.stage()).isInstanceOf(Stage.Baking.class);
    assertThat(drive.state.rejection().orElseThrow().words()).isEqualTo("unknown field");
  }

  @Test
  void canaryWithoutEndpointsHoldsUntilItHasSome() {
    for (Phase phase : RUNNING) {
      Drive.reach(phase, new Policies()).capacity(0, 10).heldFor(HoldCause.ENDPOINTS);
    }
    Drive waiting = Drive.reach(Phase.WAITING, new Policies()).capacity(0, 10);
    waiting.capacity(1, 10).in(Phase.WAITING).took(Move.RECOVER);
    Drive baking = Drive.reach(Phase.PROGRESSING, new Policies()).capacity(0, 10);
    baking.capacity(1, 10).in(Phase.PROGRESSING).took(Move.RECOVER);
    Drive promoting = Drive.reach(Phase.PROMOTING, new Policies()).capacity(0, 10).acks();
    promoting.capacity(1, 10).in(Phase.PROMOTING).took(Move.RECOVER);
    promoting.tick(1).in(Phase.SUCCEEDED).took(Move.SUCCEED);
    Drive paused = Drive.reach(Phase.PAUSED, new Policies()).capacity(0, 10).in(Phase.PAUSED);
    paused.took(Move.HELD_ENDPOINTS).capacity(1, 10).in(Phase.PAUSED).took(Move.RECOVER);
  }

  @Test
  void fleetThatAnswersWhileHeldForEndpointsStartsTheBake() {
    Drive drive = Drive.started(new Policies()).capacity(0, 10).acks().took(Move.CONVERGED);
    drive.in(Phase.HOLDING).capacity(1, 10).in(Phase.PROGRESSING);
    assertThat(drive.state.stage()).isInstanceOf(Stage.Baking.class);
  }

  @Test
  void canaryWithoutEndpointsRollsBackWhereThePolicySaysSo() {
    for (Phase phase : Phases.WITH_TRAFFIC) {
      Drive.reach(phase, new Policies().endpoints(ROLLBACK)).capacity(0, 10).in(Phase.ROLLING_BACK);
    }
  }

  @Test
  void spentDeadlineHoldsAndIsRenewed() {
    Policies policy = new Policies().analysis(Analysis.OFF).deadline(Duration.ofHours(1), HOLD);
    policy.steps(Policies.least(50_000, 60, 100), Policies.weight(1_000_000, 60));
    Drive drive = Drive.baking(policy).tick(Duration.ofHours(1));
    drive.heldFor(HoldCause.DEADLINE).took(Move.HELD_DEADLINE);
    drive.tick(Duration.ofHours(1)).took(Move.REMIND).tick(Duration.ofMinutes(59));
    assertThat(drive.last.row()).isEmpty();
    drive.promote().in(Phase.PROGRESSING).at(2, 980_000);
  }

  @Test
  void spentDeadlineRollsBackWhereThePolicySaysSo() {
    Policies policy = new Policies().analysis(Analysis.OFF).deadline(Duration.ofHours(1), ROLLBACK);
    policy.steps(Policies.least(50_000, 60, 100), Policies.weight(1_000_000, 60));
    Drive.baking(policy).tick(Duration.ofHours(1)).in(Phase.ROLLING_BACK);
  }

  @Test
  void spentDeadlineOfAnUndecidedStepRollsBackInTimeWhereThePolicySaysSo() {
    Policies policy = new Policies().inconclusive(OnInconclusive.Then.HOLD);
    Drive drive = Drive.baking(policy.deadline(Duration.ofMinutes(15), HOLD_10M)).poorUntilMoved();
    drive.heldFor(HoldCause.INCONCLUSIVE);
    for (int i = 0; i < 60 && drive.state.hold().orElseThrow().rollbackAt().isEmpty(); i++) {
      drive.window(1, 0, 4, 0).tick(0);
    }
    drive.heldFor(HoldCause.DEADLINE).took(Move.HELD_DEADLINE);
    drive.tick(600).in(Phase.ROLLING_BACK);
  }

  @Test
  void pausesAndOutagesDoNotSpendTheDeadline() {
    Policies policy = new Policies().deadline(Duration.ofHours(1), ROLLBACK);
    Drive paused = Drive.baking(policy).pause().tick(Duration.ofHours(5)).in(Phase.PAUSED);
    paused.resume().tick(30).in(Phase.PROGRESSING);
    Drive lost = Drive.baking(policy).tick(60).heldFor(HoldCause.METRICS_LOST);
    lost.tick(Duration.ofHours(5)).heldFor(HoldCause.METRICS_LOST);
  }

  @Test
  void noStateIsSilentPastItsTime() {
    Duration day = Duration.ofHours(73);
    Drive.reach(Phase.PAUSED, new Policies()).tick(day).took(Move.REMIND).in(Phase.PAUSED);
    new Drive(new Policies().build()).capacity(0, 9).start().tick(day).took(Move.REMIND);
    Drive unstarted = new Drive(new Policies().build()).tick(day).took(Move.REMIND);
    unstarted.in(Phase.PENDING).start().in(Phase.PROGRESSING);
    Drive.reach(Phase.HOLDING, new Policies())
        .tick(day)
        .took(Move.REMIND)
        .heldFor(HoldCause.CUT_OFF);
  }
}
