package dev.serin.server.control;

import static dev.serin.server.control.Bench.V2;
import static org.assertj.core.api.Assertions.assertThat;

import dev.serin.policy.Analysis;
import dev.serin.rollout.Phase;
import dev.serin.server.fleet.RolloutMeters;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What was decided is counted and timed by the instants at which it was decided. */
final class RolloutMetersTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final Bench bench = new Bench();

  RolloutMetersTest() {
    RolloutMeters meters = new RolloutMeters(registry);
    bench.later = meters::changed;
  }

  private double seconds(String meter, String... tags) {
    Timer timer = registry.get(meter).tags(tags).timer();
    assertThat(timer.count()).isEqualTo(1);
    return timer.totalTime(TimeUnit.SECONDS);
  }

  @Test
  void aStepIsTimedFromItsEntryToTheNext() {
    bench.baking(Analysis.OFF);
    assertThat(registry.find("serin.step").timer()).isNull();
    bench.turns(11);
    assertThat(bench.state(V2).step()).isEqualTo(2);
    assertThat(seconds("serin.step", "service", "checkout")).isEqualTo(10);
  }

  @Test
  void aHoldIsTimedUnderItsCause() {
    bench.baking(Wants.ERRORS);
    bench.turns(70).in(V2, Phase.HOLDING);
    bench.done(bench.abort(V2));
    assertThat(seconds("serin.held", "cause", "metrics_lost")).isPositive();
  }

  @Test
  void aRollbackIsTimedUntilZeroIsEverywhere() {
    bench.baking(Analysis.OFF);
    bench.answer = null;
    bench.done(bench.abort(V2));
    bench.turns(3).in(V2, Phase.ROLLING_BACK);
    bench.fleetAcks().turns(1);
    bench.in(V2, Phase.ROLLED_BACK);
    assertThat(seconds("serin.rollback", "tenant", "shop")).isEqualTo(4);
    assertThat(
            registry
                .get("serin.rollouts.finished")
                .tags("outcome", "rolled_back")
                .counter()
                .count())
        .isEqualTo(1);
  }
}
