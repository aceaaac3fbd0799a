package dev.serin.server.control;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.policy.ResourceName;
import dev.serin.rollout.ClusterConvergence;
import dev.serin.rollout.RolloutState;
import java.time.Instant;

/** What the loop asks of the serving side: publish, and say how far the fleet has come. */
public interface Serving {

  /** Makes proxies serve this catalogue. Idempotent; returns at once. */
  void publish(Catalog catalog, Instant now);

  /**
   * Takes up what each kind of proxies had when it was stored last; before anything is published.
   */
  void restore(ImmutableList<KindStanding> standings);

  /** What each kind of proxies has of the rollouts that are under way; to be stored. */
  ImmutableList<KindStanding> standings();

  /** How far each mesh cluster has come with the plan in force of a rollout. */
  ImmutableSortedMap<String, ClusterConvergence> convergence(RolloutState rollout, Instant now);

  /** Refusals of a service's routes since the last call. */
  ImmutableList<Refused> takeRefusals();

  /** The mesh clusters that have a connected proxy which asks for the service's routes. */
  ImmutableSortedSet<String> meshClusters(ResourceName service);

  /** Whether a base beside Serin's own services may have an Envoy cluster of that name. */
  default boolean mayHave(String envoyCluster) {
    return false;
  }

  /** Lets held-back changes go on: probes that were awaited, drains that are over. */
  void tick(Instant now);

  /** A proxy's refusal of routes that carry a service's split. */
  record Refused(ResourceName service, String node, String meshCluster, String words) {}
}
