package dev.serin.policy;

import java.util.Optional;

/**
 * What is done to requests besides dividing them. It lasts for the step that names it, and no
 * longer.
 *
 * @param mirror copies of the requests to other versions
 * @param fault on the canary only
 * @param rateLimit on the canary only
 */
public record Treatment(
    Optional<Mirror> mirror, Optional<Fault> fault, Optional<RateLimit> rateLimit) {

  public static final Treatment NONE =
      new Treatment(Optional.empty(), Optional.empty(), Optional.empty());

  /** What was written before there were treatments had none. */
  public static Treatment absent() {
    return NONE;
  }

  public boolean isNone() {
    return equals(NONE);
  }

  /** Whether all that it does {@code other} does too. */
  public boolean isWithin(Treatment other) {
    return both(other).equals(this);
  }

  /** What both do. */
  public Treatment both(Treatment other) {
    return new Treatment(
        mirror.filter(m -> other.mirror.equals(Optional.of(m))),
        fault.filter(f -> other.fault.equals(Optional.of(f))),
        rateLimit.filter(r -> other.rateLimit.equals(Optional.of(r))));
  }
}
