/**
 * Readies the JVM before proxies come. {@link dev.serin.server.warmup.WarmUp} has proxies of its
 * own connect to a listener of its own over loopback, until the code that serves a fleet is
 * compiled. In flows the time that it may take; nothing flows out. Everything of it is gone when it
 * returns.
 */
@NullMarked
package dev.serin.server.warmup;

import org.jspecify.annotations.NullMarked;
