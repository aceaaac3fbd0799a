package dev.serin.mesh.overlay;

import com.google.common.collect.ImmutableList;
import dev.serin.policy.Ppm;
import java.util.List;

/**
 * Weights of a base's division in which arms stand for a service's own clusters: together they have
 * the share that those had, and whatever else the base divides to keeps its own. The total depends
 * on the base alone, so that growing arms move nobody but from one arm to another.
 *
 * @param units what one unit of the base's weights becomes
 */
public record OwnShare(long units) {
  /** Envoy refuses a larger total. */
  private static final long MOST = 0xffff_ffffL;

  /** Of a base's whole division. */
  public static OwnShare of(long total) {
    return new OwnShare(Math.min(Ppm.ALL, MOST / Math.max(1, total)));
  }

  public long other(long weight) {
    return weight * units;
  }

  /** The weights of arms; the last has what rounding leaves. */
  public ImmutableList<Long> arms(long own, List<Integer> ppm) {
    ImmutableList.Builder<Long> weights = ImmutableList.builder();
    long left = own * units;
    for (int share : ppm.subList(0, ppm.size() - 1)) {
      long weight = own * units * share / Ppm.ALL;
      left -= weight;
      weights.add(weight);
    }
    return weights.add(left).build();
  }
}
