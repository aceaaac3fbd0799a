package dev.serin.server.control;

import static dev.serin.server.control.Bench.ANN;
import static dev.serin.server.control.Bench.CHECKOUT;
import static dev.serin.server.control.Bench.V2;
import static dev.serin.server.control.Bench.V3;
import static dev.serin.server.control.Wants.policy;
import static dev.serin.server.control.Wants.release;
import static dev.serin.server.control.Wants.service;
import static org.assertj.core.api.Assertions.assertThat;

import dev.serin.mesh.ServiceState;
import dev.serin.policy.Analysis;
import dev.serin.rollout.Event;
import dev.serin.rollout.Phase;
import dev.serin.spi.Entry;
import dev.serin.text.RecordJson;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A service that is given back, and taken up again by whoever releases it. */
class DetachTest {
  private final Bench bench = new Bench();

  private void applied() {
    bench.done(bench.apply(service("v1", "v2", "v3"), policy(Analysis.OFF)));
  }

  private <T> String note(java.util.concurrent.CompletableFuture<Outcome<T>> asked) {
    Outcome<T> outcome = bench.ask(asked);
    assertThat(outcome).isInstanceOf(Outcome.Done.class);
    return ((Outcome.Done<T>) outcome).note();
  }

  private void detached() {
    bench.done(bench.control.detach(CHECKOUT, ANN, false));
    assertThat(isDetached()).isTrue();
  }

  private boolean isDetached() {
    return bench.loop.catalog().service(CHECKOUT).orElseThrow().isDetached();
  }

  private List<Entry> journal() throws Exception {
    return bench.memory.load().entries().stream()
        .filter(entry -> entry.stream().equals("services/" + CHECKOUT))
        .toList();
  }

  @Test
  void itIsPublishedJournalledAndDoneOnce() throws Exception {
    applied();
    assertThat(note(bench.control.detach(CHECKOUT, ANN, false)))
        .contains("publishes routes of its own", "v1");
    assertThat(bench.published.getLast().service(CHECKOUT).orElseThrow().isDetached()).isTrue();
    Entry last = journal().getLast();
    assertThat(last.kind()).isEqualTo("Detached");
    assertThat(last.at()).isEqualTo(bench.now);
    assertThat(last.body()).contains("\"actor\":\"" + ANN.actor() + "\"", "\"reason\":");
    int commits = bench.store.commits.size();
    assertThat(note(bench.control.detach(CHECKOUT, ANN, false))).contains("detached already");
    assertThat(bench.store.commits).hasSize(commits);
  }

  @Test
  void whoeverOnlyAsksChangesNothing() {
    applied();
    assertThat(bench.done(bench.control.detach(CHECKOUT, ANN, true)).isDetached()).isTrue();
    assertThat(isDetached()).isFalse();
  }

  @Test
  void whatIsNotThereIsNotDetached() {
    assertThat(bench.refused(bench.control.detach(CHECKOUT, ANN, false)).kind())
        .isEqualTo(Outcome.Kind.NOT_FOUND);
  }

  @Test
  void aServiceIsNotDetachedWhileARolloutMovesItOrCanBeUndone() {
    bench.baking(Analysis.OFF);
    assertThat(bench.refused(bench.control.detach(CHECKOUT, ANN, false)).reason())
        .contains("checkout-v2", "running", "`abort`");
    bench.done(bench.verb(V2, (at, by) -> new Event.Promote(at, by, true, false)));
    bench.turn().in(V2, Phase.SUCCEEDED);
    assertThat(bench.refused(bench.control.detach(CHECKOUT, ANN, false)).reason())
        .contains("kept warm", "`rollback`");
    bench.turns(31 * 60);
    detached();
    assertThat(bench.stable()).isEqualTo("v2");
  }

  /** The one that it waits for is over in this turn, and it has not begun. */
  @Test
  void aServiceIsNotDetachedFromUnderARolloutThatWaitsForItsTurn() {
    bench.baking(Analysis.OFF);
    bench.done(bench.apply(release(V3, "v3")));
    bench.in(V2, Phase.SUPERSEDED).in(V3, Phase.PENDING);
    assertThat(bench.refused(bench.control.detach(CHECKOUT, ANN, false)).reason())
        .contains("checkout-v3");
  }

  @Test
  void applyingARolloutAttachesItAgainAndSaysSo() throws Exception {
    applied();
    detached();
    var applied = bench.done(bench.apply(release(V2, "v2")));
    assertThat(applied.getFirst().note()).contains("was detached", "attached again");
    bench.in(V2, Phase.PROGRESSING);
    assertThat(isDetached()).isFalse();
    assertThat(journal().getLast().kind()).isEqualTo("Attached");
  }

  @Test
  void aDraftLeavesItDetachedUntilItIsStarted() {
    applied();
    detached();
    bench.done(bench.apply(release(V2, "v2", true)));
    assertThat(isDetached()).isTrue();
    assertThat(note(bench.control.start(V2, ANN, false))).contains("attached again");
    assertThat(isDetached()).isFalse();
  }

  @Test
  void retryingARolloutAttachesItAgain() {
    bench.baking(Analysis.OFF);
    bench.done(bench.abort(V2));
    bench.turn().in(V2, Phase.ROLLED_BACK);
    detached();
    assertThat(note(bench.verb(V2, Event.Retry::new))).contains("attached again");
    assertThat(isDetached()).isFalse();
  }

  @Test
  void setStableAttachesItAgainEvenWhereStableIsThatAlready() {
    applied();
    detached();
    assertThat(note(bench.control.setStable(CHECKOUT, "v1", ANN, false)))
        .contains("stable is v1 already", "attached again");
    assertThat(isDetached()).isFalse();
    detached();
    assertThat(note(bench.control.setStable(CHECKOUT, "v2", ANN, false)))
        .contains("attached again");
    assertThat(bench.stable()).isEqualTo("v2");
    assertThat(isDetached()).isFalse();
  }

  @Test
  void anotherDescriptionOfTheServiceDoesNotAttachIt() {
    applied();
    detached();
    bench.done(bench.apply(service("v1", "v2")));
    assertThat(isDetached()).isTrue();
  }

  @Test
  void aRestartRemembersIt() {
    applied();
    detached();
    Catalog before = bench.loop.catalog();
    bench.restart();
    assertThat(bench.loop.catalog().services()).isEqualTo(before.services());
    assertThat(isDetached()).isTrue();
  }

  @Test
  void whatWasStoredBeforeServicesCouldBeDetachedIsAttached() {
    applied();
    ServiceState now = bench.loop.catalog().service(CHECKOUT).orElseThrow();
    String written = RecordJson.write(now);
    assertThat(written).contains(",\"attachment\":\"ATTACHED\"");
    assertThat(
            RecordJson.read(
                written.replace(",\"attachment\":\"ATTACHED\"", ""), ServiceState.class))
        .isEqualTo(now);
  }
}
