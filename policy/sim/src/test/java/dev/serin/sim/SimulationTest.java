package dev.serin.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.serin.rollout.Phase;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** What must hold whatever happens to a rollout, its fleet and its server; by seed. */
class SimulationTest {

  /** As many as take some ten seconds; more with {@code -Dserin.sim.seeds=N}. */
  private static final int SEEDS = Integer.getInteger("serin.sim.seeds", 300);

  @Test
  void the_invariants_hold_whatever_happens() {
    List<Long> failing =
        LongStream.rangeClosed(1, SEEDS)
            .parallel()
            .filter(seed -> Simulation.run(Script.of(seed)).violation().isPresent())
            .boxed()
            .toList();
    assertThat(failing)
        .as(() -> "seeds that fail; the first, made short:\n" + told(failing))
        .isEmpty();
  }

  private static String told(List<Long> failing) {
    return failing.stream()
        .limit(5)
        .map(seed -> told(Shrinker.shrink(Script.of(seed), Seams.NONE)))
        .collect(Collectors.joining("\n"));
  }

  private static String told(Script script) {
    return "seed %d: %s\n  %s proxies, %d requests a second\n%s"
        .formatted(
            script.seed(),
            Simulation.run(script).violation().map(Violation::toString).orElse("nothing"),
            script.proxies(),
            script.requestsPerSecond(),
            script.acts().stream()
                .map(act -> "  %s %s".formatted(act.at(), act.what()))
                .collect(Collectors.joining("\n")));
  }

  @Test
  void a_seed_replays_bit_for_bit() {
    for (long seed = 1; seed <= 20; seed++) {
      assertThat(Simulation.run(Script.of(seed)))
          .as("seed %d", seed)
          .isEqualTo(Simulation.run(Script.of(seed)));
    }
  }

  @Test
  void runs_end_in_every_way_a_rollout_can() {
    Map<Phase, Integer> ends = new EnumMap<>(Phase.class);
    for (long seed = 1; seed <= 200; seed++) {
      ends.merge(Simulation.run(Script.of(seed)).last().phase(), 1, Integer::sum);
    }
    assertThat(ends)
        .as("how runs end")
        .containsKeys(
            Phase.SUCCEEDED, Phase.ROLLED_BACK, Phase.HOLDING, Phase.PAUSED, Phase.SUPERSEDED);
  }

  @Test
  void without_trouble_a_release_is_promoted() {
    int promoted = 0;
    for (long seed = 1; seed <= 40; seed++) {
      Script script = Script.of(seed);
      Script calm =
          script.with(
              script.acts().subList(0, script.acts().size()).stream()
                  .filter(act -> act.at().toSeconds() <= 10)
                  .toList());
      Outcome outcome = Simulation.run(calm);
      assertThat(outcome.violation()).as("seed %d", seed).isEqualTo(Optional.empty());
      promoted += outcome.last().phase() == Phase.SUCCEEDED ? 1 : 0;
    }
    assertThat(promoted).isGreaterThan(15);
  }
}
