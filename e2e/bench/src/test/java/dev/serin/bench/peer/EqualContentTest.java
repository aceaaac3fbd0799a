package dev.serin.bench.peer;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.hash.Hashing;
import dev.serin.bench.content.Content;
import dev.serin.bench.content.Shape;
import dev.serin.bench.content.XdsType;
import dev.serin.bench.fleet.Fleet;
import dev.serin.bench.fleet.FleetSpec;
import dev.serin.bench.fleet.Loops;
import dev.serin.bench.fleet.Watch;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A comparison is worth something only when everyone serves the same, to everyone. */
final class EqualContentTest {
  private static final int STREAMS = 6;
  private static final int WEIGHT = 20_001;
  private static final int SECONDS = 30;
  private static final Content CONTENT = Content.of(Shape.SMALL);

  @ParameterizedTest
  @EnumSource
  void everyServerServesTheContentByteForByteAndItsPushes(PeerKind kind) throws Exception {
    try (Loops loops = new Loops(1);
        Peer peer = kind.peer(CONTENT, 0)) {
      int port = peer.start();
      for (boolean delta : new boolean[] {false, true}) {
        FleetSpec spec = new FleetSpec(port, STREAMS, delta ? 1 : 4, delta, false);
        try (Fleet fleet = Fleet.open(spec, CONTENT, loops)) {
          fleet.ready().get(SECONDS, TimeUnit.SECONDS);
          int weight = delta ? WEIGHT + 1 : WEIGHT;
          Watch watch = fleet.watch(CONTENT.marker(weight), STREAMS);
          watch.begin();
          peer.push(weight);
          watch.all().get(SECONDS, TimeUnit.SECONDS);
          assertThat(watch.latencies()).hasSize(STREAMS).isSorted();
          assertThat(fleet.bytesOfResources()).isEqualTo(expected(weight));
          assertThat(fleet.lost()).as(fleet.whyLost()).isZero();
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "FLOOR")
  void everyProxyGetsItsOwnClusterWhereConfigurationsDiffer(PeerKind kind) throws Exception {
    try (Loops loops = new Loops(1);
        Peer peer = kind.peer(CONTENT, STREAMS)) {
      FleetSpec spec = new FleetSpec(peer.start(), STREAMS, 1, false, true);
      try (Fleet fleet = Fleet.open(spec, CONTENT, loops)) {
        fleet.ready().get(SECONDS, TimeUnit.SECONDS);
        assertThat(fleet.bytesOfResources())
            .containsKey(XdsType.CLUSTERS.url() + "/" + Content.ownName(Content.nodeId(0)))
            .doesNotContainKey(XdsType.CLUSTERS.url() + "/" + Content.ownName(Content.nodeId(1)))
            .containsAllEntriesOf(expected(0));
      }
    }
  }

  private static SortedMap<String, String> expected(int weight) {
    SortedMap<String, String> expected = new TreeMap<>();
    CONTENT.encoded().forEach(one -> put(expected, one));
    var changing = CONTENT.changing(weight);
    put(expected, Content.encoded(XdsType.ROUTES, changing.getName(), changing));
    return expected;
  }

  private static void put(SortedMap<String, String> expected, Resource one) {
    expected.put(
        one.getResource().getTypeUrl() + "/" + one.getName(),
        Hashing.sha256().hashBytes(one.getResource().getValue().toByteArray()).toString());
  }
}
