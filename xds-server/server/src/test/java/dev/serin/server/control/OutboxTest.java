package dev.serin.server.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.policy.Channel;
import dev.serin.policy.Proceedings;
import dev.serin.policy.ResourceName;
import dev.serin.policy.Subscription;
import dev.serin.policy.Subscription.Event;
import dev.serin.policy.Template;
import dev.serin.rollout.Phase;
import dev.serin.spi.Notification;
import dev.serin.spi.StoreException;
import dev.serin.spi.StoredResource;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is told of rollouts, from the decision until it is stored that it was told. */
class OutboxTest {

  private static final ResourceName ROOM = new ResourceName("shop", "room");

  private static Wanted room() {
    return new Wanted.Channel(
        new Channel(
            ROOM,
            ImmutableSortedMap.of(),
            new Channel.Target.CloudEvents("http://127.0.0.1:1/"),
            Template.DEFAULT_TITLE,
            Template.DEFAULT_TEXT));
  }

  private static Wanted policyThatTells(Event... events) {
    return Wants.policyWith(
        new Proceedings(
            ImmutableList.of(),
            ImmutableList.of(new Subscription("room", ImmutableSortedSet.copyOf(events))),
            ImmutableList.of()));
  }

  private static Bench telling(Event... events) {
    Bench bench = new Bench();
    bench.done(
        bench.apply(
            Wants.release(Bench.V2, "v2"),
            policyThatTells(events),
            Wants.service("v1", "v2", "v3"),
            room()));
    return bench.turn();
  }

  private static List<StoredResource> stored(Bench bench) {
    return bench.memory.load().resources().stream()
        .filter(one -> one.kind().equals(Documents.NOTIFICATION))
        .toList();
  }

  private static Notification only(Bench bench) {
    assertThat(bench.carried).hasSize(1);
    return bench.carried.keySet().iterator().next();
  }

  private static void isTaken(Bench bench) {
    bench.carried.values().forEach(settled -> settled.complete(null));
  }

  @Test
  void whatAPolicySubscribesToIsToldOnceItIsStored() {
    Bench bench = telling(Event.STARTED);
    Notification told = only(bench);
    assertThat(told.event()).isEqualTo(Event.STARTED);
    assertThat(told.channel()).isEqualTo(ROOM);
    assertThat(told.rollout()).isEqualTo(Bench.V2);
    assertThat(told.to()).isEqualTo("v2");
    assertThat(told.reason()).isNotEmpty();
    assertThat(stored(bench)).hasSize(1);
    bench.fleetAcks().turns(2);
    assertThat(bench.carried).hasSize(1);
  }

  @Test
  void whatWasTakenIsForgotten() {
    Bench bench = telling(Event.STARTED);
    isTaken(bench);
    bench.turn();
    assertThat(stored(bench)).isEmpty();
    bench.carried.clear();
    bench.restart();
    bench.turn();
    assertThat(bench.carried).isEmpty();
  }

  @Test
  void whatACrashCutsOffIsToldAgainUnderTheSameId() {
    Bench bench = telling(Event.STARTED);
    String id = only(bench).id();
    bench.carried.clear();
    bench.restart();
    bench.turn();
    assertThat(only(bench).id()).isEqualTo(id);
    isTaken(bench);
    bench.turn();
    assertThat(stored(bench)).isEmpty();
  }

  @Test
  void nothingIsToldOfWhatWasNotStored() {
    Bench bench = telling(Event.PROMOTED, Event.ADVANCED).fleetAcks().turn();
    bench.storeFails(StoreException.Kind.UNAVAILABLE);
    bench.turns(60);
    assertThat(bench.carried).isEmpty();
    bench.storeIsBack();
    bench.turns(60);
    assertThat(bench.carried).isNotEmpty();
    assertThat(stored(bench)).hasSameSizeAs(bench.carried.keySet());
  }

  @Test
  void aStoreThatIsAwayForgetsLater() {
    Bench bench = telling(Event.STARTED);
    bench.storeFails(StoreException.Kind.UNAVAILABLE);
    isTaken(bench);
    bench.turns(3);
    assertThat(stored(bench)).hasSize(1);
    bench.storeIsBack();
    bench.turns(3);
    assertThat(stored(bench)).isEmpty();
  }

  @Test
  void aRollbackThatWentAheadOfTheJournalIsToldOnceAndStored() {
    Bench bench = telling(Event.ROLLED_BACK).fleetAcks().turn();
    bench.in(Bench.V2, Phase.PROGRESSING);
    bench.storeFails(StoreException.Kind.UNAVAILABLE);
    assertThat(bench.refused(bench.abort(Bench.V2)).reason()).contains("lowers exposure was done");
    bench.storeIsBack();
    bench.turns(5).in(Bench.V2, Phase.ROLLED_BACK);
    assertThat(only(bench).event()).isEqualTo(Event.ROLLED_BACK);
    assertThat(stored(bench)).hasSize(1);
  }

  @Test
  void aChannelThatIsNotThereIsRefusedWithItsPlace() {
    Bench bench = new Bench();
    assertThat(bench.refused(bench.apply(policyThatTells(Event.HELD))).at())
        .extracting(Outcome.At::path)
        .containsExactly("spec.notify[0].channel");
  }

  @Test
  void aChannelThatAPolicyNamesStays() {
    Bench bench = telling(Event.STARTED);
    assertThat(bench.refused(bench.control.deleteChannel(ROOM, Bench.ANN, false)).reason())
        .contains("shop/quick");
    bench.done(bench.apply(Wants.policyWith(Proceedings.NONE)));
    bench.done(bench.control.deleteChannel(ROOM, Bench.ANN, false));
    assertThat(bench.loop.catalog().channels()).isEmpty();
  }

  @Test
  void channelsOutliveARestart() {
    Bench bench = telling(Event.STARTED);
    var before = bench.loop.catalog().channels();
    bench.restart();
    assertThat(bench.loop.catalog().channels().keySet()).isEqualTo(ImmutableSet.of(ROOM));
    assertThat(bench.loop.catalog().channels().get(ROOM)).isEqualTo(before.get(ROOM));
  }
}
