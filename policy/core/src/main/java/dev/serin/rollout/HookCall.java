package dev.serin.rollout;

import dev.serin.policy.Hook;
import java.time.Duration;
import java.time.Instant;

/**
 * A question to a hook, and what came of it.
 *
 * @param hook its place among the policy's hooks, from 0
 * @param step that it is asked about, from 1; one more than there are is the promotion
 * @param attempt how often it has been asked at this gate, from 1
 * @param at of the question, or of its answer
 * @param words what it gave as its reason; may be empty
 */
public record HookCall(
    int hook, Hook.Event event, int step, int attempt, Status status, Instant at, String words) {

  /** How it stands. */
  public enum Status {
    ASKED,
    WAIT,
    PASSED,
    FAILED
  }

  /** What a hook answers, or that it did not. */
  public enum Result {
    PASS,
    WAIT,
    FAIL,
    /** No answer that could be understood, after all attempts. */
    NONE
  }

  /** A hook that says wait is asked again after so long; later ones take longer, up to a minute. */
  private static final Duration AGAIN = Duration.ofSeconds(10);

  private static final int MOST_TIMES_AGAIN = 6;

  static HookCall asked(int hook, Hook.Event event, int step, int attempt, Instant at) {
    return new HookCall(hook, event, step, attempt, Status.ASKED, at, "");
  }

  HookCall answered(Status now, Instant when, String reason) {
    return new HookCall(hook, event, step, attempt, now, when, reason);
  }

  boolean isAbout(int other, Hook.Event when) {
    return hook == other && event == when;
  }

  boolean isDue(Instant now) {
    return status == Status.WAIT && !now.isBefore(againAt());
  }

  boolean hasFailed() {
    return status == Status.FAILED;
  }

  /** When a hook that said wait is asked again. */
  Instant againAt() {
    return at.plus(AGAIN.multipliedBy(Math.min(attempt, MOST_TIMES_AGAIN)));
  }
}
