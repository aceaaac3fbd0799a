package dev.serin.rollout;

/** What a rollout is doing, in one word. */
public enum Phase {
  /** Written down, not started. */
  PENDING,
  /** Ready for its next step and kept from it by something outside: endpoints that are missing. */
  WAITING,
  /** A step is on its way to the fleet, or bakes. */
  PROGRESSING,
  /** Serin stopped it by itself; the split stays where it is. */
  HOLDING,
  /** A person stopped it; the split stays where it is. */
  PAUSED,
  /** All traffic is on its way to the new version. */
  PROMOTING,
  /** The new version is stable; for a while the rollout can still be undone in one push. */
  SUCCEEDED,
  /** Zero has been sent to everyone; not everyone has answered. */
  ROLLING_BACK,
  /** No proxy sends traffic to the new version. */
  ROLLED_BACK,
  /** Another rollout of the same service took its place. */
  SUPERSEDED
}
