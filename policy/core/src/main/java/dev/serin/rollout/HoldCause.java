package dev.serin.rollout;

/** Why Serin stopped a rollout by itself, mildest first: a graver cause replaces a milder one. */
public enum HoldCause {
  /** Harm is neither shown nor ruled out. */
  INCONCLUSIVE(0, true, Move.HELD_INCONCLUSIVE),
  /** The evidence points to harm without showing it. */
  SIGN_OF_HARM(0, true, Move.HELD_INCONCLUSIVE),
  /** Too many proxies have not acknowledged the split in time. */
  NOT_CONVERGED(1, false, Move.HELD_NOT_CONVERGED),
  /** No connected proxy subscribes to anything that the step changes. */
  NO_PROXIES(1, false, Move.HELD_NOT_CONVERGED),
  /** Over half of a mesh cluster's known proxies are not connected. */
  CUT_OFF(1, false, Move.HELD_CUT_OFF),
  /** The canary should answer requests by its weight and answers none. */
  CANARY_SILENT(1, false, Move.HELD_SILENT),
  /** Both versions break an absolute bound: not the canary's fault alone. */
  BOTH_ARMS(1, false, Move.HELD_BOTH_ARMS),
  /** The proxies' telemetry stays away. */
  METRICS_LOST(1, false, Move.HELD_METRICS_LOST),
  /** The canary has no healthy endpoint. */
  ENDPOINTS(2, false, Move.HELD_ENDPOINTS),
  /** A step that needs an approval has not got it in time. */
  APPROVAL(2, false, Move.HELD_APPROVAL),
  /** A hook said no, or did not answer. */
  HOOK(2, false, Move.HELD_HOOK),
  /** The rollout has used up the time that its policy gives it. */
  DEADLINE(3, true, Move.HELD_DEADLINE),
  /** More proxies refused the split than convergence allows. */
  NACKED(4, false, Move.HELD_NACKED),
  /** An approver said no, and the policy says hold. */
  REJECTED(4, false, Move.HELD_REJECTED),
  /** Harm was shown, and the policy says hold. */
  HARM(5, false, Move.HELD_HARM);

  private final int gravity;
  private final boolean countsDeadline;
  private final Move move;

  HoldCause(int gravity, boolean countsDeadline, Move move) {
    this.gravity = gravity;
    this.countsDeadline = countsDeadline;
    this.move = move;
  }

  boolean isGraverThan(HoldCause other) {
    return gravity > other.gravity;
  }

  /** Whether the rollout only waits for its verdict, which the policy's deadline bounds. */
  public boolean countsDeadline() {
    return countsDeadline;
  }

  /** Whether the next windows may open the gate by themselves. */
  boolean awaitsVerdict() {
    return gravity == 0;
  }

  /** Whether a person who resumes after a weight set by hand does not end it by that. */
  boolean outlastsResume() {
    return this == NACKED || this == HARM;
  }

  Move move() {
    return move;
  }
}
