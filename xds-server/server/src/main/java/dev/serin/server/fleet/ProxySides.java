package dev.serin.server.fleet;

import dev.serin.ads.Proxy;
import dev.serin.rollout.RolloutState;

/** Knows what each proxy has, and would have. Any thread. */
public interface ProxySides {
  /** What a connected proxy has with Serin and without. */
  Sides sides(Proxy proxy);

  /**
   * What it is served at a step of a rollout and at the one before, everything else as it is now.
   *
   * @param step from 1 to {@link RolloutState#lastStep()}; one more is the promotion
   */
  Sides sides(Proxy proxy, RolloutState rollout, int step);
}
