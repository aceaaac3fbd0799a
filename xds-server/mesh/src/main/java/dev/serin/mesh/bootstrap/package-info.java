/**
 * What an Envoy needs to be told once, before it can ask Serin for everything else.
 *
 * <p>In flow {@link dev.serin.mesh.bootstrap.BootstrapOptions}; out flows the text of an Envoy
 * bootstrap file. The names of the statistics and the latency edges that such a proxy reports are
 * constants here, because sender and receiver must agree on them. Pure and immutable.
 */
@NullMarked
package dev.serin.mesh.bootstrap;

import org.jspecify.annotations.NullMarked;
