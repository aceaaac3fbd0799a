package dev.serin.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.plan.Terms;
import dev.serin.plan.TrafficPlan;
import dev.serin.policy.Analysis;
import dev.serin.policy.Conduct;
import dev.serin.policy.Mirror;
import dev.serin.policy.Ppm;
import dev.serin.policy.RateLimit;
import dev.serin.policy.Step;
import dev.serin.policy.Treatment;
import dev.serin.policy.Variants;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** What a policy and a rollout say beside weights and cohorts, and how long it holds. */
final class TermsTest {

  private static final Treatment SHADOW =
      new Treatment(
          Optional.of(new Mirror(100_000, Mirror.SAFE, false, ImmutableList.of())),
          Optional.empty(),
          Optional.empty());
  private static final Treatment LIMITED =
      new Treatment(Optional.empty(), Optional.empty(), Optional.of(new RateLimit(100, 200)));
  private static final Variants V3 = new Variants(ImmutableSortedMap.of("v3", 200_000));
  private static final Conduct NO_STAFF =
      new Conduct(
          true,
          ImmutableSortedSet.of("cart"),
          Conduct.Streams.KEEP,
          ImmutableSortedSet.of("staff"),
          OptionalInt.empty());

  private static Policies policy() {
    Policies policies = new Policies();
    policies.steps(
        step("shadow", OptionalInt.empty(), SHADOW),
        step("limited", OptionalInt.of(50_000), LIMITED),
        Policies.weight(500_000, 60),
        Policies.weight(1_000_000, 60));
    policies.analysis(Analysis.OFF);
    policies.conduct = NO_STAFF;
    return policies;
  }

  private static Step step(String name, OptionalInt weight, Treatment treatment) {
    return new Step(name, weight, ImmutableSortedMap.of(), Duration.ofSeconds(60), 0, treatment);
  }

  private static Drive drive() {
    return new Drive(policy().build(), V3).start();
  }

  private static TrafficPlan plan(Drive drive) {
    return drive.state.plan().orElseThrow();
  }

  @Test
  void aTreatmentLastsForItsStepAndAWeightCarriesOver() {
    Drive drive = drive();
    assertThat(plan(drive).terms().treatment()).isEqualTo(SHADOW);
    assertThat(plan(drive).weightPpm()).isZero();
    drive.acks().tick(61);
    assertThat(plan(drive).terms().treatment()).isEqualTo(LIMITED);
    assertThat(plan(drive).weightPpm()).isEqualTo(50_000);
    drive.acks().tick(61);
    assertThat(plan(drive).terms().treatment()).isEqualTo(Treatment.NONE);
    assertThat(plan(drive).weightPpm()).isEqualTo(500_000);
  }

  @Test
  void conductVariantsAndExclusionsHoldInEveryStep() {
    Drive drive = drive();
    for (int step = 1; step <= 4; step++) {
      assertThat(plan(drive).conduct()).isEqualTo(NO_STAFF);
      assertThat(plan(drive).terms().variants()).isEqualTo(V3);
      assertThat(plan(drive).terms().excluded()).containsExactly("staff");
      assertThat(plan(drive).cohorts()).containsOnlyKeys("staff");
      drive.acks().tick(61);
    }
    assertThat(drive.state.phase()).isEqualTo(Phase.PROMOTING);
  }

  @Test
  void thePromotionTakesTheExcludedAndEndsTheVariants() {
    Drive drive = drive();
    drive.promoteFull();
    assertThat(plan(drive).weightPpm()).isEqualTo(Ppm.ALL);
    assertThat(plan(drive).terms()).isEqualTo(Terms.NONE);
    assertThat(plan(drive).cohorts()).isEmpty();
  }

  @Test
  void theLastStepLeavesTheVariantsAndStableTheirs() {
    Drive drive = drive();
    for (int step = 1; step < 4; step++) {
      drive.acks().tick(61);
    }
    assertThat(plan(drive).splitPpm())
        .containsExactlyEntriesOf(
            ImmutableSortedMap.of("v1", 20_000, "v2", 780_000, "v3", 200_000));
  }

  @Test
  void aRollbackDropsMirrorAndVariantsAtOnceAndNobodyIsAskedFirst() {
    Drive drive = drive().acks();
    drive.abort();
    assertThat(plan(drive).terms())
        .isEqualTo(new Terms(Variants.NONE, ImmutableSortedSet.of("staff"), Treatment.NONE));
    assertThat(plan(drive).exposesCanary()).isFalse();
    assertThat(drive.last.effects())
        .contains(new Effect.Publish(drive.state.planOf(drive.state.split()), true));
  }

  @Test
  void aWeightOfZeroByHandDropsMirrorAndVariantsToo() {
    Drive drive = drive().acks().tick(61).acks();
    drive.setWeight(30_000);
    assertThat(plan(drive).terms().treatment()).isEqualTo(Treatment.NONE);
    assertThat(plan(drive).terms().variants()).isEqualTo(V3);
    drive.setWeight(0);
    assertThat(plan(drive).exposesCanary()).isFalse();
  }

  @Test
  void aWeightThatTheVariantsLeaveNoRoomForIsRefused() {
    Drive drive = drive().acks();
    drive.setWeight(800_001);
    assertThat(drive.last.refusal().orElseThrow().reason())
        .isEqualTo(
            "weight: 80.0001 % (expected: at most 80 %, since variants have 20 %); `set-weight`");
    drive.setWeight(800_000);
    assertThat(drive.last.refusal()).isEmpty();
  }

  @Test
  void aMirrorThatTheFleetRefusesIsTakenBack() {
    Drive drive = drive();
    drive.refuses();
    assertThat(plan(drive).terms().treatment()).isEqualTo(Treatment.NONE);
  }

  @Test
  void theReasonNamesWhatIsInForceBesideTheWeight() {
    Drive drive = drive();
    assertThat(drive.state.reason()).contains("0 %, v3 20 %, a mirror of 10 %");
    drive.acks().tick(61);
    assertThat(drive.state.reason()).contains("5 %, v3 20 %, a rate limit");
  }

  @Test
  void aReplayComesToTheSameTerms() {
    Drive drive = drive().acks().tick(61).acks();
    drive.replays();
  }

  @Test
  void variantsAndWeightAreNeverMoreThanEverything() {
    Split split =
        new Split(
            900_000,
            ImmutableSortedMap.of(),
            1,
            new Terms(V3, ImmutableSortedSet.of(), Treatment.NONE));
    assertThatThrownBy(() -> drive().state.planOf(split))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at most 1000000 ppm together");
  }
}
