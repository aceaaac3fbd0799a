/**
 * The serving side as the control loop sees it: publishes configurations, counts how far the fleet
 * has come, and hands over windows of evidence.
 *
 * <p>In flow catalogues from the loop, the fleet's answers and the proxies' statistics; out flow
 * snapshots, convergence and windows. Publishing is the loop's alone; what others read is volatile
 * and immutable.
 */
@NullMarked
package dev.serin.server.fleet;

import org.jspecify.annotations.NullMarked;
