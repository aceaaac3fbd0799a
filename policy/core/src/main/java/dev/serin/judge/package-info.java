/**
 * Sequential statistics: from windows of counts to a verdict that is valid however often it is
 * looked at.
 *
 * <p>In flow {@link dev.serin.judge.Window}s, in order of time, and once a {@link
 * dev.serin.judge.Baseline}; out flow a {@link dev.serin.judge.Verdict} for the eye and a {@link
 * dev.serin.judge.Gate} for the rollout. {@link dev.serin.judge.Judge} holds everything in between
 * as a value. Pure and immutable; no clock, safe from any thread.
 */
@NullMarked
package dev.serin.judge;

import org.jspecify.annotations.NullMarked;
