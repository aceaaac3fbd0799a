package dev.serin.bench.peer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.serin.bench.content.Content;
import dev.serin.bench.content.Shape;
import dev.serin.bench.fleet.Fleet;
import dev.serin.bench.fleet.FleetSpec;
import dev.serin.bench.fleet.Loops;
import dev.serin.bench.fleet.ResetStorm;
import dev.serin.bench.fleet.Watch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What misbehaving proxies do is seen by the benchmark as it happens. */
final class BehaviourTest {
  private static final int STREAMS = 4;
  private static final int WEIGHT = 20_001;
  private static final int SECONDS = 30;
  private static final Content CONTENT = Content.of(Shape.SMALL);

  @Test
  void aRefusedRouteIsCountedEachTimeItIsSent() throws Exception {
    try (Loops loops = new Loops(1);
        Peer peer = PeerKind.SERIN.peer(CONTENT, 0);
        Fleet fleet =
            Fleet.open(new FleetSpec(peer.start(), STREAMS, 1, false, false), CONTENT, loops)) {
      fleet.ready().get(SECONDS, TimeUnit.SECONDS);
      fleet.refuseAtLast();
      for (int i = 0; i < 3; i++) {
        push(peer, fleet, WEIGHT + i, STREAMS);
      }
      assertThat(fleet.refusals()).isEqualTo(3);
      assertThat(fleet.refusedAgain()).isZero();
    }
  }

  @Test
  void aStalledProxyIsNotWaitedForAndHasTheLatestWhenItWakes() throws Exception {
    try (Loops loops = new Loops(1);
        Peer peer = PeerKind.SERIN.peer(CONTENT, 0);
        Fleet fleet =
            Fleet.open(new FleetSpec(peer.start(), STREAMS, 1, true, false), CONTENT, loops)) {
      fleet.ready().get(SECONDS, TimeUnit.SECONDS);
      fleet.stallLast(1, true);
      push(peer, fleet, WEIGHT, STREAMS - 1);
      fleet.stallLast(1, false);
      push(peer, fleet, WEIGHT + 1, STREAMS);
      assertThat(fleet.lost()).as(fleet.whyLost()).isZero();
    }
  }

  @Test
  void aStormOfResetsIsCutOffByTheProductsListener() throws Exception {
    try (Loops loops = new Loops(1);
        Peer peer = PeerKind.SERIN.peer(CONTENT, 0)) {
      ResetStorm.Outcome outcome = ResetStorm.run(peer.start(), 20_000, loops);
      assertThat(outcome.cutOff()).isTrue();
      assertThat(outcome.opened()).isLessThan(1_000);
    }
  }

  private static void push(Peer peer, Fleet fleet, int weight, int watched) throws Exception {
    Watch watch = fleet.watch(CONTENT.marker(weight), watched);
    watch.begin();
    peer.push(weight);
    watch.all().get(SECONDS, TimeUnit.SECONDS);
  }
}
