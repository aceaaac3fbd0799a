package dev.serin.rollout;

/**
 * Who asked for something, and why.
 *
 * @param reason as the person gave it; may be empty
 * @param requestId of the call: the same one again does nothing; empty where the caller gave none
 */
public record By(String actor, String reason, String requestId) {
  @Override
  public String toString() {
    return reason.isEmpty() ? actor : actor + " (" + reason + ")";
  }
}
