/**
 * Canary overlays for control planes that are built with java-control-plane: one line of theirs
 * changes, from {@code new SimpleCache<>(groups)} to {@code CanarySnapshotCache.over(new
 * SimpleCache<>(groups))}. In flow their snapshots and Serin's services and plans; out flow
 * snapshots in which only the routes of these services differ.
 */
@NullMarked
package dev.serin.controlplane;

import org.jspecify.annotations.NullMarked;
