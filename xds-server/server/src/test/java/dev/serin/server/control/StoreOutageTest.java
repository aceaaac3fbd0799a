package dev.serin.server.control;

import static dev.serin.server.control.Bench.V2;
import static dev.serin.server.control.Bench.V3;
import static dev.serin.server.control.Wants.ERRORS;
import static dev.serin.server.control.Wants.release;
import static org.assertj.core.api.Assertions.assertThat;

import dev.serin.policy.Analysis;
import dev.serin.rollout.Event;
import dev.serin.rollout.Phase;
import dev.serin.server.control.Outcome.Kind;
import dev.serin.spi.StoreException;
import org.junit.jupiter.api.Test;

/** A store that does not answer, or holds what another wrote. */
class StoreOutageTest {
  private final Bench bench = new Bench();

  @Test
  void exposureDoesNotRiseWhileTheStoreIsAway() {
    bench.baking(Analysis.OFF);
    bench.storeFails(StoreException.Kind.UNAVAILABLE);
    bench.turns(60);
    assertThat(bench.weight(V2)).isEqualTo(100_000);
    assertThat(bench.publishedWeight(V2)).isEqualTo(100_000);
    Outcome.Refused<?> refused =
        bench.refused(bench.verb(V2, (at, by) -> new Event.SetWeight(at, by, 500_000)));
    assertThat(refused.kind()).isEqualTo(Kind.UNAVAILABLE);
    assertThat(bench.publishedWeight(V2)).isEqualTo(100_000);
    assertThat(bench.loop.trouble()).hasValueSatisfying(t -> assertThat(t).contains("UNAVAILABLE"));
    bench.storeIsBack();
    bench.turns(2);
    assertThat(bench.loop.trouble()).isEmpty();
    assertThat(bench.weight(V2)).as("the step was long over").isGreaterThan(100_000);
  }

  @Test
  void anAbortLowersFirstAndIsWrittenWhenTheStoreIsBack() {
    bench.baking(Analysis.OFF);
    int entries = bench.journal(V2).size();
    bench.storeFails(StoreException.Kind.UNAVAILABLE);
    bench.answer = null;
    Outcome.Refused<?> told = bench.refused(bench.abort(V2));
    assertThat(told.reason()).contains("was done");
    bench.in(V2, Phase.ROLLING_BACK);
    assertThat(bench.publishedWeight(V2)).isZero();
    assertThat(bench.journal(V2)).hasSize(entries);
    bench.fleetAcks().turns(5);
    bench.in(V2, Phase.ROLLING_BACK); // that zero is everywhere is no lowering: it waits
    bench.storeIsBack();
    bench.turns(2).in(V2, Phase.ROLLED_BACK);
    assertThat(bench.journal(V2)).endsWith("Abort", "ConvergenceReported");
    bench.assertGapless(V2);
    var before = bench.state(V2);
    bench.restart();
    assertThat(bench.state(V2)).isEqualTo(before);
  }

  /** Windows are handed out once: a judge that lost those of an outage would never see the harm. */
  @Test
  void harmThatShowsOverSeveralTurnsOfAnOutageRollsBack() {
    bench.baking(ERRORS);
    bench.storeFails(StoreException.Kind.UNAVAILABLE);
    bench.answer = null;
    for (int i = 0; i < 20 && bench.state(V2).phase() == Phase.PROGRESSING; i++) {
      bench.window(V2, 20, 20, 400).turn();
    }
    bench.in(V2, Phase.ROLLING_BACK);
    assertThat(bench.publishedWeight(V2)).isZero();
    bench.storeIsBack();
    bench.turns(2);
    assertThat(bench.journal(V2)).contains("Observed");
    bench.assertGapless(V2);
    var state = bench.state(V2);
    bench.restart();
    assertThat(bench.state(V2)).isEqualTo(state);
  }

  @Test
  void windowsOfAnOutageAreCountedWhenItIsOver() {
    bench.baking(ERRORS);
    long before = bench.live(V2).tally().canaryRequests();
    bench.storeFails(StoreException.Kind.UNAVAILABLE);
    bench.window(V2, 100, 0, 900).turn();
    bench.window(V2, 100, 0, 900).turn();
    assertThat(bench.live(V2).tally().canaryRequests()).isEqualTo(before);
    bench.storeIsBack();
    bench.turn();
    assertThat(bench.live(V2).tally().canaryRequests()).isEqualTo(before + 200);
    bench.turn();
    assertThat(bench.live(V2).tally().canaryRequests()).isEqualTo(before + 200);
  }

  /**
   * Harm within keepWarm moves stable back. When only the plan went down and stable stayed, the end
   * of the rollback would have sent everybody to the harmful version.
   */
  @Test
  void stableMovesBackWithARollbackAfterPromotionAlsoInAnOutage() {
    bench.baking(Analysis.OFF);
    bench.done(bench.verb(V2, (at, by) -> new Event.Promote(at, by, true, false)));
    bench.turn().in(V2, Phase.SUCCEEDED);
    bench.storeFails(StoreException.Kind.UNAVAILABLE);
    bench.refused(bench.verb(V2, Event.Rollback::new));
    bench.in(V2, Phase.ROLLING_BACK);
    assertThat(bench.stable()).isEqualTo("v1");
    bench.storeIsBack();
    bench.turns(2).in(V2, Phase.ROLLED_BACK);
    assertThat(bench.stable()).isEqualTo("v1");
    bench.restart();
    assertThat(bench.stable()).isEqualTo("v1");
  }

  /** The store had not taken it when the server was killed: the old weight came back. */
  @Test
  void whatWasLoweredAheadOfTheJournalStaysLowWhenTheServerIsKilled() {
    bench.baking(Analysis.OFF);
    bench.storeFails(StoreException.Kind.UNAVAILABLE);
    bench.answer = null;
    bench.refused(bench.abort(V2));
    assertThat(bench.publishedWeight(V2)).isZero();
    bench.loop.close();
    int published = bench.published.size();
    bench.storeIsBack();
    bench.restart();
    assertThat(bench.published.subList(published, bench.published.size()))
        .as("whatever the new server publishes")
        .isNotEmpty()
        .allSatisfy(
            catalog -> assertThat(Bench.of(catalog, V2).state().split().weightPpm()).isZero());
    bench.turn().in(V2, Phase.ROLLING_BACK);
    assertThat(bench.state(V2).decided().actor()).isEqualTo("ann");
    assertThat(bench.state(V2).reason()).contains("while the store did not answer");
    assertThat(bench.journal(V2)).contains("Abort");
    bench.fleetAcks().turn().in(V2, Phase.ROLLED_BACK);
    bench.loop.close();
    assertThat(bench.memory.aside()).isEmpty();
  }

  /** The store is still away: the new server, too, lowers first. */
  @Test
  void whatWasLoweredStaysLowFromServerToServer() {
    bench.baking(Analysis.OFF);
    bench.storeFails(StoreException.Kind.UNAVAILABLE);
    bench.answer = null;
    bench.refused(bench.abort(V2));
    for (int i = 0; i < 2; i++) {
      bench.loop.close();
      bench.restart();
      bench.in(V2, Phase.ROLLING_BACK);
      assertThat(bench.publishedWeight(V2)).isZero();
    }
    bench.storeIsBack();
    bench.turns(2);
    bench.assertGapless(V2);
    assertThat(bench.journal(V2)).filteredOn("Abort"::equals).hasSize(1);
  }

  /** Nothing else was to be written when the store was back. */
  @Test
  void whatWasStoredByTheRetryAloneIsNotAheadAnyMore() {
    bench.baking(Analysis.OFF);
    bench.storeFails(StoreException.Kind.UNAVAILABLE);
    bench.refused(bench.verb(V2, (at, by) -> new Event.SetWeight(at, by, 10_000)));
    bench.storeIsBack();
    bench.turns(2);
    bench.loop.close();
    assertThat(bench.store.asides).hasSize(2);
    assertThat(bench.memory.aside()).isEmpty();
  }

  /** What is kept aside may be older than the journal: then it says nothing any more. */
  @Test
  void whatWasStoredInTheEndIsNotLoweredAgain() {
    bench.baking(Analysis.OFF);
    bench.storeFails(StoreException.Kind.UNAVAILABLE);
    bench.refused(bench.verb(V2, (at, by) -> new Event.SetWeight(at, by, 10_000)));
    bench.loop.awaitStore();
    bench.storeIsBack();
    bench.turns(2);
    bench.done(bench.verb(V2, (at, by) -> new Event.SetWeight(at, by, 300_000)));
    bench.loop.close(); // who keeps things aside has a thread of its own, and is done now
    bench.memory.keepAside(bench.store.asides.getFirst());
    bench.restart();
    assertThat(bench.publishedWeight(V2)).isEqualTo(300_000);
    bench.loop.close();
    assertThat(bench.memory.aside()).isEmpty();
  }

  /** Zero and up again within one turn is no lowering. */
  @Test
  void whatWentDownAndUpInOneTurnIsDroppedWhole() {
    bench.baking(Analysis.OFF);
    bench.storeFails(StoreException.Kind.UNAVAILABLE);
    var down = bench.verb(V2, (at, by) -> new Event.SetWeight(at, by, 0));
    var up = bench.verb(V2, (at, by) -> new Event.SetWeight(at, by, 900_000));
    bench.turn();
    assertThat(down.join()).isInstanceOf(Outcome.Refused.class);
    assertThat(up.join()).isInstanceOf(Outcome.Refused.class);
    assertThat(bench.publishedWeight(V2)).isEqualTo(100_000);
    bench.in(V2, Phase.PROGRESSING);
  }

  @Test
  void aRolloutDoesNotMakeRoomForOneThatCouldNotBeStored() {
    bench.baking(Analysis.OFF);
    bench.storeFails(StoreException.Kind.UNAVAILABLE);
    bench.refused(bench.apply(release(V3, "v3")));
    bench.in(V2, Phase.PROGRESSING);
    assertThat(bench.loop.catalog().rollouts()).containsOnlyKeys(V2);
  }

  @Test
  void aStoreThatIsBackIsNoticedWithoutAnythingToWrite() {
    bench.baking(Analysis.OFF);
    bench.done(bench.verb(V2, Event.Pause::new));
    bench.storeFails(StoreException.Kind.UNAVAILABLE);
    bench.refused(bench.verb(V2, Event.Resume::new));
    assertThat(bench.loop.trouble()).isPresent();
    bench.storeIsBack();
    bench.turns(2);
    assertThat(bench.loop.trouble()).isEmpty();
    int commits = bench.store.commits.size();
    bench.turns(10);
    assertThat(bench.store.commits).hasSize(commits);
    bench.done(bench.verb(V2, Event.Resume::new));
  }

  /** It was told once that nobody is there, and what it was told was lost with the turn. */
  @Test
  void aRollbackOfAnEmptyFleetIsOverAlsoWhenItsEndCouldNotBeStoredAtFirst() {
    bench.baking(Analysis.OFF).turns(31);
    bench.nobodyYet = true;
    bench.done(bench.abort(V2));
    bench.storeFails(StoreException.Kind.UNAVAILABLE);
    bench.turns(3).in(V2, Phase.ROLLING_BACK);
    bench.storeIsBack();
    bench.turns(3).in(V2, Phase.ROLLED_BACK);
  }

  @Test
  void aServerWhoseStoreHasAnotherWriterDecidesNothingAnyMore() {
    bench.baking(Analysis.OFF);
    bench.storeFails(StoreException.Kind.CONFLICT);
    Outcome.Refused<?> refused = bench.refused(bench.abort(V2));
    assertThat(refused.kind()).isEqualTo(Kind.UNAVAILABLE);
    bench.storeIsBack();
    bench.turns(60).in(V2, Phase.PROGRESSING);
    assertThat(bench.publishedWeight(V2)).isEqualTo(100_000);
    assertThat(bench.refused(bench.abort(V2)).reason()).contains("decides nothing", "restart");
    assertThat(bench.loop.trouble()).hasValueSatisfying(t -> assertThat(t).contains("restart"));
  }
}
