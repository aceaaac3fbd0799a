package dev.serin.server.fleet;

import dev.serin.policy.ResourceName;
import dev.serin.rollout.Hold;
import dev.serin.rollout.Phase;
import dev.serin.rollout.RolloutState;
import dev.serin.server.control.LiveRollout;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * How long steps, holds and rollbacks took, by the instants that the rollouts themselves noted.
 * Used by the control loop's thread alone.
 */
final class RolloutTimes {
  private final MeterRegistry registry;
  private final Map<ResourceName, RolloutState> last = new HashMap<>();

  /** When the present step was entered; unknown for one that another process entered. */
  private final Map<ResourceName, Instant> stepBegan = new HashMap<>();

  RolloutTimes(MeterRegistry registry) {
    this.registry = registry;
  }

  /** Notes a state, and answers the one before; empty when it is the first that is known. */
  Optional<RolloutState> changed(ResourceName name, LiveRollout live) {
    RolloutState now = live.state();
    RolloutState before = last.put(name, now);
    if (before == null) {
      // Written down and started in one turn: nothing was shown of it before.
      live.started()
          .filter(at -> at.equals(now.decided().at()) && now.step() > 0)
          .ifPresent(at -> stepBegan.put(name, at));
      return Optional.empty();
    }
    Instant at = now.decided().at();
    held(before, now, at);
    if (before.phase() == Phase.ROLLING_BACK && now.phase() == Phase.ROLLED_BACK) {
      record(
          "serin.rollback",
          "From the decision to roll back to zero at the last proxy that is known.",
          tags(now),
          before.since(),
          at);
    }
    step(name, before, now, at);
    return Optional.of(before);
  }

  /** Forgets rollouts that are gone. */
  void retain(Set<ResourceName> names) {
    last.keySet().retainAll(names);
    stepBegan.keySet().retainAll(names);
  }

  private void held(RolloutState before, RolloutState now, Instant at) {
    boolean over = !now.hold().map(Hold::cause).equals(before.hold().map(Hold::cause));
    before
        .hold()
        .filter(hold -> over)
        .ifPresent(hold ->
            record(
                "serin.held",
                "How long rollouts were held, by cause.",
                tags(now).and("cause", hold.cause().name().toLowerCase(Locale.ROOT)),
                hold.since(),
                at));
  }

  private void step(ResourceName name, RolloutState before, RolloutState now, Instant at) {
    boolean left =
        now.step() != before.step()
            || (now.phase() == Phase.PROMOTING && before.phase() != Phase.PROMOTING);
    if (!left) {
      return;
    }
    Instant began = stepBegan.remove(name);
    boolean onwards = now.step() > before.step() || now.phase() == Phase.PROMOTING;
    if (began != null && before.step() > 0 && onwards) {
      record("serin.step", "From the entry of a step to the next.", tags(now), began, at);
    }
    if (now.step() > 0 && now.phase() != Phase.PROMOTING) {
      stepBegan.put(name, at);
    }
  }

  private static Tags tags(RolloutState state) {
    return Tags.of(
        "tenant", state.spec().name().tenant(),
        "service", state.spec().service().name(),
        "version", state.spec().to());
  }

  /** A clock that was set back makes no time negative. */
  private void record(String meter, String description, Tags tags, Instant from, Instant to) {
    Duration took = Duration.between(from, to);
    Timer.builder(meter)
        .description(description)
        .tags(tags)
        .register(registry)
        .record(took.isNegative() ? Duration.ZERO : took);
  }
}
