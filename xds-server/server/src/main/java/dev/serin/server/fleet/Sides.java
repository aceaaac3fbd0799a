package dev.serin.server.fleet;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.mesh.Snapshot;
import dev.serin.mesh.overlay.Refusal;

/**
 * What a proxy has with Serin and without, or at a step of a rollout and at the one before.
 *
 * @param base without, which is what bases have as it came, and what Serin itself publishes at the
 *     stable versions; or the step before
 * @param refusals the services whose routes stay as they are for this proxy though a plan is meant
 *     for them
 * @param clashes what two bases of this proxy, or a base and the services, both have; the first
 *     one's is served
 */
public record Sides(
    Snapshot base,
    Snapshot served,
    ImmutableList<Refusal> refusals,
    ImmutableSortedSet<String> clashes) {}
