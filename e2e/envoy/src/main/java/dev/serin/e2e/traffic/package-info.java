/**
 * Both ends of the traffic that proxies carry in the demo and in tests: {@link
 * dev.serin.e2e.traffic.Upstream versions of a service} whose behaviour can be turned bad while
 * they run, and a {@link dev.serin.e2e.traffic.Load} that says what became of every request.
 *
 * <p>In flow behaviours and a rate; out flow counts, readable at any time from any thread, and one
 * {@link dev.serin.e2e.traffic.Outcome} a request, on the load's own thread.
 */
@NullMarked
package dev.serin.e2e.traffic;

import org.jspecify.annotations.NullMarked;
