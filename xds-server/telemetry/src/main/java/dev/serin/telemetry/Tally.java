package dev.serin.telemetry;

import com.google.common.primitives.ImmutableLongArray;
import dev.serin.judge.ArmCounts;
import dev.serin.judge.Histogram;
import dev.serin.mesh.bootstrap.LatencyBuckets;

/** A running sum of counts that share the edges of {@link LatencyBuckets}. Not thread-safe. */
final class Tally {
  private long requests;
  private long errors;
  private final long[] latency = new long[LatencyBuckets.LE_MS.length()];

  long requests() {
    return requests;
  }

  long errors() {
    return errors;
  }

  Tally add(ArmCounts counts) {
    requests += counts.requests();
    errors += counts.errors();
    ImmutableLongArray buckets = counts.latency().counts();
    for (int i = 0; i < buckets.length(); i++) {
      latency[i] += buckets.get(i);
    }
    return this;
  }

  Tally add(Tally other) {
    return add(other.counts());
  }

  /** Takes {@code count} errors out, and the requests that they were. */
  void removeErrors(long count) {
    requests -= count;
    errors -= count;
  }

  /**
   * Multiplies everything by {@code factor}, rounding down after adding {@code offset} in 0..1. An
   * offset that is uniform over the calls makes the result right on average, which rounding to the
   * nearest would not be: it turns rare errors into none.
   */
  void scale(double factor, double offset) {
    long scaledErrors = (long) Math.floor(errors * factor + offset);
    requests = Math.max(scaledErrors, (long) Math.floor(requests * factor + offset));
    errors = scaledErrors;
    for (int i = 0; i < latency.length; i++) {
      latency[i] = (long) Math.floor(latency[i] * factor + offset);
    }
  }

  ArmCounts counts() {
    ImmutableLongArray buckets = ImmutableLongArray.copyOf(latency);
    boolean timed = buckets.stream().anyMatch(count -> count > 0);
    return new ArmCounts(
        requests, errors, timed ? new Histogram(LatencyBuckets.LE_MS, buckets) : Histogram.NONE);
  }
}
