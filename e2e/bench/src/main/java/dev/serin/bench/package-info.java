/**
 * Serin's ADS server beside other control planes, with equal content.
 *
 * <p>The driver ({@link dev.serin.bench.Main}) starts every server as a process of its own, plays a
 * fleet of proxies against it and prints tables. Servers read commands from their standard input;
 * see {@link dev.serin.bench.peer.PeerMain}. The proxies ({@link dev.serin.bench.fleet.Fleet})
 * speak HTTP/2 and xDS by themselves and decode no resource, so that they cost little beside what
 * they measure.
 */
@NullMarked
package dev.serin.bench;

import org.jspecify.annotations.NullMarked;
