package dev.serin.policy;

import com.google.common.collect.ImmutableList;
import java.time.Duration;

/**
 * How a rollout goes about with others: whom it asks, whom it tells, and the way it goes back.
 *
 * @param hooks asked in their order
 * @param subscriptions told in their order
 * @param ramp the weights by which a rollback goes down, falling; empty is to zero at once
 */
public record Proceedings(
    ImmutableList<Hook> hooks,
    ImmutableList<Subscription> subscriptions,
    ImmutableList<Notch> ramp) {

  /**
   * One weight on the way down.
   *
   * @param weightPpm above 0
   * @param bake how long it stays there
   */
  public record Notch(int weightPpm, Duration bake) {
    public Notch {
      if (Ppm.require("ramp", weightPpm) == 0) {
        throw new IllegalArgumentException("ramp: 0 ppm (expected: above 0; zero comes last)");
      }
    }
  }

  /** Nobody is asked or told, and the way back is at once. */
  public static final Proceedings NONE =
      new Proceedings(ImmutableList.of(), ImmutableList.of(), ImmutableList.of());

  public Proceedings {
    for (int i = 1; i < ramp.size(); i++) {
      if (ramp.get(i).weightPpm() >= ramp.get(i - 1).weightPpm()) {
        throw new IllegalArgumentException("ramp: " + ramp + " (expected: falling weights)");
      }
    }
  }

  /** What was written before policies said any of this wanted none of it. */
  public static Proceedings absent() {
    return NONE;
  }
}
