package dev.serin.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.serin.policy.CanaryPolicy.OnInconclusive;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ForecastTest {

  private static Forecast of(Drive drive) {
    return Forecast.of(drive.state, drive.now).orElseThrow();
  }

  private static Drive baking(Policies policy, double requestsPerSecond) {
    return new Drive(policy.build()).start(requestsPerSecond).acks().in(Phase.PROGRESSING);
  }

  @Test
  void withEnoughTrafficTheBakesDecide() {
    Drive drive = baking(new Policies(), 1000);
    assertThat(of(drive).promoted()).contains(drive.now.plusSeconds(180));
    assertThat(of(drive).note())
        .isEqualTo("counts on 1000.0 requests a second, no harm, and prompt answers of the fleet");
  }

  /** 5 %, 25 % and 98 % of ten requests a second cannot rule harm out within the bakes. */
  @Test
  void withLittleTrafficPatienceDecides() {
    Duration patience = OnInconclusive.DEFAULT.after().plusSeconds(60);
    Drive drive = baking(new Policies(), 10);
    assertThat(of(drive).promoted()).contains(drive.now.plus(patience.multipliedBy(3)));
  }

  @Test
  void whereItWouldHoldForWantOfTrafficItSaysSo() {
    Drive drive = baking(new Policies().inconclusive(OnInconclusive.Then.HOLD), 10);
    assertThat(of(drive))
        .isEqualTo(
            new Forecast(
                Optional.empty(),
                "at 10.0 requests a second it will not pass step 1 of 3 (5%) by itself"));
  }

  @Test
  void theLeastOfAStepTakesItsTime() {
    Policies policy = new Policies().steps(Policies.least(500_000, 60, 100_000));
    assertThat(of(baking(policy, 1000)).promoted())
        .hasValueSatisfying(
            at -> assertThat(at).isEqualTo(baking(policy, 1000).now.plusSeconds(200)));
    assertThat(of(baking(policy, 10)).promoted()).isEmpty();
  }

  /** Before the fleet has answered, after the bake, at any time: never in the past. */
  @Test
  void itIsNeverInThePast() {
    Drive drive = new Drive(new Policies().build()).start(1000);
    for (int i = 0; i < 40 && drive.state.phase() == Phase.PROGRESSING; i++) {
      assertThat(of(drive).promoted().orElseThrow()).isAfterOrEqualTo(drive.now);
      drive.now = drive.now.plusSeconds(7);
    }
  }

  @Test
  void aHealthyReleaseIsPromotedAboutWhenItWasForecast() {
    Drive drive = baking(new Policies(), 1000);
    Instant begun = drive.now;
    Instant forecast = of(drive).promoted().orElseThrow();
    for (int i = 0; i < 200 && drive.state.phase() == Phase.PROGRESSING; i++) {
      drive.healthyWindow().acks();
    }
    drive.in(Phase.SUCCEEDED);
    assertThat(Duration.between(begun, drive.now).toSeconds())
        .isCloseTo(
            Duration.between(begun, forecast).toSeconds(),
            org.assertj.core.data.Percentage.withPercentage(30));
    Drive promoting = Drive.reach(Phase.PROMOTING, new Policies());
    assertThat(of(promoting).promoted()).contains(promoting.now);
  }

  @Test
  void whoWaitsForAPersonHasNone() {
    assertThat(Forecast.of(new Drive(new Policies().build()).state, Instant.EPOCH)).isEmpty();
    for (Phase phase : new Phase[] {Phase.PAUSED, Phase.HOLDING, Phase.WAITING, Phase.SUCCEEDED}) {
      Drive drive = Drive.reach(phase, new Policies());
      assertThat(Forecast.of(drive.state, drive.now)).as("%s", phase).isEmpty();
    }
    Drive back = baking(new Policies(), 1000).abort();
    assertThat(Forecast.of(back.state, back.now)).isEmpty();
  }
}
