/**
 * Webhooks: asks somebody else's program whether a rollout may go on.
 *
 * <p>In flow questions of the control loop, out flow signed calls; their answers go back as values.
 */
@NullMarked
package dev.serin.server.hooks;

import org.jspecify.annotations.NullMarked;
