package dev.serin.server.fleet;

import com.google.common.collect.ImmutableList;
import dev.serin.judge.Baseline;
import dev.serin.judge.Control;
import dev.serin.policy.ResourceName;
import dev.serin.rollout.RolloutState;
import dev.serin.server.control.EvidenceSource;
import dev.serin.telemetry.EvidenceWindows;
import dev.serin.telemetry.Watch;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalDouble;

/** Telemetry's windows as the control loop asks for them. Called by the loop's thread alone. */
public final class WindowedEvidence implements EvidenceSource {
  private final EvidenceWindows windows;
  private final InstantSource clock;
  private final Map<ResourceName, Long> watched = new HashMap<>();

  public WindowedEvidence(EvidenceWindows windows, InstantSource clock) {
    this.windows = windows;
    this.clock = clock;
  }

  @Override
  public void watch(RolloutState rollout, Instant now) {
    ResourceName name = rollout.spec().name();
    long generation = rollout.split().generation();
    Long known = watched.put(name, generation);
    if (known == null || known != generation) {
      windows.watch(
          new Watch(
              name,
              rollout.spec().service(),
              rollout.from(),
              rollout.spec().to(),
              generation,
              rollout.split().weightPpm(),
              new Control(rollout.planOf(rollout.split()).baselinePpm()),
              now));
    }
  }

  @Override
  public void unwatch(ResourceName rollout) {
    if (watched.remove(rollout) != null) {
      windows.unwatch(rollout);
    }
  }

  @Override
  public ImmutableList<Closed> close(Instant now) {
    return windows.close(now).stream()
        .map(closed -> new Closed(closed.rollout(), closed.window()))
        .collect(ImmutableList.toImmutableList());
  }

  @Override
  public Baseline baseline(ResourceName service) {
    return windows.baseline(service, clock.instant());
  }

  @Override
  public OptionalDouble requestsPerSecond(ResourceName service) {
    double rate = windows.requestsPerSecond(service, clock.instant());
    return rate > 0 ? OptionalDouble.of(rate) : OptionalDouble.empty();
  }
}
