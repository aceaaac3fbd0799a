package dev.serin.server.control;

import com.google.common.collect.ImmutableList;
import dev.serin.policy.ResourceName;
import dev.serin.rollout.Block;
import dev.serin.rollout.Event;
import dev.serin.rollout.Phase;
import dev.serin.rollout.RolloutState;
import java.util.List;
import java.util.Optional;

/**
 * What outside of a rollout speaks against its growth, as of one turn. Told to a rollout before
 * anything else that could raise it.
 */
final class Outside {

  private Outside() {}

  /** Tells a rollout what speaks against its growth now, where that has changed. */
  static void tell(ControlTurn turn, ResourceName name) {
    Optional<RolloutState> state =
        turn.rollout(name).map(LiveRollout::state).filter(s -> !s.isOver());
    if (state.isEmpty()) {
      return;
    }
    ImmutableList<Block> blocks = blocks(turn, state.get());
    if (!blocks.equals(state.get().blocks())) {
      turn.decide(name, new Event.BlocksReported(turn.now(), blocks));
    }
  }

  private static ImmutableList<Block> blocks(ControlTurn turn, RolloutState state) {
    ImmutableList.Builder<Block> blocks = ImmutableList.builder();
    dependency(turn, state).ifPresent(blocks::add);
    return blocks.build();
  }

  private static Optional<Block> dependency(ControlTurn turn, RolloutState state) {
    List<String> missing =
        state.spec().reach().dependsOn().stream()
            .flatMap(other -> missing(turn, state.spec().name().tenant(), other).stream())
            .toList();
    return missing.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Block(Block.Source.DEPENDENCY, String.join(", and ", missing), Optional.empty()));
  }

  private static Optional<String> missing(ControlTurn turn, String tenant, String other) {
    Optional<Phase> phase =
        turn.rollout(new ResourceName(tenant, other)).map(live -> live.state().phase());
    if (phase.isEmpty()) {
      return Optional.of("rollout " + other + ", which it depends on, does not exist");
    }
    return phase.get() == Phase.SUCCEEDED
        ? Optional.empty()
        : Optional.of("rollout %s, which it depends on, is %s".formatted(other, phase.get()));
  }
}
