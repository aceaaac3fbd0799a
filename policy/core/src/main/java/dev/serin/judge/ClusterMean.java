package dev.serin.judge;

import com.google.common.collect.ImmutableSortedMap;
import java.util.function.IntToDoubleFunction;

/**
 * The mean of one e-value a mesh cluster, with weights that were fixed before the data. Weight that
 * no mesh cluster has counts as an e-value of 1.
 */
final class ClusterMean {

  private ClusterMean() {}

  /**
   * @param lnE the logarithm of the e-value of the mesh cluster at that place of the map's order
   */
  static double lnE(ImmutableSortedMap<String, Double> weights, IntToDoubleFunction lnE) {
    double[] terms = new double[weights.size() + 1];
    double idle = 1;
    int i = 0;
    for (double weight : weights.values()) {
      terms[i] = LogSum.lnOf(weight) + lnE.applyAsDouble(i);
      idle -= weight;
      i++;
    }
    // Weights that sum to 1 leave a few rounding errors of 1e-16; they are no capital.
    terms[i] = LogSum.lnOf(idle > 1e-12 ? idle : 0);
    return LogSum.of(terms);
  }
}
