package dev.serin.mesh;

import com.google.common.collect.ImmutableList;
import dev.serin.mesh.overlay.Refusal;

/**
 * What a group of proxies is served.
 *
 * @param refusals the plans that its proxies cannot honour: those services keep their base routes,
 *     to stable
 */
public record Rendered(Snapshot snapshot, ImmutableList<Refusal> refusals) {}
