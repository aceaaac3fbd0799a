/**
 * Finds a real Envoy and runs it, for the demo and for every test that asks Envoy itself.
 *
 * <p>In flow the environment and a bootstrap; out flow an {@link dev.serin.e2e.envoy.EnvoyLookup}
 * and running {@link dev.serin.e2e.envoy.EnvoyProcess proxies}. Nothing here outlives the JVM,
 * however that ends. A process may be used from several threads.
 */
@NullMarked
package dev.serin.e2e.envoy;

import org.jspecify.annotations.NullMarked;
