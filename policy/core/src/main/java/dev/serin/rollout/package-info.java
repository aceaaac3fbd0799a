/**
 * The rollout machine: {@code (state, event) -> (state, effects)}, and the journal that replays it.
 *
 * <p>In flow commands, the fleet's answers, windows of evidence and the passing of time, all as
 * events with their instant; out flow effects and one sentence that says why. No clock, no thread,
 * no Envoy.
 */
@NullMarked
package dev.serin.rollout;

import org.jspecify.annotations.NullMarked;
