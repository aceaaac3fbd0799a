package dev.serin.rollout;

/**
 * One thing that keeps a step from being entered.
 *
 * @param what it is, as a clause with its numbers
 * @param way what ends it, or the verb that does
 */
record Obstacle(Kind kind, String what, String way) {

  /** What it is; in the order in which people are told. */
  enum Kind {
    CALENDAR,
    DEPENDENCY,
    RELEASE,
    WAVE,
    LIMIT,
    APPROVAL,
    ENDPOINTS,
    HOOK
  }
}
