/**
 * A rollout in virtual time: the real machine and the real judge against a fleet, a store, traffic,
 * a calendar, hooks and people that misbehave by seed.
 *
 * <p>In flows a {@link dev.serin.sim.Script}, out a {@link dev.serin.sim.Outcome}. One thread;
 * equal scripts give equal runs, event for event.
 */
@NullMarked
package dev.serin.sim;

import org.jspecify.annotations.NullMarked;
