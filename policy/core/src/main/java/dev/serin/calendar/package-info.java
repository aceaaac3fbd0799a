/**
 * When exposure may grow: opening hours in a zone's own time, and freezes, once or by recurrence
 * rules.
 *
 * <p>In flow the schedule of a policy and the freezes that are stored; out flows {@link
 * dev.serin.calendar.Openness}: open or closed, why, and until when. Everything here is immutable
 * and knows no clock: the instant is an argument. Work is bounded whatever is written in a rule.
 */
@NullMarked
package dev.serin.calendar;

import org.jspecify.annotations.NullMarked;
