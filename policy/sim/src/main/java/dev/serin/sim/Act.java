package dev.serin.sim;

import dev.serin.rollout.HookCall;
import java.time.Duration;

/**
 * Something that happens to a rollout from outside.
 *
 * @param at since the beginning
 */
public record Act(Duration at, What what) {

  /** What happens. */
  public sealed interface What {}

  /** How a proxy takes what it is sent, from now on. */
  public record Manners(int proxy, Way way) implements What {}

  /** How a proxy takes what it is sent. */
  public enum Way {
    /** Applies it and says so. */
    ACKS,
    /** Refuses it and says so. */
    NACKS,
    /** Neither applies it nor answers. */
    STALLS,
    /** Says that it applied it, and did not. */
    PRETENDS,
    /** Applies it, says so, and reports that the canary fails everything. */
    SLANDERS
  }

  /** A proxy's connection breaks; it comes back after so long. */
  public record Vanish(int proxy, Duration away) implements What {}

  /** The canary fails this share of its requests, 0..1, besides what stable fails. */
  public record CanaryFails(double ratio) implements What {}

  /** Both versions fail this share of their requests, 0..1. */
  public record BothFail(double ratio) implements What {}

  /** Telemetry stays away for so long. */
  public record TelemetryStops(Duration away) implements What {}

  /** Windows arrive so much later from now on. */
  public record TelemetryLags(Duration lag) implements What {}

  /** Counters begin again at zero: the window that they fall in is not usable. */
  public record CountersReset() implements What {}

  /** What hooks answer from now on. */
  public record HooksSay(HookCall.Result result) implements What {}

  /** The calendar closes or opens. */
  public record Calendar(boolean closed) implements What {}

  /** Healthy endpoints, from now on. */
  public record Count(int canary, int stable) implements What {}

  /**
   * Somebody presses a verb.
   *
   * @param number a weight in ppm or a step, where the verb takes one
   */
  public record Press(Verb verb, String who, int number) implements What {}

  /** What people can press. */
  public enum Verb {
    START,
    PAUSE,
    RESUME,
    PROMOTE,
    PROMOTE_FULL,
    PROMOTE_FORCE,
    SET_WEIGHT,
    ABORT,
    ABORT_FORCE,
    ROLLBACK,
    RETRY,
    SUPERSEDE,
    APPROVE,
    REJECT,
    SKIP,
    URGENT
  }

  /** The server dies with what it had not synced, and is back after so long. */
  public record Crash(Duration away) implements What {}

  /** Another server takes over, and the one before does not know. */
  public record TakeOver() implements What {}
}
