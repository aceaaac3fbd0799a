/**
 * The ADS server: serves snapshots to proxies over both variants of the xDS protocol and keeps what
 * every proxy answered.
 *
 * <p>In flow {@link dev.serin.ads.SnapshotSource}s and the proxies' requests; out flow responses,
 * the {@link dev.serin.ads.FleetView} and its events. A {@code StreamState} is one stream's whole
 * protocol state and decides without I/O, time comes in as an argument. Its {@code Session} owns
 * it: everything that happens to a stream is a task of the stream's {@code Home}, which is the
 * event loop of its connection, and the state's own monitor lets other threads copy a view out of
 * it. No monitor is held while a message is sent or a listener is called, and none is shared
 * between streams. A fan-out is one task a home, in chunks, so that others get their turn.
 *
 * <p>What the fleet has in common exists once: a resource's bytes, the names that proxies ask for,
 * what two snapshots differ in, and what a proxy has, which is told as its differences ({@code
 * Holdings}) from a set that it shares. A stream that is up to date differs in nothing.
 */
@NullMarked
package dev.serin.ads;

import org.jspecify.annotations.NullMarked;
