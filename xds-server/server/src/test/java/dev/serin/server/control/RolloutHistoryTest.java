package dev.serin.server.control;

import static dev.serin.server.control.Bench.V2;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import dev.serin.policy.Analysis;
import dev.serin.rollout.Phase;
import org.junit.jupiter.api.Test;

class RolloutHistoryTest {
  private final Bench bench = new Bench();
  private final RolloutHistory history = new RolloutHistory(bench.store);

  /** Every question replayed the whole journal, some hundred thousand windows after three days. */
  @Test
  void whoAsksAgainReadsOnlyWhatHasComeSince() throws Exception {
    bench.baking(Wants.ERRORS);
    ImmutableList<RolloutHistory.Step> first = history.decisions(V2);
    long read = bench.live(V2).seq();
    bench.store.asked.clear();
    bench.window(V2, 100, 0, 1000).turn();
    bench.done(bench.abort(V2));
    ImmutableList<RolloutHistory.Step> second = history.decisions(V2);
    assertThat(bench.store.asked).containsExactly(read);
    assertThat(second).startsWith(first.toArray(RolloutHistory.Step[]::new));
    assertThat(second).hasSizeGreaterThan(first.size());
    assertThat(second).isEqualTo(new RolloutHistory(bench.store).decisions(V2));
  }

  @Test
  void aRolloutOfTheSameNameBeginsAnew() throws Exception {
    bench.baking(Analysis.OFF);
    assertThat(history.decisions(V2)).isNotEmpty();
    bench.done(bench.abort(V2));
    bench.turns(2).in(V2, Phase.ROLLED_BACK);
    bench.done(bench.control.deleteRollout(V2, false, Bench.ANN, false));
    assertThat(history.decisions(V2)).isEmpty();
    bench.done(bench.apply(Wants.release(V2, "v3")));
    bench.turns(1);
    assertThat(history.decisions(V2))
        .isNotEmpty()
        .isEqualTo(new RolloutHistory(bench.store).decisions(V2));
  }
}
