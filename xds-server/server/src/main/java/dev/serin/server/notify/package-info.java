/**
 * Notifications on their way to channels.
 *
 * <p>In flow notifications that are stored, out flow messages to the adapters; a notification comes
 * back when it was taken or given up.
 */
@NullMarked
package dev.serin.server.notify;

import org.jspecify.annotations.NullMarked;
