/**
 * The mesh as resources: base configuration plus traffic plans, rendered per group of equal
 * proxies.
 *
 * <p>In flow services and {@link dev.serin.plan.TrafficPlan}s; out flow {@link
 * dev.serin.mesh.Snapshot}s whose versions are content hashes. {@link dev.serin.mesh.MeshConfig} is
 * the way in. A base's routes and the plans meet in {@link dev.serin.mesh.overlay.Overlay}.
 * Everything is immutable, or remembers what it computed, and safe from any thread; what is
 * expensive is computed once per change, never per proxy.
 */
@NullMarked
package dev.serin.mesh;

import org.jspecify.annotations.NullMarked;
