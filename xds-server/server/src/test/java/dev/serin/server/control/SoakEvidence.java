package dev.serin.server.control;

import com.google.common.collect.ImmutableList;
import dev.serin.judge.Baseline;
import dev.serin.policy.ResourceName;
import dev.serin.rollout.RolloutState;
import java.time.Instant;
import java.util.OptionalDouble;

/** Analysis is off: a step is left when it is over. */
final class SoakEvidence implements EvidenceSource {
  @Override
  public void watch(RolloutState rollout, Instant at) {}

  @Override
  public void unwatch(ResourceName rollout) {}

  @Override
  public ImmutableList<Closed> close(Instant at) {
    return ImmutableList.of();
  }

  @Override
  public Baseline baseline(ResourceName service) {
    return Baseline.NONE;
  }

  @Override
  public OptionalDouble requestsPerSecond(ResourceName service) {
    return OptionalDouble.of(1_000);
  }
}
