package dev.serin.server.control;

import static dev.serin.server.control.Bench.V2;
import static dev.serin.server.control.Bench.V3;
import static org.assertj.core.api.Assertions.assertThat;

import dev.serin.policy.Analysis;
import dev.serin.rollout.Event;
import dev.serin.rollout.Phase;
import dev.serin.spi.StoreException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A store that hangs in a sync: it answers late, or never. */
class SilentStoreTest {
  private final Bench bench = new Bench();

  @AfterEach
  void end() {
    bench.store.disk.countDown();
    bench.loop.close();
  }

  /** From now on the disk hangs. */
  private void hang() {
    bench.patience = Duration.ofMillis(1);
    bench.restart();
    bench.turn();
    bench.loop.awaitStore();
    bench.turn();
    bench.store.disk = new CountDownLatch(1);
  }

  private void diskIsBack() {
    bench.store.disk.countDown();
    bench.loop.awaitStore();
  }

  /** The turn that runs into it, and those after it. */
  private void assertServed(int ppm) {
    assertThat(bench.publishedWeight(V2)).isEqualTo(ppm);
    assertThat(bench.weight(V2)).isEqualTo(ppm);
  }

  private void assertRestartIsExact() {
    bench.loop.awaitStore();
    bench.assertGapless(V2);
    var state = bench.state(V2);
    bench.patience = Duration.ofMinutes(1);
    bench.restart();
    assertThat(bench.state(V2)).isEqualTo(state);
  }

  @Test
  void loweringDoesNotWaitForADiskThatHangs() {
    bench.baking(Analysis.OFF);
    hang();
    bench.answer = null;
    assertThat(bench.refused(bench.abort(V2)).reason()).contains("has not answered", "was done");
    assertServed(0);
    assertThat(bench.loop.trouble()).isPresent();
    bench.turns(5).in(V2, Phase.ROLLING_BACK);
    diskIsBack();
    bench.turns(2).in(V2, Phase.ROLLING_BACK);
    assertServed(0);
    assertThat(bench.loop.trouble()).isEmpty();
    assertThat(bench.journal(V2)).filteredOn("Abort"::equals).hasSize(1);
    assertRestartIsExact();
  }

  @Test
  void whatWasStoredInTheEndIsActedUpon() {
    bench.baking(Analysis.OFF);
    hang();
    var asked = bench.verb(V2, (at, by) -> new Event.SetWeight(at, by, 500_000));
    bench.turns(3);
    assertServed(100_000);
    assertThat(asked).as("it is not known yet").isNotDone();
    diskIsBack();
    bench.turn();
    assertServed(500_000);
    assertThat(asked.join()).isInstanceOf(Outcome.Done.class);
    assertRestartIsExact();
  }

  @Test
  void whatWasNotStoredInTheEndNeverWas() {
    bench.baking(Analysis.OFF);
    hang();
    bench.storeFails(StoreException.Kind.UNAVAILABLE);
    var asked = bench.verb(V2, (at, by) -> new Event.SetWeight(at, by, 500_000));
    bench.turn();
    diskIsBack();
    bench.turn();
    assertServed(100_000);
    assertThat(asked.join()).isInstanceOf(Outcome.Refused.class);
    bench.storeIsBack();
    bench.turns(2);
    assertServed(100_000);
    assertRestartIsExact();
  }

  /** It was decided without what is stored now, and that would have undone it. */
  @Test
  void whatWasLoweredMeanwhileStaysLowWhenARaiseTurnsOutToBeStored() {
    bench.baking(Analysis.OFF);
    hang();
    var raised = bench.verb(V2, (at, by) -> new Event.SetWeight(at, by, 500_000));
    bench.turn();
    assertServed(100_000);
    bench.answer = null;
    bench.refused(bench.abort(V2));
    assertServed(0);
    int published = bench.published.size();
    diskIsBack();
    bench.turn();
    bench.loop.awaitStore();
    bench.turn().in(V2, Phase.ROLLING_BACK);
    assertThat(bench.published.subList(published, bench.published.size()))
        .as("what was published since then")
        .allSatisfy(
            catalog -> assertThat(Bench.of(catalog, V2).state().split().weightPpm()).isZero());
    assertServed(0);
    assertThat(bench.journal(V2)).containsSubsequence("SetWeight", "Abort");
    assertThat(bench.state(V2).reason()).contains("while the store did not answer");
    assertThat(raised).isDone();
    bench.loop.awaitStore();
    bench.turn();
    assertRestartIsExact();
  }

  @Test
  void aWindowIsCountedOnceAlsoWhenItsTurnWasStoredLate() {
    bench.baking(Wants.ERRORS);
    hang();
    long before = bench.live(V2).tally().canaryRequests();
    bench.window(V2, 100, 0, 900).turn();
    bench.window(V2, 100, 0, 900).turn();
    assertThat(bench.live(V2).tally().canaryRequests()).isEqualTo(before);
    diskIsBack();
    bench.turn();
    bench.loop.awaitStore();
    bench.turn();
    assertThat(bench.live(V2).tally().canaryRequests()).isEqualTo(before + 200);
    assertRestartIsExact();
  }

  @Test
  void whatWasLoweredWhileAnotherRolloutWasWrittenIsWrittenAfterIt() {
    bench.baking(Analysis.OFF);
    hang();
    var applied = bench.apply(Wants.policy(Analysis.OFF), Wants.release(V3, "v3"));
    bench.turn();
    bench.answer = null;
    bench.refused(bench.abort(V2));
    assertServed(0);
    diskIsBack();
    for (int i = 0; i < 3; i++) {
      bench.turn();
      bench.loop.awaitStore();
    }
    assertThat(bench.publishedWeight(V2)).isZero();
    assertThat(bench.loop.trouble()).isEmpty();
    assertThat(applied).isDone();
  }
}
