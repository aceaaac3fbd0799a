package dev.serin.sim;

import dev.serin.rollout.RolloutState;
import java.util.Optional;

/**
 * What a run came to.
 *
 * @param events that the machine was given
 * @param fingerprint of all that was decided, in order: equal runs have equal ones
 * @param last state of the last leader
 */
public record Outcome(
    Optional<Violation> violation, int events, long fingerprint, RolloutState last) {}
