/**
 * The one place that decides and remembers: catalogue, rollouts, journal, and what is published.
 *
 * <p>In flow commands of the API, closed windows, the fleet's answers and due timers; each turn of
 * {@link dev.serin.server.control.ControlLoop} decides, appends to the store in one transaction and
 * only then acts. Everything here is owned by the loop's thread, but what says that anybody may
 * call it; others read the immutable {@link dev.serin.server.control.Catalog}.
 */
@NullMarked
package dev.serin.server.control;

import org.jspecify.annotations.NullMarked;
