/**
 * The server as a whole: what is made, in which order it starts and stops.
 *
 * <p>In flows a {@link dev.serin.server.config.ServerConfig}; out come the listeners of proxies and
 * of people, and one for metrics where it is asked for. All wiring is in {@link
 * dev.serin.server.SerinServer}.
 */
@NullMarked
package dev.serin.server;

import org.jspecify.annotations.NullMarked;
