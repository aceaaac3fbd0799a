package dev.serin.server.control;

import static dev.serin.server.control.Bench.ANN;
import static dev.serin.server.control.Bench.CHECKOUT;
import static dev.serin.server.control.Bench.T0;
import static dev.serin.server.control.Bench.V2;
import static dev.serin.server.control.Wants.ERRORS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.policy.Analysis;
import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.Hook;
import dev.serin.rollout.Block;
import dev.serin.rollout.ClusterConvergence;
import dev.serin.rollout.Decision;
import dev.serin.rollout.Endpoints;
import dev.serin.rollout.Event;
import dev.serin.rollout.HoldCause;
import dev.serin.rollout.HookCall;
import dev.serin.rollout.JournalEntry;
import dev.serin.rollout.Opening;
import dev.serin.rollout.Phase;
import dev.serin.rollout.Rollout;
import dev.serin.rollout.RolloutState;
import dev.serin.rollout.Split;
import dev.serin.rollout.Stage;
import dev.serin.spi.Batch;
import dev.serin.spi.StoreException;
import dev.serin.spi.StoredResource;
import dev.serin.text.RecordJson;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class RestartTest {
  private final Bench bench = new Bench();

  private void assertRestartIsExact() {
    Catalog before = bench.loop.catalog();
    bench.restart();
    Catalog after = bench.loop.catalog();
    assertThat(after.services()).isEqualTo(before.services());
    assertThat(after.policies()).isEqualTo(before.policies());
    assertThat(after.revision()).isEqualTo(before.revision());
    assertThat(after.rollouts().keySet()).isEqualTo(before.rollouts().keySet());
    before
        .rollouts()
        .forEach((name, live) -> {
          LiveRollout again = bench.live(name);
          assertThat(again.state()).isEqualTo(live.state());
          assertThat(again.tally()).isEqualTo(live.tally());
          assertThat(again.started()).isEqualTo(live.started());
          assertThat(again.finished()).isEqualTo(live.finished());
          assertThat(again.fleet()).isEqualTo(live.fleet());
          assertThat(again.seq()).isEqualTo(live.seq());
        });
  }

  @Test
  void aRolloutResumesWhereItWasWithItsJudge() {
    bench.baking(ERRORS);
    for (int i = 0; i < 5; i++) {
      bench.window(V2, 100, 1, 900).turn();
    }
    assertThat(bench.state(V2).evidence().judge()).isPresent();
    assertRestartIsExact();
    assertThat(bench.watched).containsKey(V2);
    assertThat(bench.publishedWeight(V2)).isEqualTo(100_000);
    for (int i = 0; i < 300 && bench.state(V2).phase() != Phase.SUCCEEDED; i++) {
      bench.window(V2, 5_000, 0, 20_000).turn();
    }
    bench.in(V2, Phase.SUCCEEDED);
    assertRestartIsExact();
    bench.assertGapless(V2);
  }

  /** What was accepted, and what was rejected, by whom. */
  @Test
  void whatEachKindOfProxiesHadIsToldToTheNextServer() {
    bench.baking(Analysis.OFF);
    ImmutableList<KindStanding> had =
        ImmutableList.of(
            new KindStanding(V2, "east ENVOY 1.40", bench.state(V2).split(), Optional.empty()),
            new KindStanding(
                V2,
                "old ENVOY 1.30",
                Split.NONE,
                Optional.of(
                    new KindStanding.Refusal(
                        bench.state(V2).split(), "envoy-1", "no such field"))));
    bench.standings = had;
    bench.storeFails(StoreException.Kind.UNAVAILABLE);
    bench.turn();
    bench.storeIsBack();
    bench.turns(2);
    int commits = bench.store.commits.size();
    bench.turn();
    assertThat(bench.store.commits).as("once").hasSize(commits);
    assertRestartIsExact();
    assertThat(bench.restored).isEqualTo(had);
  }

  @Test
  void aRestartAfterACheckpointReadsOnlyWhatCameAfterIt() {
    bench.baking(ERRORS);
    bench.done(bench.verb(V2, Event.Pause::new)); // judged, and going nowhere
    for (int i = 0; i < RolloutStream.CHECKPOINT_EVERY + 50; i++) {
      bench.window(V2, 1, 0, 9).turn();
    }
    assertThat(bench.memory.load().snapshots()).hasSize(1);
    assertThat(bench.memory.load().entries().size()).isLessThan(RolloutStream.CHECKPOINT_EVERY);
    assertRestartIsExact();
  }

  @Test
  void aNameThatWasDeletedAndUsedAgainIsTheNewRollout() {
    bench.baking(ERRORS);
    bench.window(V2, 100, 0, 900).turn();
    bench.done(bench.control.deleteRollout(V2, true, ANN, false));
    assertRestartIsExact();
    assertThat(bench.memory.load().entries())
        .as("the deleted one's journal is not read again")
        .noneMatch(entry -> entry.stream().startsWith("rollouts/"));
    bench.answer = null;
    bench.done(bench.apply(Wants.release(V2, "v3")));
    bench.window(V2, 100, 0, 900).turn();
    assertRestartIsExact();
    assertThat(bench.state(V2).spec().to()).isEqualTo("v3");
    assertThat(bench.live(V2).tally().canaryRequests()).isEqualTo(100);
  }

  @Test
  void stableThatARolloutMovedStaysMoved() {
    bench.baking(Analysis.OFF);
    bench.done(bench.verb(V2, (at, by) -> new Event.Promote(at, by, true, false)));
    bench.turn().in(V2, Phase.SUCCEEDED);
    assertRestartIsExact();
    assertThat(bench.stable()).isEqualTo("v2");
  }

  /**
   * The fleet's memory is not stored: after a restart nobody was missing any more, and a rollback
   * was over although a proxy that had never confirmed zero was still out of reach.
   */
  @Test
  void aRollbackIsNotOverBecauseTheServerForgotWhoIsMissing() {
    bench.baking(Analysis.OFF);
    bench.answer = new ClusterConvergence(2, 2, 0, 0, 1);
    bench.done(bench.abort(V2));
    bench.turn().in(V2, Phase.ROLLING_BACK);
    bench.nobodyYet = true;
    bench.restart();
    bench.turn().in(V2, Phase.ROLLING_BACK);
    bench.nobodyYet = false;
    bench.answer = new ClusterConvergence(2, 2, 0, 0, 0);
    bench.turns(3_000).in(V2, Phase.ROLLING_BACK);
    assertThat(bench.state(V2).reason()).contains("1 unreached");
    bench.turns(601).in(V2, Phase.ROLLED_BACK);
  }

  @Test
  void aRollbackIsOverWhenTheMissingOneComesBackAfterARestart() {
    bench.baking(Analysis.OFF);
    bench.answer = new ClusterConvergence(2, 2, 0, 0, 1);
    bench.done(bench.abort(V2));
    bench.turn().nobodyYet = true;
    bench.restart();
    bench.turn();
    bench.nobodyYet = false;
    bench.fleetAcks().turns(1).in(V2, Phase.ROLLED_BACK);
  }

  /** Killed while zero was on its way: the fleet is the one that ran the split before. */
  @Test
  void aSplitThatNobodyHadAnsweredYetIsForTheFleetOfTheOneBefore() {
    bench.baking(Analysis.OFF);
    bench.done(bench.abort(V2));
    assertThat(bench.state(V2).clusters()).isEmpty();
    bench.restart();
    bench.answer = new ClusterConvergence(1, 1, 0, 0, 0);
    bench.turns(60).in(V2, Phase.ROLLING_BACK);
    assertThat(bench.state(V2).reason()).contains("2 unreached");
    bench.fleetAcks().turns(1).in(V2, Phase.ROLLED_BACK);
  }

  @Test
  void aFleetThatWasNeverCountedIsGivenTimeToComeBack() {
    bench.started(Analysis.OFF).restart();
    bench.answer = new ClusterConvergence(1, 1, 0, 0, 0);
    bench.turns(29);
    assertThat(bench.state(V2).stage()).isInstanceOf(Stage.Converging.class);
    bench.answer = new ClusterConvergence(3, 3, 0, 0, 0);
    bench.turns(2);
    assertThat(bench.state(V2).stage()).isInstanceOf(Stage.Baking.class);
  }

  @Test
  void theFirstProxyToComeBackIsNotTheWholeFleet() {
    bench.baking(Analysis.OFF);
    bench.done(bench.verb(V2, (at, by) -> new Event.Promote(at, by, true, false)));
    bench.answer = new ClusterConvergence(3, 0, 0, 0, 0);
    bench.turn().in(V2, Phase.PROMOTING);
    bench.restart();
    bench.answer = new ClusterConvergence(1, 1, 0, 0, 0);
    bench.turns(29).in(V2, Phase.PROMOTING);
    bench.turns(2).in(V2, Phase.HOLDING);
    assertThat(bench.state(V2).hold().orElseThrow().cause()).isEqualTo(HoldCause.CUT_OFF);
    assertThat(bench.stable()).isEqualTo("v1");
    bench.fleetAcks().turns(1).in(V2, Phase.SUCCEEDED);
  }

  @Test
  void aCutOffMeshClusterIsStillCutOffAfterARestart() {
    bench.baking(Analysis.OFF);
    bench.answer = new ClusterConvergence(1, 1, 0, 0, 2);
    bench.turn().in(V2, Phase.HOLDING);
    bench.nobodyYet = true;
    bench.restart();
    bench.turns(5).in(V2, Phase.HOLDING);
    bench.nobodyYet = false;
    bench.answer = new ClusterConvergence(1, 1, 0, 0, 0);
    bench.turns(60).in(V2, Phase.HOLDING);
    bench.fleetAcks().turns(1).in(V2, Phase.PROGRESSING);
  }

  /** Nobody can answer a server that is not there: its absence is no fault of the release. */
  @Test
  void theServersOwnAbsenceIsNoTimeoutOfTheFleet() {
    bench.done(bench.apply(Wants.service("v1", "v2"), timeoutRollsBack(), Wants.release(V2, "v2")));
    bench.answer = new ClusterConvergence(3, 0, 0, 0, 0);
    bench.turns(5);
    bench.nobodyYet = true;
    bench.now = bench.now.plusSeconds(600);
    bench.restart();
    bench.turns(5).in(V2, Phase.PROGRESSING);
    bench.nobodyYet = false;
    bench.turns(5).in(V2, Phase.PROGRESSING);
    bench.fleetAcks().turns(1).in(V2, Phase.PROGRESSING);
    assertThat(bench.state(V2).stage()).isInstanceOf(Stage.Baking.class);
  }

  @Test
  void aFleetThatDoesNotAnswerTheNewServerEitherTimesOut() {
    bench.done(bench.apply(Wants.service("v1", "v2"), timeoutRollsBack(), Wants.release(V2, "v2")));
    bench.answer = new ClusterConvergence(3, 0, 0, 0, 0);
    bench.turns(5).restart();
    bench.answer = new ClusterConvergence(3, 0, 0, 3, 0);
    bench.turns(35).in(V2, Phase.ROLLING_BACK);
  }

  private static Wanted timeoutRollsBack() {
    CanaryPolicy policy = ((Wanted.Policy) Wants.policy(Analysis.OFF)).policy();
    CanaryPolicy.Convergence convergence = policy.convergence();
    return new Wanted.Policy(
        new CanaryPolicy(
            policy.name(),
            policy.labels(),
            policy.sticky(),
            policy.cohorts(),
            policy.steps(),
            policy.adaptiveSteps(),
            policy.holdBackPpm(),
            new CanaryPolicy.Convergence(
                convergence.quorumPpm(),
                convergence.timeout(),
                new CanaryPolicy.Exit.Rollback(),
                convergence.probe()),
            policy.capacity(),
            policy.analysis(),
            policy.onInconclusive(),
            policy.onMetricsLost(),
            policy.onFailure(),
            policy.keepWarm(),
            policy.deadline()));
  }

  @Test
  void aDocumentThatCannotBeReadStopsTheStart() throws StoreException {
    bench.done(bench.apply(Wants.service("v1", "v2")));
    bench.memory.commit(
        new Batch(
            ImmutableList.of(),
            ImmutableList.of(),
            ImmutableList.of(
                new StoredResource(Documents.SERVICE, "shop", "checkout", 99, "{\"service\":1}")),
            ImmutableList.of()));
    assertThatThrownBy(bench::restart)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("cannot read MeshService shop/checkout from the store");
  }

  @Test
  void everyEventReadsBackAsItWasWritten() {
    RolloutState state = bench.baking(ERRORS).window(V2, 100, 3, 900).turn().state(V2);
    List<Event> events =
        List.of(
            new Event.Started(
                T0,
                ANN,
                new Opening(
                    bench.baseline(CHECKOUT),
                    ImmutableSortedMap.of("", 1.0),
                    OptionalDouble.of(12.5))),
            new Event.Pause(T0, ANN),
            new Event.Resume(T0, ANN),
            new Event.Promote(T0, ANN, true, false),
            new Event.SetWeight(T0, ANN, 123_456),
            new Event.Abort(T0, ANN, true),
            new Event.Rollback(T0, ANN),
            new Event.Retry(T0, ANN),
            new Event.Supersede(T0, ANN, "shop/other"),
            new Event.ConvergenceReported(
                T0, 7, ImmutableSortedMap.of("eu", new ClusterConvergence(5, 2, 1, 1, 4))),
            new Event.Nacked(T0, 7, "envoy-1", "eu", "words \"quoted\"\n"),
            new Event.Observed(T0, bench.window(V2, 5, 1, 9).windows.getFirst().window()),
            new Event.CapacityReported(T0, new Endpoints(1, 2, true)),
            new Event.Approve(T0, ANN, Optional.of(ImmutableSortedSet.of("dba", "sre"))),
            new Event.Reject(T0, ANN, Optional.empty()),
            new Event.Skip(T0, ANN, 2),
            new Event.Urgent(T0, ANN),
            new Event.BlocksReported(
                T0, ImmutableList.of(new Block(Block.Source.CALENDAR, "frozen", Optional.of(T0)))),
            new Event.HookAnswered(
                T0, 0, Hook.Event.BEFORE_STEP, 2, 3, HookCall.Result.WAIT, "not yet"),
            new Event.Tick(T0.plusNanos(1)));
    assertThat(events.stream().map(Event::kind).collect(Collectors.toSet()))
        .containsExactlyInAnyOrder(Event.Kind.values());
    for (Event event : events) {
      Decision decision = Rollout.next(state, event);
      JournalEntry entry = JournalEntry.of(3, event, decision);
      assertThat(RecordJson.read(RecordJson.write(entry), JournalEntry.class)).isEqualTo(entry);
      RolloutState next = decision.state();
      assertThat(RecordJson.read(RecordJson.write(next), RolloutState.class)).isEqualTo(next);
    }
  }
}
