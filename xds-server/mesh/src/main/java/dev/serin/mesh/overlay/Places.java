package dev.serin.mesh.overlay;

import com.google.common.collect.ImmutableSortedSet;
import com.google.common.collect.Sets;
import dev.serin.policy.Cohort;
import dev.serin.policy.Cohort.Condition;
import java.util.Collection;
import java.util.stream.Stream;

/** The places of proxies that plans tell apart; all others are alike to them. */
public record Places(ImmutableSortedSet<String> regions, ImmutableSortedSet<String> clusters) {

  public static final Places NONE = new Places(ImmutableSortedSet.of(), ImmutableSortedSet.of());

  /** Those that a condition of one of the cohorts names. */
  static Places of(Collection<Cohort> cohorts) {
    Stream<Condition> all = cohorts.stream().flatMap(cohort -> cohort.conditions().stream());
    Places places = NONE;
    for (Condition condition : (Iterable<Condition>) all::iterator) {
      if (condition instanceof Condition.ProxyRegion(String region)) {
        places = places.and(new Places(ImmutableSortedSet.of(region), ImmutableSortedSet.of()));
      } else if (condition instanceof Condition.MeshCluster(String cluster)) {
        places = places.and(new Places(ImmutableSortedSet.of(), ImmutableSortedSet.of(cluster)));
      }
    }
    return places;
  }

  public Places and(Places others) {
    if (others.isNone()) {
      return this;
    }
    return new Places(
        ImmutableSortedSet.copyOf(Sets.union(regions, others.regions)),
        ImmutableSortedSet.copyOf(Sets.union(clusters, others.clusters)));
  }

  private boolean isNone() {
    return regions.isEmpty() && clusters.isEmpty();
  }
}
