package dev.serin.server.fleet;

import com.google.common.collect.ImmutableSortedMap;
import dev.serin.plan.TrafficPlan;
import dev.serin.policy.ResourceName;
import java.time.Instant;
import java.util.Optional;

/**
 * What one kind of proxies has accepted and refused. Immutable.
 *
 * @param accepted the plans that all of the kind may have, by service
 * @param refused the plans that a probe of the kind has rejected, by service
 * @param offered what is tried by the kind now
 */
record KindState(
    ImmutableSortedMap<ResourceName, TrafficPlan> accepted,
    ImmutableSortedMap<ResourceName, Refusal> refused,
    Optional<Offer> offered) {

  static final KindState NOTHING =
      new KindState(ImmutableSortedMap.of(), ImmutableSortedMap.of(), Optional.empty());

  /** The words of the probe that rejected a plan. */
  record Refusal(TrafficPlan plan, String node, String words) {}

  /** One rollout's change, tried since then. */
  record Offer(ResourceName service, long generation, Instant since) {}
}
