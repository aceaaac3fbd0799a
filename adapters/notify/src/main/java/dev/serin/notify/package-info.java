/**
 * Channels: Slack, Microsoft Teams, PagerDuty, e-mail, signed webhooks and CloudEvents.
 *
 * <p>In flow messages that are ready to be sent, out flows one call each; what came of it goes back
 * as a value.
 */
@NullMarked
package dev.serin.notify;

import org.jspecify.annotations.NullMarked;
