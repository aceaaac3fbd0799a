package dev.serin.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import dev.serin.server.api.FleetBoard.Change;
import dev.serin.v1.Proxy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FleetBoardTest {
  private final FleetBoard board = new FleetBoard(1_000);

  private static Proxy proxy(String id, String cluster) {
    return Proxy.newBuilder().setName(id).setCluster(cluster).build();
  }

  private List<String> after(long seen) {
    return board.after(seen).values().stream()
        .map(change -> (change.isForgotten() ? "gone " : "") + change.name())
        .toList();
  }

  @Test
  void aProxyStandsOnceWithItsLastChange() {
    board.update(List.of(proxy("a", "x"), proxy("b", "x")));
    assertThat(after(1_000)).containsExactly("a", "b");
    long seen = board.revision();
    board.update(List.of(proxy("a", "y"), proxy("b", "x")));
    assertThat(after(seen)).containsExactly("a");
    assertThat(after(1_000)).containsExactly("b", "a");
  }

  @Test
  void whenItWasLastSeenIsNoChangeAndIsShownAllTheSame() {
    board.update(List.of(proxy("a", "x")));
    long revision = board.revision();
    Proxy later =
        proxy("a", "x").toBuilder().setLastSeen(Timestamp.newBuilder().setSeconds(9)).build();
    board.update(List.of(later));
    assertThat(board.revision()).isEqualTo(revision);
    assertThat(board.after(0).firstEntry().getValue().proxy()).isEqualTo(later);
  }

  @Test
  void atRestTheMessagesAreDroppedAndTheRevisionsStay() {
    board.update(List.of(proxy("a", "x"), proxy("b", "x")));
    long revision = board.revision();
    board.rest();
    assertThat(board.after(0).values()).allMatch(change -> change.proxy() == null);
    board.update(List.of(proxy("a", "x"), proxy("b", "z")));
    assertThat(board.after(0).values()).noneMatch(change -> change.proxy() == null);
    assertThat(after(revision)).containsExactly("b");
  }

  @Test
  void tooManyThatAreForgottenMoveTheHorizon() {
    List<Proxy> many = new ArrayList<>();
    for (int i = 0; i < 10_001; i++) {
      many.add(proxy("p" + i, "x"));
    }
    board.update(many);
    assertThat(board.horizon()).isEqualTo(1_000);
    board.update(List.of());
    assertThat(board.after(0)).hasSize(5_000);
    assertThat(board.horizon()).isEqualTo(board.after(0).firstKey() - 1);
  }

  /** Whoever follows from any revision on ends with the fleet as it is. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void whoeverFollowsEndsWithWhatIsThere(long seed) {
    Random random = new Random(seed);
    Map<String, Proxy> fleet = new TreeMap<>();
    Map<String, Proxy> follower = new HashMap<>();
    long seen = 1_000;
    for (int round = 0; round < 500; round++) {
      String id = "p" + random.nextInt(20);
      switch (random.nextInt(3)) {
        case 0 -> fleet.remove(id);
        case 1 -> fleet.put(id, proxy(id, "c" + random.nextInt(3)));
        default -> board.rest();
      }
      board.update(fleet.values());
      if (random.nextInt(5) == 0) {
        for (Change change : board.after(seen).values()) {
          assertThat(change.revision()).isGreaterThan(seen);
          seen = change.revision();
          Proxy proxy = change.proxy();
          if (proxy == null) {
            assertThat(change.isForgotten()).as("seed %d", seed).isTrue();
            follower.remove(change.name());
          } else {
            follower.put(change.name(), proxy);
          }
        }
        assertThat(follower).as("seed %d", seed).isEqualTo(fleet);
      }
    }
  }
}
