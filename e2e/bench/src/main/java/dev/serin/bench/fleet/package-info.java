/**
 * Simulated proxies on raw HTTP/2: one handler a connection, everything of it on its event loop.
 */
@NullMarked
package dev.serin.bench.fleet;

import org.jspecify.annotations.NullMarked;
