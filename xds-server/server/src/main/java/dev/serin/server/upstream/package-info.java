/**
 * Another control plane as a base: what a proxy asks of Serin is asked of it, in that proxy's name.
 *
 * <p>In flow {@link dev.serin.ads.Demand}, what proxies ask for and reject; out flow {@link
 * dev.serin.mesh.BaseSnapshot}s, one object for equal content. An {@code UpstreamProxy} holds the
 * stream of one proxy and survives its loss; an {@code UpstreamType} is the protocol's state of one
 * type on it, in one of the two variants, without I/O and without a clock. Nonces and versions of
 * the other control plane end here.
 */
@NullMarked
package dev.serin.server.upstream;

import org.jspecify.annotations.NullMarked;
