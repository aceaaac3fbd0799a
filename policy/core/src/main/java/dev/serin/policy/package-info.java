/**
 * What teams ask for: services, canary policies and rollouts as validated, immutable records.
 *
 * <p>In flow the records that {@code dev.serin.text} builds from YAML or from the API; out flow the
 * same records to the rollout machine, the judge and the overlay. Everything here is immutable and
 * free of threads, clocks and I/O. A record that exists is valid in itself; what only holds between
 * resources is checked where they meet.
 */
@NullMarked
package dev.serin.policy;

import org.jspecify.annotations.NullMarked;
