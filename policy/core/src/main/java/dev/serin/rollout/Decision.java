package dev.serin.rollout;

import com.google.common.collect.ImmutableList;
import java.util.Optional;

/**
 * The answer to an event.
 *
 * @param state afterwards; the same as before when the event was refused or meant nothing
 * @param effects to carry out in this order, after {@code state} has been stored
 * @param refusal why a command was not followed; then nothing changed
 * @param row the declared transition that was taken; empty when only numbers changed
 */
public record Decision(
    RolloutState state,
    ImmutableList<Effect> effects,
    Optional<Refusal> refusal,
    Optional<Transitions.Row> row) {

  static Decision nothing(RolloutState state) {
    return new Decision(state, ImmutableList.of(), Optional.empty(), Optional.empty());
  }

  static Decision refused(RolloutState state, Refusal refusal) {
    return new Decision(state, ImmutableList.of(), Optional.of(refusal), Optional.empty());
  }
}
