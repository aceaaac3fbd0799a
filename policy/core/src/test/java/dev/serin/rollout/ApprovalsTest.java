package dev.serin.rollout;

import static dev.serin.rollout.Policies.HOLD;
import static dev.serin.rollout.Policies.HOLD_10M;
import static dev.serin.rollout.Policies.ROLLBACK;
import static dev.serin.rollout.Policies.approval;
import static dev.serin.rollout.Policies.weight;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableSortedSet;
import dev.serin.policy.CanaryPolicy.Exit;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Steps that people have to agree to. */
class ApprovalsTest {

  private static Policies second(int minimum, Exit onTimeout) {
    return new Policies()
        .steps(weight(50_000, 60), approval(minimum, onTimeout), weight(250_000, 60));
  }

  private static Policies first(Exit onTimeout) {
    return new Policies().steps(approval(1, onTimeout), weight(50_000, 60));
  }

  /** Baked at 5 %, and waiting for people. */
  private static Drive waiting(Policies policy) {
    return Drive.baking(policy).healthyUntilMoved().in(Phase.WAITING).took(Move.WAIT);
  }

  @Test
  void aStepThatNeedsAnApprovalTellsPeopleAndWaitsForIt() {
    Drive drive = waiting(second(1, HOLD)).at(1, 50_000);
    assertThat(drive.last.effects())
        .anyMatch(e ->
            e instanceof Effect.Announce(Effect.Notice notice, String sentence)
                && notice == Effect.Notice.APPROVAL_NEEDED
                && sentence.contains("waits for approval by sre (0 of 1)"));
    drive.approve("bob").in(Phase.WAITING).took(Move.APPROVED).at(1, 50_000);
    drive.tick(0).in(Phase.PROGRESSING).took(Move.ENTER).at(3, 250_000);
    drive.replays();
  }

  @Test
  void twoDifferentPeopleHaveToAgreeWhereThePolicyWantsTwo() {
    Drive drive = waiting(second(2, HOLD)).approve("bob").in(Phase.WAITING).tick(0);
    drive.in(Phase.WAITING).approve("bob").refusedWith("approve");
    drive.approve("eve").tick(0).in(Phase.PROGRESSING).at(3, 250_000);
  }

  @Test
  void whoIsInNoneOfTheRolesDecidesNothing() {
    Drive drive = waiting(second(1, HOLD));
    Optional<ImmutableSortedSet<String>> dev = Optional.of(ImmutableSortedSet.of("dev"));
    drive.apply(new Event.Approve(drive.now, Drive.ANN, dev)).refusedWith("approve");
    drive.apply(new Event.Reject(drive.now, Drive.ANN, dev)).refusedWith("approve");
    assertThat(drive.last.refusal().orElseThrow().reason()).contains("sre").contains("dev");
    // Where the server knows nobody's roles, whoever reaches it decides.
    drive.apply(new Event.Approve(drive.now, Drive.ANN, Optional.empty())).took(Move.APPROVED);
  }

  @Test
  void nothingIsApprovedThatDoesNotWaitForIt() {
    Drive.baking(second(1, HOLD)).approve("bob").refusedWith("pause").reject("bob");
  }

  @Test
  void anApprovalGivenOnceHoldsForTheRestOfTheRollout() {
    Drive drive = waiting(second(1, HOLD)).approve("bob").tick(0).at(3, 250_000);
    drive.skip(1).acks().healthyUntilMoved().in(Phase.PROGRESSING).at(3, 250_000);
  }

  @Test
  void aRejectionIsFollowedAsThePolicySays() {
    waiting(second(1, HOLD)).reject("bob").in(Phase.ROLLING_BACK).took(Move.ROLL_BACK);
    Drive held = waiting(second(1, HOLD).rejected(HOLD)).reject("bob").in(Phase.HOLDING);
    held.heldFor(HoldCause.REJECTED).reject("bob").refusedWith("approve");
    held.tick(60).approve("eve").in(Phase.WAITING).took(Move.APPROVED);
    held.healthyWindow().tick(0).in(Phase.PROGRESSING).at(3, 250_000);
    Drive none = new Drive(first(HOLD).build()).start().in(Phase.WAITING).reject("bob");
    none.in(Phase.ROLLED_BACK).took(Move.NOTHING_OUT);
  }

  @Test
  void whatIsNotApprovedInTimeIsFollowedAsThePolicySays() {
    Drive held = new Drive(first(HOLD).build()).start().tick(3599).in(Phase.WAITING).tick(1);
    held.heldFor(HoldCause.APPROVAL).took(Move.HELD_APPROVAL).approve("bob").in(Phase.WAITING);
    held.tick(0).in(Phase.PROGRESSING).at(2, 50_000);
    Drive gone = new Drive(first(ROLLBACK).build()).start().tick(3600);
    gone.in(Phase.ROLLED_BACK).took(Move.NOTHING_OUT);
    Drive later = new Drive(first(HOLD_10M).build()).start().tick(3600).tick(600);
    later.in(Phase.ROLLED_BACK).took(Move.NOTHING_OUT);
    Drive back = waiting(second(1, ROLLBACK));
    for (int i = 0; i < 360 && back.state.phase() == Phase.WAITING; i++) {
      back.healthyWindow().tick(0);
    }
    back.in(Phase.ROLLING_BACK).took(Move.ROLL_BACK);
  }

  @Test
  void oneOfTwoWhoAgreesLateLeavesItHeld() {
    Drive held = new Drive(new Policies().steps(approval(2, HOLD), weight(50_000, 60)).build());
    held.start().tick(3600).heldFor(HoldCause.APPROVAL).approve("bob");
    held.in(Phase.HOLDING).took(Move.APPROVED).approve("eve").in(Phase.WAITING);
  }

  @Test
  void aHeldFirstStepIsGivenUpWithoutATrace() {
    Drive aborted = new Drive(first(HOLD).build()).start().tick(3600).abort();
    aborted.in(Phase.ROLLED_BACK).took(Move.NOTHING_OUT);
    Drive back = new Drive(first(HOLD).build()).start().tick(3600).rollback();
    back.in(Phase.ROLLED_BACK).took(Move.NOTHING_OUT);
    Drive rejected = new Drive(first(HOLD).build()).start().tick(3600).reject("bob");
    rejected.in(Phase.ROLLED_BACK).took(Move.NOTHING_OUT);
  }

  @Test
  void peopleDecideUnderAPauseAndItGoesOnWhenThatIsOver() {
    Drive drive = waiting(second(1, HOLD)).pause().approve("bob");
    drive.in(Phase.PAUSED).took(Move.APPROVED).tick(1).in(Phase.PAUSED);
    drive.resume().in(Phase.WAITING).tick(0).in(Phase.PROGRESSING).at(3, 250_000);
    waiting(second(1, HOLD)).pause().reject("bob").in(Phase.ROLLING_BACK);
    Drive held = waiting(second(1, HOLD).rejected(HOLD)).pause().reject("bob");
    held.in(Phase.PAUSED).took(Move.HELD_REJECTED).heldFor(HoldCause.REJECTED);
    Drive none = new Drive(first(HOLD).build()).start().pause().reject("bob");
    none.in(Phase.ROLLED_BACK).took(Move.NOTHING_OUT);
  }

  @Test
  void noPromotionAndNoSkipReplacesAnApproval() {
    Drive drive = waiting(second(1, HOLD));
    drive.promote().refusedWith("approve").promoteFull().refusedWith("approve");
    drive.promoteByForce().refusedWith("approve").skip(3).refusedWith("approve");
    // From the step before, a promotion ends the bake and comes to the gate.
    Drive.baking(second(1, HOLD)).promote().in(Phase.WAITING).took(Move.WAIT).at(1, 50_000);
    Drive.baking(second(1, HOLD)).promoteByForce().in(Phase.WAITING).at(1, 50_000);
  }

  @Test
  void aWeightSetByHandDoesNotCarryARolloutPastAnApproval() {
    Drive drive = Drive.baking(second(1, HOLD)).setWeight(60_000).acks().resume();
    drive.in(Phase.WAITING).took(Move.WAIT).at(1, 60_000);
    drive.approve("bob").healthyWindow().tick(0).at(3, 250_000);
    Drive retried = Drive.baking(second(1, HOLD).nack(HOLD)).setWeight(60_000).refuses();
    retried.resume().in(Phase.HOLDING).retry().in(Phase.WAITING).took(Move.WAIT);
  }

  @Test
  void holdsThatCameWhileItWaitedGiveWayToARejection() {
    Drive held = waiting(second(1, HOLD).rejected(HOLD)).cutOff().in(Phase.HOLDING);
    held.reject("bob").heldFor(HoldCause.REJECTED).took(Move.HELD_REJECTED);
    Drive back = waiting(second(1, HOLD)).cutOff().reject("bob");
    back.in(Phase.ROLLING_BACK).took(Move.ROLL_BACK);
  }
}
