package dev.serin.rollout;

import static dev.serin.rollout.Policies.HOLD;
import static dev.serin.rollout.Policies.ROLLBACK;
import static dev.serin.rollout.Policies.approval;
import static dev.serin.rollout.Policies.weight;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.policy.Fault;
import dev.serin.policy.Hook;
import dev.serin.policy.Reach;
import dev.serin.policy.Step;
import dev.serin.policy.Treatment;
import dev.serin.policy.Variants;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** What others have to say before a step is entered: the calendar, hooks, other rollouts. */
class GatewayTest {

  private static Drive atPromotion(Policies policy) {
    Drive drive = Drive.baking(policy);
    for (int i = 0; i < 20 && drive.state.phase() == Phase.PROGRESSING; i++) {
      drive.acks().healthyUntilMoved();
    }
    return drive;
  }

  @Test
  void aFreezeStopsGrowthAndNothingElse() {
    Drive drive = Drive.baking(new Policies()).freeze().in(Phase.PROGRESSING);
    drive.healthyUntilMoved().in(Phase.WAITING).took(Move.WAIT).at(1, 50_000);
    assertThat(drive.state.reason()).contains("black-friday").contains("`urgent`");
    drive.tick(10).in(Phase.WAITING);
    drive.promote().refusedWith("urgent").promoteByForce().refusedWith("urgent");
    drive.setWeight(60_000).refusedWith("urgent").skip(3).in(Phase.WAITING).at(1, 50_000);
    drive.setWeight(20_000).in(Phase.PAUSED).resume().in(Phase.WAITING).at(1, 20_000);
    drive.acks().healthyWindow().unblocked().tick(0).in(Phase.PROGRESSING).took(Move.ENTER);
    drive.replays();
    Drive.baking(new Policies()).freeze().harmUntilMoved().in(Phase.ROLLING_BACK);
  }

  @Test
  void aRolloutStartsWhenTheFreezeIsOver() {
    Drive drive = new Drive(new Policies().build()).freeze().start().in(Phase.WAITING);
    assertThat(drive.state.plan()).isEmpty();
    drive.unblocked().tick(0).in(Phase.PROGRESSING).at(1, 50_000);
  }

  @Test
  void aRetryWaitsForTheEndOfAFreezeThatBeganAfterTheRollback() {
    Drive drive = Drive.baking(new Policies()).abort().acks().in(Phase.ROLLED_BACK);
    drive.freeze().in(Phase.ROLLED_BACK).retry().in(Phase.WAITING);
    assertThat(drive.state.split().exposes()).isFalse();
    drive.unblocked().tick(0).in(Phase.PROGRESSING).at(1, 50_000).replays();
  }

  @Test
  void promotionIsGrowthTooAndWaitsForTheCalendar() {
    Policies one = new Policies().steps(weight(1_000_000, 60));
    Drive drive = Drive.baking(one).freeze().healthyUntilMoved().in(Phase.WAITING);
    assertThat(drive.state.reason()).contains("the promotion follows then");
    assertThat(RolloutStatus.of(drive.state).step().orElseThrow().index()).isEqualTo(1);
    drive.unblocked().tick(0).in(Phase.PROMOTING).took(Move.ENTER);
  }

  @Test
  void aHeldStepIsNotSentAgainInAFreezeWhereThatRaisesAnything() {
    Drive drive = Drive.baking(new Policies().nack(HOLD)).healthyUntilMoved().at(2, 250_000);
    drive.refuses().heldFor(HoldCause.NACKED).freeze().retry().refusedWith("urgent");
    drive.unblocked().retry().took(Move.STEP_AGAIN);
  }

  @Test
  void urgentSkipsBakesAndNeedsAReason() {
    Drive drive = Drive.baking(new Policies());
    drive.apply(new Event.Urgent(drive.now, Drive.ANN)).refusedWith("urgent --reason");
    drive.urgent().took(Move.HURRY).in(Phase.PROGRESSING).urgent().refusedWith("pause");
    for (int i = 0; i < 5 && drive.state.step() == 1; i++) {
      drive.healthyWindow();
    }
    drive.at(2, 250_000);
    for (Phase phase : new Phase[] {Phase.WAITING, Phase.HOLDING, Phase.PAUSED, Phase.PROMOTING}) {
      Drive.reach(phase, new Policies()).urgent().in(phase).took(Move.HURRY);
    }
    Drive.reach(Phase.SUCCEEDED, new Policies()).urgent().refusedWith("rollback");
  }

  @Test
  void urgentNeverSkipsTheGuards() {
    Drive.baking(new Policies()).urgent().harmUntilMoved().in(Phase.ROLLING_BACK);
  }

  @Test
  void aRolloutWaitsForTheOneThatItDependsOn() {
    Drive drive = new Drive(new Policies().build()).blocked(Block.Source.DEPENDENCY).start();
    drive.in(Phase.WAITING).promote().refusedWith("promote --force");
    drive.unblocked().tick(0).in(Phase.PROGRESSING);
    Drive forced = new Drive(new Policies().build()).blocked(Block.Source.RELEASE).start();
    forced.promoteByForce().in(Phase.PROGRESSING).took(Move.NEXT_STEP);
    Drive full = Drive.baking(new Policies()).blocked(Block.Source.WAVE).promoteFull();
    full.in(Phase.WAITING).took(Move.WAIT).healthyWindow().unblocked().tick(0).in(Phase.PROMOTING);
  }

  @Test
  void hooksAreAskedBeforeAStepAndLetItPass() {
    Drive drive = new Drive(new Policies().asks(Hook.Event.BEFORE_STEP).build()).start();
    drive.in(Phase.WAITING).tick(0).asked(Hook.Event.BEFORE_STEP).in(Phase.WAITING);
    drive.tick(5).in(Phase.WAITING).answers(HookCall.Result.PASS).in(Phase.WAITING);
    drive.tick(0).in(Phase.PROGRESSING).took(Move.ENTER).at(1, 50_000);
    drive.replays();
  }

  @Test
  void aHookThatSaysWaitIsAskedAgain() {
    Drive drive = new Drive(new Policies().asks(Hook.Event.BEFORE_STEP).build()).start().tick(0);
    drive.answers(HookCall.Result.WAIT).in(Phase.WAITING).tick(9);
    assertThat(drive.state.openQuestions()).isEmpty();
    assertThat(drive.state.reason()).contains("says wait (because)");
    drive.tick(1).asked(Hook.Event.BEFORE_STEP);
    assertThat(drive.state.openQuestions().getFirst().attempt()).isEqualTo(2);
    drive.promote().refusedWith("promote --force").promoteByForce().at(1, 50_000);
  }

  @Test
  void aHookThatSaidWaitIsNotDueWhileSomethingElseStandsBeforeTheStepToo() {
    Drive drive = new Drive(new Policies().asks(Hook.Event.BEFORE_STEP).build()).start().tick(0);
    drive.answers(HookCall.Result.WAIT).freeze().tick(60);
    assertThat(drive.state.nextTransition().orElseThrow()).isAfter(drive.now);
    drive.unblocked().tick(0).asked(Hook.Event.BEFORE_STEP);
  }

  @Test
  void anAnswerToAnOlderQuestionChangesNothing() {
    Drive drive = new Drive(new Policies().asks(Hook.Event.BEFORE_STEP).build()).start().tick(0);
    HookCall call = drive.state.openQuestions().getFirst();
    RolloutState before = drive.state;
    drive.apply(
        new Event.HookAnswered(
            drive.now, 0, call.event(), call.step(), 7, HookCall.Result.FAIL, ""));
    assertThat(drive.state).isEqualTo(before);
  }

  @Test
  void aHookThatSaysNoHoldsOrRollsBack() {
    for (HookCall.Result no : new HookCall.Result[] {HookCall.Result.FAIL, HookCall.Result.NONE}) {
      Drive held = atPromotion(new Policies().asks(Hook.Event.BEFORE_PROMOTE)).in(Phase.WAITING);
      held.tick(0).asked(Hook.Event.BEFORE_PROMOTE).answers(no).in(Phase.HOLDING);
      held.heldFor(HoldCause.HOOK).took(Move.HELD_HOOK).tick(30).in(Phase.HOLDING);
      held.retry().in(Phase.WAITING).took(Move.ASK_AGAIN).healthyWindow().tick(0);
      held.answers(HookCall.Result.PASS).tick(0).in(Phase.PROMOTING).took(Move.ENTER);
    }
    Policies back = new Policies().asks(Hook.Event.AFTER_STEP).hook(ROLLBACK);
    Drive drive = Drive.baking(back).healthyUntilMoved().in(Phase.WAITING).tick(0);
    drive.asked(Hook.Event.AFTER_STEP).answers(HookCall.Result.FAIL).in(Phase.ROLLING_BACK);
    Policies first = new Policies().asks(Hook.Event.BEFORE_STEP).hook(ROLLBACK);
    Drive none = new Drive(first.build()).start().tick(0).answers(HookCall.Result.FAIL);
    none.in(Phase.ROLLED_BACK).took(Move.NOTHING_OUT);
  }

  @Test
  void aHookThatSaysNoUnderAPauseOrAnotherHoldIsHeardToo() {
    Policies asks = new Policies().asks(Hook.Event.AFTER_STEP);
    Drive paused = Drive.baking(asks).healthyUntilMoved().tick(0).pause();
    paused.answers(HookCall.Result.FAIL).in(Phase.PAUSED).took(Move.HELD_HOOK);
    Drive held = Drive.baking(asks).healthyUntilMoved().tick(0).cutOff().in(Phase.HOLDING);
    held.answers(HookCall.Result.FAIL).heldFor(HoldCause.HOOK).took(Move.HELD_HOOK);
    Policies back = new Policies().asks(Hook.Event.AFTER_STEP).hook(ROLLBACK);
    Drive gone = Drive.baking(back).healthyUntilMoved().tick(0).pause();
    gone.answers(HookCall.Result.FAIL).in(Phase.ROLLING_BACK).took(Move.ROLL_BACK);
    Drive cut = Drive.baking(back).healthyUntilMoved().tick(0).cutOff();
    cut.answers(HookCall.Result.FAIL).in(Phase.ROLLING_BACK).took(Move.ROLL_BACK);
    Policies first = new Policies().asks(Hook.Event.BEFORE_STEP).hook(ROLLBACK);
    Drive none = new Drive(first.build()).start().tick(0).pause();
    none.answers(HookCall.Result.FAIL).in(Phase.ROLLED_BACK).took(Move.NOTHING_OUT);
  }

  @Test
  void hooksAreToldOfACompleteRollbackAndNobodyWaitsForThem() {
    Drive drive = Drive.baking(new Policies().asks(Hook.Event.AFTER_ROLLBACK)).harmUntilMoved();
    drive.acks().in(Phase.ROLLED_BACK).asked(Hook.Event.AFTER_ROLLBACK);
    drive.answers(HookCall.Result.FAIL).in(Phase.ROLLED_BACK);
    assertThat(drive.state.openQuestions()).isEmpty();
  }

  @Test
  void aRolloutGoesNoFurtherThanItsReachUntilSomebodyPromotesIt() {
    Reach quarter = new Reach(OptionalInt.of(100_000), ImmutableSortedSet.of(), false);
    Drive drive = new Drive(new Policies().build(), Variants.NONE, quarter).start().acks();
    drive.healthyUntilMoved().at(2, 100_000).acks().healthyUntilMoved().in(Phase.WAITING);
    assertThat(drive.state.reason()).contains("no further than 10 %");
    drive.promote().in(Phase.PROGRESSING).at(3, 980_000);
  }

  @Test
  void skipGoesUpAndDownAndThroughTheGatesOfItsStep() {
    for (Phase phase :
        new Phase[] {Phase.WAITING, Phase.PROGRESSING, Phase.HOLDING, Phase.PAUSED}) {
      Drive up = Drive.reach(phase, new Policies()).capacity(10, 10).skip(3);
      up.in(Phase.PROGRESSING).took(Move.SKIP).at(3, 980_000);
      up.skip(1).took(Move.SKIP).at(1, 50_000).skip(1).refusedWith("retry");
      Drive wait = Drive.reach(phase, new Policies()).freeze().skip(3).in(Phase.WAITING);
      wait.took(Move.WAIT).at(1, 50_000);
    }
    Drive.baking(new Policies()).skip(4).refusedWith("promote --full");
    Drive.reach(Phase.PROMOTING, new Policies()).skip(1).refusedWith("pause");
    Drive harm = Drive.baking(new Policies().metrics(HOLD)).harmUntilMoved();
    harm.skip(2).refusedWith("rollback").healthyWindow();
  }

  @Test
  void whateverStandsBeforeTheNextStepAPromotionComesToItAndNotThroughIt() {
    Policies asks = new Policies().asks(Hook.Event.AFTER_STEP);
    for (Phase phase : new Phase[] {Phase.PROGRESSING, Phase.PAUSED, Phase.HOLDING}) {
      Drive.reach(phase, asks).promote().in(Phase.WAITING).took(Move.WAIT).at(1, 50_000);
    }
    Policies gates = new Policies().steps(weight(50_000, 60), approval(1, HOLD), approval(1, HOLD));
    Drive drive = Drive.baking(gates).healthyUntilMoved().approve("bob").tick(0);
    drive.in(Phase.WAITING).took(Move.WAIT).at(2, 50_000);
    Drive asked = Drive.baking(asks).healthyUntilMoved().in(Phase.WAITING).promoteFull();
    asked.in(Phase.WAITING).took(Move.WAIT).at(1, 50_000);
  }

  @Test
  void whatLastsForAStepEndsWithItHoweverLongTheNextOneWaits() {
    Fault fault =
        new Fault(Optional.of(new Fault.Delay(Duration.ofMillis(200), 50_000)), Optional.empty());
    Step faulty =
        new Step(
            "fault",
            OptionalInt.of(50_000),
            ImmutableSortedMap.of(),
            Duration.ofSeconds(60),
            0,
            new Treatment(Optional.empty(), Optional.of(fault), Optional.empty()));
    Drive drive = Drive.baking(new Policies().steps(faulty, weight(250_000, 60))).freeze();
    assertThat(drive.state.split().terms().treatment().isNone()).isFalse();
    drive.healthyUntilMoved().in(Phase.WAITING).at(1, 50_000);
    assertThat(drive.state.split().terms().treatment().isNone()).isTrue();
    drive.unblocked().tick(0).in(Phase.WAITING).acks().healthyWindow().tick(0).at(2, 250_000);
  }
}
