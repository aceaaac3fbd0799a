package dev.serin.judge;

import com.google.common.primitives.ImmutableLongArray;

/**
 * Requests and hits of both arms in one window and mesh cluster. A hit is an error, or a request
 * slower than a threshold; there is one counter a threshold.
 */
record Counts(
    long canary, long stable, ImmutableLongArray canaryHits, ImmutableLongArray stableHits) {

  static final Counts NONE = new Counts(0, 0, ImmutableLongArray.of(), ImmutableLongArray.of());

  static Counts errors(ArmCounts canary, ArmCounts stable) {
    return new Counts(
        canary.requests(),
        stable.requests(),
        ImmutableLongArray.of(canary.errors()),
        ImmutableLongArray.of(stable.errors()));
  }

  /** Whether there is anything to compare. */
  boolean comparable() {
    return canary > 0 && stable > 0;
  }

  Counts plus(Counts more) {
    if (canary == 0 && stable == 0) {
      return more;
    }
    if (more.canary == 0 && more.stable == 0) {
      return this;
    }
    return new Counts(
        canary + more.canary,
        stable + more.stable,
        sum(canaryHits, more.canaryHits),
        sum(stableHits, more.stableHits));
  }

  private static ImmutableLongArray sum(ImmutableLongArray a, ImmutableLongArray b) {
    ImmutableLongArray.Builder sum = ImmutableLongArray.builder(a.length());
    for (int i = 0; i < a.length(); i++) {
      sum.add(a.get(i) + b.get(i));
    }
    return sum.build();
  }
}
