/**
 * The ADS server: serves snapshots to proxies over both variants of the xDS protocol and keeps what
 * every proxy answered.
 *
 * <p>In flow {@link dev.serin.ads.SnapshotSource}s and the proxies' requests; out flow responses,
 * the {@link dev.serin.ads.FleetView} and its events. A {@code StreamState} is one stream's whole
 * protocol state and decides without I/O, time comes in as an argument. Its {@code Session} owns
 * it: everything that happens to a stream runs in that stream's serial queue, and the state's own
 * monitor lets other threads copy a view out of it. No monitor is held while a message is sent or a
 * listener is called, and none is shared between streams.
 */
@NullMarked
package dev.serin.ads;

import org.jspecify.annotations.NullMarked;
