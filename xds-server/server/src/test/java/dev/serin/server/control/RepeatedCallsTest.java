package dev.serin.server.control;

import static dev.serin.server.control.Bench.ANN;
import static dev.serin.server.control.Bench.CHECKOUT;
import static dev.serin.server.control.Bench.V2;
import static dev.serin.server.control.Wants.policy;
import static dev.serin.server.control.Wants.release;
import static dev.serin.server.control.Wants.service;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import dev.serin.policy.Analysis;
import dev.serin.rollout.Event;
import dev.serin.rollout.Phase;
import dev.serin.server.control.Control.Applied;
import dev.serin.server.control.Control.Terms;
import dev.serin.server.control.Outcome.Kind;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A caller that never heard the answer asks again under the same id, and nothing happens twice. */
final class RepeatedCallsTest {
  private final Bench bench = new Bench();

  private static Terms terms(String id, String fingerprint) {
    return new Terms(id, fingerprint, catalog -> Optional.empty());
  }

  private Control once(String id) {
    return bench.control.on(terms(id, "f"));
  }

  @Test
  void anApplyIsAnsweredAlikeAlsoAfterARestart() {
    List<Wanted> wanted = List.of(service("v1", "v2"), policy(Analysis.OFF), release(V2, "v2"));
    ImmutableList<Applied> first = bench.done(once("a").apply(wanted, ANN, false));
    bench.done(bench.control.deleteRollout(V2, true, ANN, false));
    // The repeat must not begin anew what somebody has ended since.
    assertThat(bench.done(once("a").apply(wanted, ANN, false))).isEqualTo(first);
    bench.restart();
    assertThat(bench.done(once("a").apply(wanted, ANN, false))).isEqualTo(first);
    assertThat(bench.loop.catalog().rollouts()).isEmpty();
  }

  @Test
  void aDeletionThatIsRepeatedIsDone() {
    bench.done(bench.apply(service("v1", "v2")));
    bench.done(once("d").deleteService(CHECKOUT, ANN, false));
    bench.done(once("d").deleteService(CHECKOUT, ANN, false));
    assertThat(bench.refused(once("e").deleteService(CHECKOUT, ANN, false)).kind())
        .isEqualTo(Kind.NOT_FOUND);
  }

  /** The second call used to be answered as if it had been done. */
  @Test
  void anIdThatComesAgainWithAnotherCallIsRefused() {
    bench.baking(Analysis.OFF);
    bench.done(
        bench.control.on(terms("x", "pause")).command(V2, false, at -> new Event.Pause(at, ANN)));
    Outcome.Refused<?> refused =
        bench.refused(
            bench
                .control
                .on(terms("x", "resume"))
                .command(V2, false, at -> new Event.Resume(at, ANN)));
    assertThat(refused.kind()).isEqualTo(Kind.INVALID);
    assertThat(refused.reason()).contains("request_id: x was used for another request");
    bench.in(V2, Phase.PAUSED);
  }

  @Test
  void aRepeatIsNotHeldToThePreconditionThatItMet() {
    bench.done(bench.apply(service("v1", "v2")));
    Terms met = terms("s", "f").given(now -> now.services().isEmpty() ? no() : Optional.empty());
    bench.done(bench.control.on(met).deleteService(CHECKOUT, ANN, false));
    bench.done(bench.control.on(met).deleteService(CHECKOUT, ANN, false));
  }

  private static Optional<Outcome.Refused<?>> no() {
    return Optional.of(Outcome.refused(Kind.CONFLICT, "changed meanwhile"));
  }

  /** Two that read the same etag used to pass both, when they came in one turn. */
  @Test
  void thePreconditionIsAskedInTheTurnThatDoesTheWork() {
    bench.done(bench.apply(service("v1", "v2")));
    long read = bench.loop.catalog().revision();
    Terms unchanged = Terms.NONE.given(now -> now.revision() == read ? Optional.empty() : no());
    var first = bench.control.on(unchanged).setStable(CHECKOUT, "v2", ANN, false);
    var second = bench.control.on(unchanged).deleteService(CHECKOUT, ANN, false);
    bench.turn();
    assertThat(first.join()).isInstanceOf(Outcome.Done.class);
    assertThat(second.join()).isInstanceOf(Outcome.Refused.class);
  }

  @Test
  void aCheckAloneUsesNoIdUp() {
    bench.done(bench.apply(service("v1", "v2")));
    bench.done(once("c").setStable(CHECKOUT, "v2", ANN, true));
    bench.done(once("c").setStable(CHECKOUT, "v2", ANN, false));
    assertThat(bench.loop.catalog().service(CHECKOUT).orElseThrow().stable()).isEqualTo("v2");
  }

  @Test
  void aRefusedCallMayBeTriedAgainUnderItsId() {
    bench.refused(once("r").apply(List.of(release(V2, "v2")), ANN, false));
    bench.done(bench.apply(service("v1", "v2"), policy(Analysis.OFF)));
    bench.done(once("r").apply(List.of(release(V2, "v2")), ANN, false));
    bench.in(V2, Phase.PROGRESSING);
  }

  @Test
  void onlySoManyAreRemembered() {
    Requests requests = Requests.NONE;
    for (int i = 0; i < Requests.MAX + 5; i++) {
      requests = requests.with("id-" + i, new Requests.Handled("f", ""));
    }
    assertThat(requests.byKey()).hasSize(Requests.MAX);
    assertThat(requests.find("id-4")).isEmpty();
    assertThat(requests.find("id-5")).isPresent();
    Requests next = requests.with("one more", new Requests.Handled("f", ""));
    assertThat(next.since(requests)).hasSize(1);
    assertThat(next.forgotten(requests)).containsExactly(Requests.key("id-5"));
  }
}
