package dev.serin.rollout;

import static dev.serin.rollout.Policies.HOLD;
import static dev.serin.rollout.Policies.ROLLBACK;
import static dev.serin.rollout.Policies.noReturn;
import static dev.serin.rollout.Policies.weight;
import static org.assertj.core.api.Assertions.assertThat;

import dev.serin.policy.CanaryPolicy.OnInconclusive;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Ways back that take their time, and the point after which there is none. */
class ReturnsTest {

  private static Drive committed(Policies policy) {
    policy.steps(weight(50_000, 60), noReturn(250_000, 60), weight(1_000_000, 60));
    return Drive.baking(policy).healthyUntilMoved().at(2, 250_000).acks();
  }

  /** Without return from the first step on. */
  private static Policies firstStep(OnInconclusive.Then then) {
    return new Policies()
        .steps(noReturn(50_000, 60), weight(1_000_000, 60))
        .inconclusive(then)
        .deadline(Duration.ofMinutes(20), ROLLBACK);
  }

  @Test
  void aRollbackGoesDownThePolicysRamp() {
    Drive drive = Drive.baking(new Policies().ramp(200_000, 10_000)).healthyUntilMoved();
    drive.acks().rollback().in(Phase.ROLLING_BACK).took(Move.ROLL_BACK).at(2, 200_000);
    assertThat(drive.state.reason()).contains("20 % until").contains("`abort`");
    drive.acks().in(Phase.ROLLING_BACK).tick(58).at(2, 200_000);
    drive.tick(1).took(Move.LOWER).at(2, 10_000).acks().in(Phase.ROLLING_BACK);
    drive.tick(60).took(Move.LOWER).at(2, 0).acks().in(Phase.ROLLED_BACK);
    drive.replays();
  }

  @Test
  void aRampBeginsBelowTheWeightInForce() {
    Drive drive = Drive.baking(new Policies().ramp(200_000, 10_000)).harmUntilMoved();
    drive.in(Phase.ROLLING_BACK).at(1, 10_000).window(500, 500, 9_500, 0);
    drive.in(Phase.ROLLING_BACK).at(1, 10_000).capacity(0, 10).in(Phase.ROLLING_BACK);
  }

  @Test
  void anAbortIsZeroNowWhateverTheRamp() {
    Drive.baking(new Policies().ramp(10_000)).abort().in(Phase.ROLLING_BACK).at(1, 0);
    Drive drive = Drive.baking(new Policies().ramp(10_000)).rollback().at(1, 10_000);
    drive.abort().took(Move.ROLL_BACK).at(1, 0).abort().refusedWith("retry");
  }

  @Test
  void aReleaseThatIsKeptWarmIsUndoneInOnePush() {
    Drive drive = Drive.reach(Phase.SUCCEEDED, new Policies().ramp(10_000)).rollback();
    drive.in(Phase.ROLLING_BACK).at(3, 0);
  }

  @Test
  void nothingGoesBackByItselfPastThePointOfNoReturn() {
    Drive harm = committed(new Policies()).harmUntilMoved();
    harm.in(Phase.HOLDING).heldFor(HoldCause.HARM).at(2, 250_000).tick(7200).in(Phase.HOLDING);
    committed(new Policies().endpoints(ROLLBACK)).capacity(0, 9).heldFor(HoldCause.ENDPOINTS);
    Drive late = Drive.baking(firstStep(OnInconclusive.Then.HOLD));
    late.poorUntilMoved().poorUntilDeadline().heldFor(HoldCause.DEADLINE);
    Drive undecided = Drive.baking(firstStep(OnInconclusive.Then.ROLLBACK));
    undecided.poorUntilMoved().heldFor(HoldCause.INCONCLUSIVE);
    Drive warm = committed(new Policies()).healthyUntilMoved().untilSucceeded();
    warm.harmUntilMoved().in(Phase.SUCCEEDED).heldFor(HoldCause.HARM);
  }

  @Test
  void aSplitThatTheFleetRefusesIsTakenBackEvenAtThePointOfNoReturn() {
    Policies policy =
        new Policies().steps(weight(50_000, 60), noReturn(250_000, 60), weight(1_000_000, 60));
    Drive drive = Drive.baking(policy).healthyUntilMoved().at(2, 250_000).refuses();
    drive.heldFor(HoldCause.NACKED).at(2, 50_000);
  }

  @Test
  void onlyAnAbortByForceGoesBackPastThePointOfNoReturn() {
    Drive drive = committed(new Policies());
    drive.rollback().refusedWith("abort --force").abort().refusedWith("abort --force");
    drive.setWeight(100_000).refusedWith("abort --force").skip(1).refusedWith("abort --force");
    drive.supersede().refusedWith("promote --full");
    drive.apply(new Event.Abort(drive.now, Drive.ANN, true)).in(Phase.ROLLING_BACK).at(2, 0);
    // A weight that rises is no way back.
    committed(new Policies()).setWeight(300_000).at(2, 300_000);
    committed(new Policies().metrics(HOLD)).promoteFull().in(Phase.PROMOTING);
  }
}
