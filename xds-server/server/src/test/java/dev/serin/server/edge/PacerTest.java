package dev.serin.server.edge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.serin.server.edge.Pacer.Entry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PacerTest {

  private static final long SECOND = 1_000_000_000L;
  private static final int CROWD = 0;

  /** Near its end, so that it overflows on the way: that clock may begin anywhere. */
  private static final long BEGIN = soon(Long.MAX_VALUE);

  private static long soon(long end) {
    return end - SECOND;
  }

  @Test
  void aSecondsWorthComesInAtOnceAndTheRestInTurn() {
    Pacer<String, Integer> pacer = new Pacer<>(10, BEGIN);
    List<Entry> entries = new ArrayList<>();
    for (int i = 0; i < 15; i++) {
      entries.add(pacer.enter("here", i, BEGIN));
    }
    assertThat(entries.subList(0, 10)).containsOnly(Entry.LET_IN);
    assertThat(entries.subList(10, 15)).containsOnly(Entry.WAITS);
    assertThat(pacer.due(BEGIN)).isEmpty();
    assertThat(pacer.nanosToNext(BEGIN)).isEqualTo(SECOND / 10);
    assertThat(pacer.due(BEGIN + SECOND / 10)).containsExactly(10);
    assertThat(pacer.due(BEGIN + SECOND / 2)).containsExactly(11, 12, 13, 14);
    assertThat(pacer.waiting()).isZero();
  }

  @Test
  void whoComesWhileOthersWaitDoesNotPassThem() {
    Pacer<String, Integer> pacer = new Pacer<>(1, BEGIN);
    pacer.enter("here", 1, BEGIN);
    pacer.enter("here", 2, BEGIN);
    assertThat(pacer.enter("here", 3, BEGIN + 5 * SECOND)).isEqualTo(Entry.WAITS);
    assertThat(pacer.due(BEGIN + 5 * SECOND)).containsExactly(2);
  }

  @Test
  void aPlaceThatComesWithThousandsLeavesRoomForOthersAndTheirTurnComesNext() {
    Pacer<String, String> pacer = new Pacer<>(100, BEGIN);
    int waits = 0;
    int away = 0;
    for (int i = 0; i < 10_000; i++) {
      switch (pacer.enter("crowd", "crowd-" + i, BEGIN)) {
        case LET_IN -> {}
        case WAITS -> waits++;
        case TURNED_AWAY -> away++;
      }
    }
    assertThat(waits).isEqualTo(100 * Pacer.LONGEST_WAIT_SECONDS / 2);
    assertThat(away).isEqualTo(10_000 - 100 - waits);
    for (int i = 0; i < 50; i++) {
      assertThat(pacer.enter("village-" + i, "one of " + i, BEGIN)).isEqualTo(Entry.WAITS);
    }
    // A second's worth are 100; the 50 villages are all among them, though the crowd came first.
    List<String> second = pacer.due(BEGIN + SECOND);
    assertThat(second).hasSize(100);
    assertThat(second.stream().filter(who -> who.startsWith("one of"))).hasSize(50);
  }

  @Test
  void whoLeavesTakesNobodysTurn() {
    Pacer<String, Integer> pacer = new Pacer<>(1, BEGIN);
    pacer.enter("here", 1, BEGIN);
    pacer.enter("here", 2, BEGIN);
    pacer.enter("there", 3, BEGIN);
    pacer.leave(2);
    pacer.leave(2);
    assertThat(pacer.waiting()).isEqualTo(1);
    assertThat(pacer.due(BEGIN + SECOND)).containsExactly(3);
    pacer.enter("here", 4, BEGIN + SECOND);
    assertThat(pacer.dismiss()).containsExactly(4);
    assertThat(pacer.waiting()).isZero();
  }

  @Test
  void whoWaitedForAsLongAsOneBearsIsTurnedAway() {
    Pacer<String, Integer> pacer = new Pacer<>(1, BEGIN);
    pacer.enter("here", 1, BEGIN);
    pacer.enter("here", 2, BEGIN);
    pacer.enter("there", 3, BEGIN + SECOND);
    long late = BEGIN + Pacer.LONGEST_WAIT_SECONDS * SECOND;
    assertThat(pacer.overdue(late - 1)).isEmpty();
    assertThat(pacer.overdue(late)).containsExactly(2);
    assertThat(pacer.due(late)).containsExactly(3);
  }

  /**
   * Whatever comes, nobody waits for longer than it said, no more come in than it said, and a place
   * that comes with one at a time is never turned away for the sake of a crowd.
   */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void nobodyStarves(long seed) {
    Random random = new Random(seed);
    int perSecond = 1 + random.nextInt(200);
    Pacer<Integer, Integer> pacer = new Pacer<>(perSecond, 0);
    Map<Integer, Long> since = new HashMap<>();
    long now = 0;
    long letIn = 0;
    long nextVillager = 0;
    int next = 1;
    while (now < 60 * SECOND) {
      now += random.nextInt(20_000_000);
      pacer.overdue(now).forEach(since::remove);
      for (Integer who : pacer.due(now)) {
        letIn++;
        assertThat(now - Objects.requireNonNull(since.remove(who)))
            .as("seed %d", seed)
            .isLessThan(Pacer.LONGEST_WAIT_SECONDS * SECOND);
      }
      for (int i = random.nextInt(12); i > 0; i--) {
        int who = next++;
        switch (pacer.enter(CROWD, who, now)) {
          case LET_IN -> letIn++;
          case WAITS -> since.put(who, now);
          case TURNED_AWAY -> {}
        }
      }
      if (now > nextVillager) {
        // Half as fast as they are let in: there is room for all of them.
        nextVillager = now + 2 * SECOND / perSecond;
        int who = next++;
        switch (pacer.enter(who, who, now)) {
          case LET_IN -> letIn++;
          case WAITS -> since.put(who, now);
          case TURNED_AWAY -> throw new AssertionError("a villager; seed " + seed);
        }
      }
      assertThat(pacer.waiting()).as("seed %d", seed).isEqualTo(since.size());
    }
    assertThat(letIn).as("seed %d", seed).isLessThanOrEqualTo(perSecond * (now / SECOND + 2));
  }
}
