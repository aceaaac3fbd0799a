/**
 * The mesh as resources: base configuration plus traffic plans, rendered per group of equal
 * proxies.
 *
 * <p>In flow services and {@link dev.serin.plan.TrafficPlan}s; out flow {@link
 * dev.serin.mesh.Snapshot}s whose versions are content hashes. {@link dev.serin.mesh.MeshConfig} is
 * the way in. The base's routes and a plan meet in {@link dev.serin.mesh.Overlay}: the plan becomes
 * {@code Rule}s, which know nothing of a route table's form, and the overlay writes them into a
 * RouteConfiguration; another form, say a tree of JSON, needs a writer of its own and no other
 * rules. Everything is immutable, or remembers what it computed, and safe from any thread; what is
 * expensive is computed once per change, never per proxy.
 */
@NullMarked
package dev.serin.mesh;

import org.jspecify.annotations.NullMarked;
