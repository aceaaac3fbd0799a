/**
 * What a user of Serin sees, tried on real Envoys: one class a capability, its tests the sentences.
 *
 * <p>In flow policies as text, requests and broken parts; out flow answers of the API, of the
 * proxies and of the upstreams. Each test owns the mesh that it starts and ends it. The waits are
 * all in {@link dev.serin.e2e.features.Await}, and every one has a deadline.
 */
@NullMarked
package dev.serin.e2e.features;

import org.jspecify.annotations.NullMarked;
