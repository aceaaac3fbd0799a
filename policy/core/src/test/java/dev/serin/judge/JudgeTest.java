package dev.serin.judge;

import static dev.serin.judge.Streams.arm;
import static dev.serin.judge.Streams.plain;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.serin.judge.Baseline.Block;
import dev.serin.judge.Verdict.MetricVerdict;
import dev.serin.judge.Verdict.State;
import dev.serin.judge.Window.Arms;
import dev.serin.policy.Analysis;
import dev.serin.policy.Analysis.Harm;
import dev.serin.policy.Analysis.Metric;
import java.time.Duration;
import java.util.Collections;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

final class JudgeTest {

  private static final ImmutableSortedMap<String, Double> LOCAL =
      ImmutableSortedMap.of("local", 1.0);

  private static final Metric.Errors ERRORS =
      new Metric.Errors("errors", Harm.percentagePoints(0.0001), false);

  private static Streams standard() {
    return new Streams(Judge.start(Analysis.DEFAULT, Baseline.NONE, LOCAL));
  }

  private static Streams judging(Metric... metrics) {
    return judging(Baseline.NONE, LOCAL, metrics);
  }

  private static Streams judging(
      Baseline baseline, ImmutableSortedMap<String, Double> clusters, Metric... metrics) {
    Analysis analysis =
        new Analysis(
            true,
            0.01,
            Duration.ofSeconds(120),
            OptionalDouble.empty(),
            OptionalDouble.empty(),
            ImmutableList.copyOf(metrics));
    return new Streams(Judge.start(analysis, baseline, clusters));
  }

  private static MetricVerdict metric(Streams s, String name) {
    return s.judge().verdict().metrics().stream()
        .filter(m -> m.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void nothingSeenIsTooLittleToLookAt() {
    assertThat(standard().state()).isEqualTo(State.INSUFFICIENT_DATA);
    assertThat(standard().gate().harmRuledOut()).isFalse();
    assertThat(standard().gate().randomised()).isFalse();
  }

  @Test
  void totalFailureIsCaughtWithinTwoSecondsAtFifteenRequests() {
    Streams s = standard().windows(1, 1, plain(15, 15), plain(135, 0));
    assertThat(s.gate().harmShown()).isFalse();
    s.windows(1, 1, plain(15, 15), plain(135, 0));
    assertThat(s.gate().harmShown()).isTrue();
    assertThat(s.gate().blame()).isEqualTo("catastrophe");
    assertThat(s.state()).isEqualTo(State.UNHEALTHY);
    assertThat(metric(s, "catastrophe").state()).isEqualTo(State.UNHEALTHY);
    assertThat(metric(s, "catastrophe").bound()).isEqualTo(Math.log(500), within(1e-12));
    assertThat(metric(s, "catastrophe").canary()).isEqualTo(1);
    assertThat(metric(s, "catastrophe").control()).isZero();
    assertThat(metric(s, "catastrophe").requests()).isEqualTo(30);
  }

  @Test
  void totalFailureAfterAHealthyHalfHourIsCaughtWithinFiveSeconds() {
    Streams s = standard().windows(1800, 1, arm(15, 0), arm(135, 0));
    assertThat(s.gate().harmShown()).isFalse();
    s.windows(5, 1, arm(15, 15), arm(135, 0));
    assertThat(s.gate().harmShown()).isTrue();
  }

  @Test
  void windowsOfTenSecondsDoNotFeedTheCatastropheDetector() {
    Streams s = standard().windows(3, 10, plain(150, 150), plain(1350, 0));
    assertThat(metric(s, "catastrophe").evidence()).isZero();
    assertThat(s.gate().harmShown()).isTrue();
    assertThat(s.gate().blame()).isEqualTo("errors");
  }

  @Test
  void tenSecondsAreJudgedAsOneWindow() {
    Streams seconds = judging(ERRORS).windows(10, 1, plain(100, 3), plain(900, 1));
    Streams whole = judging(ERRORS).windows(1, 10, plain(1000, 30), plain(9000, 10));
    assertThat(metric(seconds, "errors").evidence())
        .isEqualTo(metric(whole, "errors").evidence(), within(1e-12));
    assertThat(judging(ERRORS).windows(9, 1, plain(100, 3), plain(900, 1)).judge().fold().length())
        .isEqualTo(Duration.ofSeconds(9));
  }

  @Test
  void aFoldEndsWhenTheSplitChanges() {
    Streams s =
        judging(ERRORS)
            .windows(4, 1, plain(100, 3), plain(900, 1))
            .weight(250_000)
            .windows(1, 1, plain(250, 3), plain(750, 1));
    Streams whole = judging(ERRORS).windows(1, 10, plain(400, 12), plain(3600, 4));
    assertThat(metric(s, "errors").evidence())
        .isEqualTo(metric(whole, "errors").evidence(), within(1e-12));
    assertThat(s.judge().fold().length()).isEqualTo(Duration.ofSeconds(1));
  }

  @Test
  void anUnusableSecondIsLeftOutOfItsFold() {
    Streams s =
        judging(ERRORS)
            .windows(5, 1, plain(100, 3), plain(900, 1))
            .gap(1, 1)
            .windows(4, 1, plain(100, 3), plain(900, 1));
    Streams whole = judging(ERRORS).windows(1, 10, plain(900, 27), plain(8100, 9));
    assertThat(metric(s, "errors").evidence())
        .isEqualTo(metric(whole, "errors").evidence(), within(1e-12));
  }

  @Test
  void aMetricsGapNeitherConvictsNorAcquits() {
    Streams s = standard().windows(30, 10, arm(1000, 1), arm(9000, 9));
    double before = s.judge().verdict().evidence();
    double against = s.judge().detector().errors().getFirst().clearance().lnE(0.01);
    s.gap(60, 10);
    assertThat(s.judge().verdict().evidence()).isEqualTo(before, within(1e-9));
    assertThat(s.judge().detector().errors().getFirst().clearance().lnE(0.01)).isEqualTo(against);
    assertThat(s.gate().harmShown()).isFalse();
  }

  @Test
  void aBurstThatBothArmsShareCancels() {
    Streams s = standard().windows(30, 10, arm(1000, 1), arm(9000, 9));
    s.windows(12, 10, arm(1000, 300), arm(9000, 2700)).windows(6, 10, arm(1000, 1), arm(9000, 9));
    assertThat(s.gate().harmShown()).isFalse();
    assertThat(s.gate().signOfHarm()).isFalse();
    assertThat(s.gate().harmRuledOut()).isTrue();
  }

  @Test
  void harmThatBeginsAfterAHealthyHourIsCaught() {
    Streams s = standard().windows(360, 10, arm(1000, 1), arm(9000, 9));
    assertThat(s.state()).isEqualTo(State.HEALTHY);
    s.windows(12, 10, arm(1000, 50), arm(9000, 9));
    assertThat(s.state()).isEqualTo(State.UNHEALTHY);
    assertThat(s.gate().blame()).isEqualTo("errors");
  }

  @Test
  void aHealthyCanaryIsHealthyOnceHarmIsRuledOut() {
    Streams s = standard().windows(6, 10, arm(1000, 1), arm(9000, 9));
    assertThat(s.state()).as("latency still warms up").isEqualTo(State.INSUFFICIENT_DATA);
    assertThat(metric(s, "errors").state()).isEqualTo(State.HEALTHY);
    s.windows(24, 10, arm(1000, 1), arm(9000, 9));
    assertThat(s.state()).isEqualTo(State.HEALTHY);
    assertThat(s.gate()).isEqualTo(new Gate(false, s.gate().blame(), false, true, true, false));
    assertThat(s.judge().verdict().bound()).isEqualTo(Math.log(125), within(1e-12));
  }

  @Test
  void aLargerStepMustExcludeSmallerHarm() {
    Streams s = judging(ERRORS).windows(1, 10, plain(1000, 0), plain(9000, 0));
    assertThat(s.gate().harmRuledOut()).isTrue();
    s.weight(500_000).windows(1, 10, plain(1000, 0), plain(1000, 0));
    assertThat(s.gate().harmRuledOut()).isFalse();
    assertThat(s.state()).isEqualTo(State.INSUFFICIENT_DATA);
    s.windows(1, 10, plain(5000, 0), plain(5000, 0));
    assertThat(s.gate().harmRuledOut()).isTrue();
  }

  @Test
  void aSlowCanaryIsCaughtAndLatencyIsBlamed() {
    Streams s = standard().windows(60, 10, arm(1000, 1, 1), arm(9000, 9));
    assertThat(s.gate().harmShown()).isTrue();
    assertThat(s.gate().blame()).isEqualTo("latency");
    assertThat(metric(s, "latency").estimate()).isPositive();
  }

  @Test
  void latencyIsNotJudgedWhileTheCanaryWarmsUp() {
    Streams s = standard().windows(12, 10, arm(1000, 1, 2), arm(9000, 9));
    assertThat(metric(s, "latency").state()).isEqualTo(State.INSUFFICIENT_DATA);
    assertThat(metric(s, "latency").requests()).isZero();
    s.windows(30, 10, arm(1000, 1), arm(9000, 9));
    assertThat(metric(s, "latency").state()).isEqualTo(State.HEALTHY);
  }

  @Test
  void withoutAThousandRequestsOfStableLatencyHasNoThresholds() {
    Streams s = standard().windows(60, 10, arm(5, 0), arm(16, 0));
    assertThat(s.judge().detector().latency().getFirst().evidence().blind()).isTrue();
    s.windows(3, 10, arm(5, 0), arm(16, 0));
    assertThat(s.judge().detector().latency().getFirst().evidence().blind()).isFalse();
  }

  @Test
  void tooFewRequestsToExcludeHarmAreTooLittleToLookAt() {
    Streams s = judging(ERRORS).windows(3, 10, plain(10, 0), plain(90, 0));
    assertThat(s.state()).isEqualTo(State.INSUFFICIENT_DATA);
    assertThat(s.gate().randomised()).isTrue();
  }

  @Test
  void evidenceIsAveragedOverMeshClusters() {
    ImmutableSortedMap<String, Double> weights = ImmutableSortedMap.of("east", 0.25, "west", 0.5);
    ImmutableSortedMap<String, Arms> bad =
        ImmutableSortedMap.of("east", new Arms(plain(1000, 20), plain(9000, 9)));
    Streams s = judging(Baseline.NONE, weights, ERRORS).windows(3, 10, bad);
    Streams alone = judging(ERRORS).windows(3, 10, plain(1000, 20), plain(9000, 9));
    double alonE = Math.exp(alone.judge().verdict().evidence());
    assertThat(Math.exp(s.judge().verdict().evidence()))
        .isEqualTo(0.25 * alonE + 0.75, within(1e-9 * alonE));
  }

  @Test
  void aMeshClusterThatIsNotListedCountsUnderTheRestOrNotAtAll() {
    ImmutableSortedMap<String, Arms> elsewhere =
        ImmutableSortedMap.of("north", new Arms(plain(1000, 20), plain(9000, 9)));
    Streams ignored = judging(ERRORS).windows(3, 10, elsewhere);
    assertThat(ignored.judge().verdict().evidence()).isZero();
    Streams rest =
        judging(Baseline.NONE, ImmutableSortedMap.of("", 0.5, "local", 0.5), ERRORS)
            .windows(3, 10, elsewhere);
    assertThat(rest.judge().verdict().evidence()).isPositive();
  }

  @Test
  void weightsAboveOneAreRefused() {
    ImmutableSortedMap<String, Double> weights = ImmutableSortedMap.of("a", 0.7, "b", 0.7);
    assertThatThrownBy(() -> Judge.start(Analysis.DEFAULT, Baseline.NONE, weights))
        .hasMessageContaining("0.7")
        .hasMessageContaining("summing to at most 1");
  }

  @Test
  void aDryRunNeverDecides() {
    Streams s =
        judging(ERRORS, new Metric.Errors("trial", Harm.relative(0), true))
            .windows(10, 10, plain(1000, 1), plain(9000, 9));
    assertThat(s.gate().harmRuledOut()).isTrue();
    Streams only = judging(new Metric.Errors("trial", Harm.relative(0), true));
    only.windows(30, 10, plain(1000, 500), plain(9000, 9));
    assertThat(only.judge().verdict().evidence()).isLessThan(0);
    assertThat(metric(only, "trial").state()).isEqualTo(State.UNHEALTHY);
    assertThat(only.gate().harmShown()).isFalse();
  }

  @Test
  void rowsOfTheVerdictAddUpToItsEvidence() {
    Streams s =
        judging(
                ERRORS,
                new Metric.Errors("strict", Harm.relative(0), false),
                new Metric.Latency("latency", 0.99, 0.05, false),
                new Metric.ErrorsAtMost("slo", 0.05, false))
            .windows(30, 10, arm(1000, 2), arm(9000, 9));
    double sum =
        s.judge().verdict().metrics().stream()
            .filter(m -> !m.name().equals("catastrophe"))
            .mapToDouble(m -> Math.exp(m.evidence()))
            .sum();
    assertThat(Math.log(sum)).isEqualTo(s.judge().verdict().evidence(), within(1e-9));
  }

  @Test
  void aCohortThatFailsIsCaughtByTheBoundThatEveryPolicyHas() {
    Streams s = standard().weight(0).cohort(6, 10, plain(100, 0), arm(9000, 9));
    assertThat(s.gate().randomised()).isFalse();
    assertThat(s.gate().harmRuledOut()).isTrue();
    assertThat(s.state()).isEqualTo(State.HEALTHY);
    s.cohort(6, 10, plain(100, 60), arm(9000, 9));
    assertThat(s.gate().harmShown()).isTrue();
    assertThat(s.gate().blame()).isEqualTo("cohorts");
  }

  @Test
  void theImpliedBoundDoesNotChangeWhatTheEvidenceIsWorth() {
    Streams s = judging(ERRORS).windows(30, 10, plain(1000, 6), plain(9000, 9));
    double before = s.judge().verdict().evidence();
    s.cohort(1, 10, ArmCounts.NONE, ArmCounts.NONE);
    DefaultDetector paid =
        s.judge().detector().withImpliedBound(0.05, Dispersion.Prior.UNKNOWN, LOCAL);
    assertThat(paid.lnE(LOCAL)).isEqualTo(before, within(1e-9));
    assertThat(paid.hasBound()).isTrue();
  }

  @Test
  void aBoundThatBothArmsBreakHoldsAndBlamesNobody() {
    Streams s =
        judging(ERRORS, new Metric.ErrorsAtMost("slo", 0.05, false))
            .windows(12, 10, plain(1000, 300), plain(9000, 2700));
    assertThat(s.gate().bothArmsBreach()).isTrue();
    assertThat(s.gate().harmShown()).isFalse();
    assertThat(s.gate().harmRuledOut()).isFalse();
    assertThat(s.state()).isEqualTo(State.INCONCLUSIVE);
    s.windows(12, 10, plain(1000, 1), plain(9000, 9));
    assertThat(s.gate().bothArmsBreach()).as("after the outage").isFalse();
  }

  @Test
  void aBoundThatOnlyTheCanaryBreaksConvictsIt() {
    Streams s =
        judging(new Metric.ErrorsAtMost("slo", 0.05, false))
            .windows(18, 10, plain(1000, 150), plain(9000, 9));
    assertThat(s.gate().harmShown()).isTrue();
    assertThat(s.gate().blame()).isEqualTo("slo");
    assertThat(s.gate().bothArmsBreach()).isFalse();
  }

  @Test
  void aSilentStableLeavesTheCanaryToTheAbsoluteBound() {
    Streams s = standard().windows(6, 10, plain(100, 1), ArmCounts.NONE);
    assertThat(s.gate().randomised()).isFalse();
    assertThat(s.gate().harmRuledOut()).isTrue();
    s.windows(12, 10, plain(100, 70), ArmCounts.NONE);
    assertThat(s.gate().harmShown()).isTrue();
  }

  @Test
  void sparseTrafficIsNotTakenForASilentStable() {
    Streams s = standard().weight(10_000).windows(60, 10, ArmCounts.NONE, arm(1, 0));
    assertThat(s.gate().harmRuledOut()).isFalse();
    assertThat(s.state()).isEqualTo(State.INSUFFICIENT_DATA);
  }

  @Test
  void withoutAnalysisNothingIsJudged() {
    Streams s = new Streams(Judge.start(Analysis.OFF, Baseline.NONE, LOCAL));
    s.windows(30, 1, plain(100, 100), plain(900, 0));
    assertThat(s.gate()).isEqualTo(new Gate(false, "", false, true, true, false));
  }

  @Test
  void historyOfASteadyServiceMakesTheVerdictFaster() {
    Block steady = new Block(Duration.ofMinutes(2), plain(6000, 60), plain(6000, 63));
    Baseline learnt =
        new Baseline(
            ImmutableList.copyOf(Collections.nCopies(15, steady)), Histogram.NONE, 180_000, 1845);
    int withHistory = windowsToRollback(judging(learnt, LOCAL, ERRORS));
    int without = windowsToRollback(judging(ERRORS));
    assertThat(withHistory * 2).isLessThan(without);
  }

  private static int windowsToRollback(Streams s) {
    int windows = 0;
    while (!s.gate().harmShown() && windows < 1000) {
      s.windows(1, 10, plain(1000, 25), plain(9000, 90));
      windows++;
    }
    return windows;
  }

  @Test
  void equalWindowsMakeEqualJudges() {
    Judge one = standard().windows(25, 1, arm(100, 1), arm(900, 9)).judge();
    Judge two = standard().windows(25, 1, arm(100, 1), arm(900, 9)).judge();
    assertThat(one).isEqualTo(two);
  }
}
