/**
 * A plan laid over routes: pure functions from a base's route table and {@link
 * dev.serin.plan.TrafficPlan}s to the same table with only the routes of those services changed.
 *
 * <p>A plan and the clusters of its versions are a {@link dev.serin.mesh.overlay.Split}. It becomes
 * {@code Rule}s, which know nothing of a route table's form; {@link dev.serin.mesh.overlay.Overlay}
 * writes them into the routes that lead to the service. What a proxy cannot honour is refused with
 * the reason, never degraded ({@link dev.serin.mesh.overlay.Capabilities}).
 */
@NullMarked
package dev.serin.mesh.overlay;

import org.jspecify.annotations.NullMarked;
