package dev.serin.server.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.serin.rollout.ClusterConvergence;
import dev.serin.rollout.RolloutState;
import dev.serin.server.control.Serving.Refused;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** Kinds of proxies, each at its own pace, and one rollout's change at a time. */
class StagingTest extends PublisherBench {
  private static final ClusterConvergence ALL = new ClusterConvergence(3, 3, 0, 0, 0);

  /** An old Envoy that refuses a trial, among three that accept it. */
  private RolloutState refusedByTheOldOne() {
    threeProxies();
    connect("old", 30).refuses = "unknown field";
    RolloutState state = started(CHECKOUT, "v2");
    publish();
    settle();
    turn();
    assertThat(share("envoy-3", CHECKOUT)).isEqualTo(100_000);
    assertThat(share("old", CHECKOUT)).isZero();
    proxies.forEach(proxy -> proxy.routesReceived = 0);
    return state;
  }

  /** The others fell to zero until their probe had answered again. */
  @Test
  void whatAKindHasAcceptedIsNotTakenBackBecauseAnotherRefusesIt() {
    RolloutState state = refusedByTheOldOne();
    RolloutState raised = weight(state, 250_000);
    proxies.forEach(proxy -> proxy.silent = true);
    publish();
    settle();
    assertThat(received())
        .as("the new weight at once, and nothing before it")
        .containsExactly(1, 1, 1, 0);
    proxies.forEach(FakeProxy::answerLate);
    settle();
    assertThat(share("envoy-1", CHECKOUT)).isEqualTo(250_000);
    assertThat(counts(raised)).isEqualTo(new ClusterConvergence(4, 3, 1, 0, 0));
  }

  @Test
  void anotherRolloutsWeightReachesTheKindThatRefused() {
    RolloutState checkout = refusedByTheOldOne();
    proxies.getLast().refusesOnly = "checkout|v2";
    RolloutState cart = started(CART, "v2");
    publish();
    settle();
    turn();
    assertThat(share("old", CART)).isEqualTo(100_000);
    assertThat(share("old", CHECKOUT)).isZero();
    weight(cart, 300_000);
    publish();
    settle();
    assertThat(share("old", CART)).isEqualTo(300_000);
    assertThat(share("envoy-2", CHECKOUT)).isEqualTo(100_000);
    assertThat(counts(checkout).nacked()).isEqualTo(1);
  }

  /** Two begin at once, in one RouteConfiguration. */
  @Test
  void aNackIsTheRolloutsWhoseChangeWasOffered() {
    threeProxies();
    proxies.forEach(proxy -> {
      proxy.refuses = "no such filter";
      proxy.refusesOnly = "checkout|v2";
    });
    RolloutState checkout = started(CHECKOUT, "v2");
    RolloutState cart = started(CART, "v2");
    publish();
    settle();
    turn();
    turn();
    assertThat(publisher.takeRefusals())
        .extracting(Refused::service)
        .as("the innocent one is not blamed")
        .containsExactly(CHECKOUT);
    assertThat(counts(cart)).isEqualTo(ALL);
    assertThat(counts(checkout)).isEqualTo(new ClusterConvergence(3, 0, 3, 0, 0));
    assertThat(share("envoy-3", CART)).isEqualTo(100_000);
    weight(cart, 500_000);
    publish();
    settle();
    assertThat(share("envoy-3", CART)).as("it goes on").isEqualTo(500_000);
    assertThat(publisher.takeRefusals()).isEmpty();
  }

  /**
   * An answer to another rollout's change is owed, and this one's split is in force all the same.
   */
  @Test
  void aSplitIsInForceWhereAnotherOneIsNotAnswered() {
    threeProxies();
    RolloutState cart = running(CART);
    RolloutState checkout = running(CHECKOUT);
    proxies.forEach(proxy -> proxy.silent = true);
    RolloutState raised = weight(checkout, 400_000);
    publish();
    settle();
    assertThat(counts(raised).acked()).isZero();
    assertThat(counts(cart)).isEqualTo(ALL);
    now = now.plusSeconds(60);
    assertThat(counts(cart)).isEqualTo(ALL);
    assertThat(counts(raised).silent()).isEqualTo(3);
  }

  @Test
  void aSilentProbeKeepsNobodyElsesChangeForLongerThanItsTime() {
    threeProxies();
    proxies.getFirst().silent = true;
    started(CART, "v2");
    RolloutState checkout = started(CHECKOUT, "v2");
    publish();
    settle();
    turn();
    assertThat(received()).containsExactly(1, 0, 0);
    now = now.plus(checkout.policy().convergence().timeout());
    turn();
    turn();
    assertThat(share("envoy-2", CHECKOUT)).isEqualTo(100_000);
    assertThat(counts(checkout).acked()).isEqualTo(2);
  }

  /** After a restart an unproven split went to everyone. */
  @Test
  void aSplitThatNobodyHadAcceptedIsTriedAgainAfterARestart() throws IOException {
    threeProxies();
    proxies.getFirst().silent = true;
    RolloutState state = started(CHECKOUT, "v2");
    publish();
    settle();
    restart();
    connect("envoy-1", 38, proxy -> proxy.silentOn = "checkout|v2");
    connect("envoy-2");
    turn();
    assertThat(share("envoy-2", CHECKOUT)).isZero();
    assertThat(counts(state))
        .as("a joiner counts once it is sent the split")
        .isEqualTo(new ClusterConvergence(1, 0, 0, 0, 0));
    proxies.getFirst().answerLate();
    settle();
    assertThat(share("envoy-2", CHECKOUT)).isEqualTo(100_000);
  }

  @Test
  void whatAKindHadAcceptedItHasAfterARestartAtOnce() throws IOException {
    threeProxies();
    RolloutState state = running(CHECKOUT);
    weight(state, 250_000);
    publish();
    settle();
    restart();
    FakeProxy first = connect("envoy-1");
    assertThat(first.routesReceived).isEqualTo(1);
    connect("envoy-2");
    assertThat(share("envoy-1", CHECKOUT)).isEqualTo(250_000);
    assertThat(share("envoy-2", CHECKOUT)).isEqualTo(250_000);
  }

  /** The server had died between the journal and the proxies: the weight is all that is new. */
  @Test
  void aWeightThatWasJournalledButNotServedIsServedAfterARestart() throws IOException {
    threeProxies();
    RolloutState state = running(CHECKOUT);
    turn();
    weight(state, 250_000);
    restart();
    assertThat(connect("envoy-1").routesReceived).isEqualTo(1);
    assertThat(share("envoy-1", CHECKOUT)).isEqualTo(250_000);
  }

  /** It was forgotten, and everybody was sent what a probe had rejected. */
  @Test
  void whatAKindHadRejectedIsNotSentToItAfterARestart() throws IOException {
    RolloutState state = refusedByTheOldOne();
    restart();
    connect("envoy-1");
    connect("old", 30);
    connect("older", 30);
    turn();
    assertThat(share("envoy-1", CHECKOUT)).isEqualTo(100_000);
    assertThat(share("old", CHECKOUT)).isZero();
    assertThat(share("older", CHECKOUT)).isZero();
    assertThat(counts(state)).isEqualTo(new ClusterConvergence(3, 1, 2, 0, 0));
  }

  @Test
  void aKindThatNobodyHasSeenTakesWhatIsUnderWayByItsProbeFirst() {
    threeProxies();
    running(CHECKOUT);
    FakeProxy young = connect("young", 41);
    turn();
    assertThat(young.routesReceived).as("what it had before, then the change").isEqualTo(2);
    assertThat(share("young", CHECKOUT)).isEqualTo(100_000);
    FakeProxy next = connect("younger", 41);
    assertThat(next.routesReceived).isEqualTo(1);
    assertThat(share("younger", CHECKOUT)).isEqualTo(100_000);
  }
}
