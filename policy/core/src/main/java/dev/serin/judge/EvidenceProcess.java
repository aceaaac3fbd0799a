package dev.serin.judge;

import com.google.common.collect.ImmutableList;

/**
 * The evidence of harm in one metric and one mesh cluster: every counter bets on every factor, each
 * tempered by that counter's dispersion.
 */
record EvidenceProcess(Mixture mixture, ImmutableList<Dispersion> dispersions) {

  static EvidenceProcess start(
      ImmutableList<Contrast> contrasts, ImmutableList<Dispersion.Prior> priors) {
    int cells = contrasts.stream().mapToInt(c -> c.factors().length()).sum();
    return new EvidenceProcess(
        Mixture.over(cells),
        priors.stream().map(Dispersion::start).collect(ImmutableList.toImmutableList()));
  }

  /**
   * Takes one window. Time starts with the canary's first request in this mesh cluster; from then
   * on a window that cannot be compared still passes it.
   */
  EvidenceProcess observe(ImmutableList<Contrast> contrasts, Counts counts, boolean newStep) {
    if (!mixture.started() && counts.canary() == 0) {
      return this;
    }
    double[] nats = new double[mixture.lnStakes().length()];
    if (counts.comparable()) {
      fill(nats, contrasts, counts);
    }
    return new EvidenceProcess(mixture.settle(nats, newStep), disperse(counts));
  }

  private void fill(double[] nats, ImmutableList<Contrast> contrasts, Counts counts) {
    int cell = 0;
    for (int j = 0; j < contrasts.size(); j++) {
      Contrast contrast = contrasts.get(j);
      for (int i = 0; i < contrast.factors().length(); i++) {
        nats[cell++] = contrast.increment(i, counts, j, dispersions.get(j).phi());
      }
    }
  }

  private ImmutableList<Dispersion> disperse(Counts counts) {
    boolean close = (mixture.windows() + 1) % Dispersion.BLOCK == 0;
    if (!close && !counts.comparable()) {
      return dispersions;
    }
    ImmutableList.Builder<Dispersion> next =
        ImmutableList.builderWithExpectedSize(dispersions.size());
    for (int j = 0; j < dispersions.size(); j++) {
      Dispersion dispersion = dispersions.get(j);
      if (counts.comparable()) {
        dispersion =
            dispersion.plus(
                counts.canary(),
                counts.stable(),
                counts.canaryHits().get(j),
                counts.stableHits().get(j));
      }
      next.add(close ? dispersion.closeBlock() : dispersion);
    }
    return next.build();
  }

  double lnE() {
    return mixture.lnE();
  }
}
