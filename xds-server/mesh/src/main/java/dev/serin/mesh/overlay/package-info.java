/**
 * A plan laid over routes: pure functions from a base's route table and {@link
 * dev.serin.plan.TrafficPlan}s to the same table with only the routes of those services changed.
 *
 * <p>A plan and the clusters of its versions are a {@link dev.serin.mesh.overlay.Split}, what a
 * base calls the service a {@link dev.serin.mesh.overlay.ServiceRouting}. The split becomes {@code
 * Rule}s; {@link dev.serin.mesh.overlay.Overlay} finds the routes that lead to the service among
 * {@link dev.serin.mesh.overlay.RouteView}s and says what they become as {@link
 * dev.serin.mesh.overlay.RouteEdit}s. None of these knows a route table's form: reading and writing
 * one is a {@link dev.serin.mesh.overlay.RouteForm}. What a proxy cannot honour is refused with the
 * reason, never degraded ({@link dev.serin.mesh.overlay.Capabilities}).
 */
@NullMarked
package dev.serin.mesh.overlay;

import org.jspecify.annotations.NullMarked;
