package dev.serin.server.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.calendar.Freeze;
import dev.serin.calendar.Selector;
import dev.serin.policy.Analysis;
import dev.serin.policy.FreezeWindow;
import dev.serin.policy.Hook;
import dev.serin.policy.Reach;
import dev.serin.policy.ResourceName;
import dev.serin.policy.RolloutSpec;
import dev.serin.policy.Variants;
import dev.serin.rollout.By;
import dev.serin.rollout.Event;
import dev.serin.rollout.HookCall;
import dev.serin.rollout.Phase;
import dev.serin.spi.StoreException;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** What stands before a step, as the loop sees to it: hooks, people, other rollouts. */
class GatesTest {

  private static Bench asking(Hook.Event event) {
    Bench bench = new Bench();
    bench.done(
        bench.apply(
            Wants.service("v1", "v2", "v3"),
            Wants.policyThatAsks(event),
            Wants.release(Bench.V2, "v2")));
    return bench.turn();
  }

  private static String lastBody(Bench bench) {
    return ImmutableList.copyOf(bench.asked.keySet()).getLast().body();
  }

  @Test
  void aHookIsAskedOnceItIsStoredThatItIsToBe() {
    Bench bench = asking(Hook.Event.BEFORE_STEP).in(Bench.V2, Phase.WAITING);
    assertThat(bench.asked).hasSize(1);
    assertThat(lastBody(bench))
        .contains("\"event\":\"beforeStep\"")
        .contains("\"rollout\":\"tenants/shop/rollouts/checkout-v2\"")
        .contains("\"step\":{\"index\":1,\"name\":\"10%\"}");
    bench.turns(30);
    assertThat(bench.asked).hasSize(1);
    bench.answers(HookCall.Result.PASS).in(Bench.V2, Phase.PROGRESSING);
  }

  @Test
  void aQuestionWhoseAnswerACrashHasLostIsAskedAgainUnderTheSameId() {
    Bench bench = asking(Hook.Event.BEFORE_STEP);
    String id = ImmutableList.copyOf(bench.asked.keySet()).getFirst().id();
    bench.asked.clear();
    bench.restart();
    bench.turn();
    assertThat(bench.asked.keySet()).extracting(HookClient.Question::id).containsExactly(id);
    bench.answers(HookCall.Result.PASS).in(Bench.V2, Phase.PROGRESSING);
  }

  @Test
  void anAnswerWaitsForAStoreThatDoesNotTakeIt() {
    Bench bench = asking(Hook.Event.BEFORE_STEP);
    bench.memory.failCommitsWith(
        new StoreException(StoreException.Kind.UNAVAILABLE, "test: no disk"));
    bench.answers(HookCall.Result.PASS).in(Bench.V2, Phase.WAITING);
    bench.memory.failCommitsWith(null);
    bench.turns(2).in(Bench.V2, Phase.PROGRESSING);
    assertThat(bench.asked).hasSize(1);
  }

  @Test
  void aHookThatSaysNoHoldsAndIsAskedAgainOnRetry() {
    Bench bench = asking(Hook.Event.BEFORE_STEP).answers(HookCall.Result.FAIL);
    bench.in(Bench.V2, Phase.HOLDING);
    bench.done(bench.verb(Bench.V2, Event.Retry::new));
    bench.turn();
    assertThat(bench.asked).hasSize(2);
    bench.answers(HookCall.Result.PASS).in(Bench.V2, Phase.PROGRESSING);
  }

  @Test
  void aHookIsToldOfARollbackWhenItIsComplete() {
    Bench bench = asking(Hook.Event.AFTER_ROLLBACK).fleetAcks().turn();
    bench.done(bench.abort(Bench.V2));
    bench.turns(2).in(Bench.V2, Phase.ROLLED_BACK);
    assertThat(lastBody(bench)).contains("\"event\":\"afterRollback\"");
    bench.answers(HookCall.Result.FAIL).in(Bench.V2, Phase.ROLLED_BACK).turns(3);
    assertThat(bench.asked).hasSize(1);
  }

  @Test
  void anApprovalByAPersonOfTheRoleLetsTheStepOut() {
    Bench bench = new Bench();
    bench.done(
        bench.apply(
            Wants.service("v1", "v2"),
            Wants.policyWithApproval("sre"),
            Wants.release(Bench.V2, "v2")));
    bench.turn().in(Bench.V2, Phase.WAITING);
    Optional<ImmutableSortedSet<String>> dev = Optional.of(ImmutableSortedSet.of("dev"));
    Optional<ImmutableSortedSet<String>> sre = Optional.of(ImmutableSortedSet.of("sre"));
    assertThat(
            bench
                .refused(bench.verb(Bench.V2, (at, by) -> new Event.Approve(at, by, dev)))
                .reason())
        .contains("decided by sre (your roles: dev)");
    By eve = new By("eve", "looks good", "");
    bench.done(bench.verb(Bench.V2, eve, (at, by) -> new Event.Approve(at, by, sre)));
    bench.turn().in(Bench.V2, Phase.PROGRESSING);
  }

  private static Wanted freeze(boolean urgentPasses) {
    return new Wanted.Freeze(
        new FreezeWindow(
            ResourceName.parse("ops/black-friday"),
            ImmutableSortedMap.of(),
            new Freeze(
                new Freeze.Times.Once(
                    ZoneId.of("UTC"),
                    Optional.empty(),
                    Optional.of(
                        LocalDateTime.ofInstant(Bench.T0.plusSeconds(600), ZoneOffset.UTC))),
                Selector.ALL,
                urgentPasses)));
  }

  @Test
  void aFreezeStopsGrowthUntilItIsOver() {
    Bench bench = new Bench().baking(Analysis.OFF);
    bench.done(bench.apply(freeze(false)));
    bench.turns(60).in(Bench.V2, Phase.WAITING);
    assertThat(bench.state(Bench.V2).reason())
        .contains("frozen by ops/black-friday")
        .contains("until 2026-11-22T12:10:00Z");
    assertThat(
            bench
                .refused(bench.verb(Bench.V2, (at, by) -> new Event.Promote(at, by, true, true)))
                .reason())
        .contains("`urgent`");
    int weight = bench.state(Bench.V2).split().weightPpm();
    bench.turns(530);
    assertThat(bench.state(Bench.V2).split().weightPpm()).isEqualTo(weight);
    bench.turns(15);
    assertThat(bench.state(Bench.V2).split().weightPpm()).isGreaterThan(weight);
  }

  @Test
  void aCommandOfTheSameTurnDoesNotGoPastAFreeze() {
    Bench bench = new Bench().baking(Analysis.OFF);
    var freeze = bench.apply(freeze(false));
    var raise = bench.verb(Bench.V2, (at, by) -> new Event.SetWeight(at, by, 500_000));
    bench.turn();
    assertThat(freeze.join()).isInstanceOf(Outcome.Done.class);
    assertThat(raise.join()).isInstanceOf(Outcome.Refused.class);
  }

  @Test
  void urgentGoesThroughTheFreezesThatAllowIt() {
    for (boolean passes : new boolean[] {true, false}) {
      Bench bench = new Bench().baking(Analysis.OFF);
      bench.done(bench.apply(freeze(passes)));
      bench.turns(30).in(Bench.V2, Phase.WAITING);
      int weight = bench.state(Bench.V2).split().weightPpm();
      bench.done(bench.verb(Bench.V2, Event.Urgent::new));
      bench.turns(3);
      assertThat(bench.state(Bench.V2).split().weightPpm() > weight).isEqualTo(passes);
    }
  }

  @Test
  void aRolloutStartsWhenTheOneItDependsOnIsPromoted() {
    ResourceName cart = ResourceName.parse("shop/cart");
    ResourceName cartV2 = ResourceName.parse("shop/cart-v2");
    Bench bench = new Bench();
    bench.done(
        bench.apply(
            Wants.service("v1", "v2"),
            Wants.service(cart, "cart", "v1", "v2"),
            Wants.policy(Analysis.OFF),
            new Wanted.Rollout(
                new RolloutSpec(
                    Bench.V2,
                    ImmutableSortedMap.of(),
                    Bench.CHECKOUT,
                    "v2",
                    "quick",
                    false,
                    Variants.NONE,
                    new Reach(OptionalInt.empty(), ImmutableSortedSet.of("cart-v2"), false)))));
    bench.turn().in(Bench.V2, Phase.WAITING);
    assertThat(bench.state(Bench.V2).reason()).contains("cart-v2").contains("does not exist");
    bench.done(bench.apply(Wants.release(cartV2, cart, "v2")));
    bench.fleetAcks().turns(2).in(Bench.V2, Phase.WAITING);
    assertThat(bench.state(Bench.V2).reason()).contains("is PROGRESSING");
    bench.turns(60).in(cartV2, Phase.SUCCEEDED).turns(1);
    assertThat(bench.state(Bench.V2).phase()).isNotEqualTo(Phase.WAITING);
  }
}
