package dev.serin.server.fleet;

import dev.serin.mesh.Snapshot;

/**
 * What a proxy has with Serin and without.
 *
 * @param base what it would have without: what bases have as it came, and what Serin itself
 *     publishes at the stable versions
 */
public record Sides(Snapshot base, Snapshot served) {}
