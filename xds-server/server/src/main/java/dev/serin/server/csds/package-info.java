/**
 * Envoy's client status discovery service, answered from what the proxies have acknowledged. In
 * flow the {@link dev.serin.ads.FleetView} and requests; out flows the state of every resource at
 * every proxy that the caller may see, in messages of bounded size. Nothing here keeps state but a
 * stream's answer under way, which belongs to that stream; any thread may call.
 */
@NullMarked
package dev.serin.server.csds;

import org.jspecify.annotations.NullMarked;
