package dev.serin.server.control;

import com.google.common.collect.ImmutableList;
import dev.serin.judge.Baseline;
import dev.serin.judge.Window;
import dev.serin.policy.ResourceName;
import dev.serin.rollout.RolloutState;
import java.time.Instant;
import java.util.OptionalDouble;

/** What the loop asks of telemetry. */
public interface EvidenceSource {

  /** Collects evidence under the split in force of this rollout from now on. Idempotent. */
  void watch(RolloutState rollout, Instant now);

  void unwatch(ResourceName rollout);

  /** The windows that have closed since the last call, oldest first. */
  ImmutableList<Closed> close(Instant now);

  /** What is known of a service's stable version. */
  Baseline baseline(ResourceName service);

  /** Of the whole service; empty where it is not known. */
  OptionalDouble requestsPerSecond(ResourceName service);

  /** One rollout's window. */
  record Closed(ResourceName rollout, Window window) {}
}
