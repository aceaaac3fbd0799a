package dev.serin.calendar;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;

/**
 * What a freeze is for: whatever all four take. An empty one takes everything.
 *
 * @param services by name, in whichever of the tenants
 * @param clusters mesh clusters
 * @param labels that a service must have, all of them
 */
public record Selector(
    ImmutableSortedSet<String> tenants,
    ImmutableSortedSet<String> services,
    ImmutableSortedSet<String> clusters,
    ImmutableSortedMap<String, String> labels) {

  /** Everything. */
  public static final Selector ALL =
      new Selector(
          ImmutableSortedSet.of(),
          ImmutableSortedSet.of(),
          ImmutableSortedSet.of(),
          ImmutableSortedMap.of());

  public boolean takes(Subject subject) {
    return takes(tenants, subject.tenant())
        && takes(services, subject.service())
        && subject.cluster().map(cluster -> takes(clusters, cluster)).orElse(true)
        && subject.labels().entrySet().containsAll(labels.entrySet());
  }

  private static boolean takes(ImmutableSortedSet<String> some, String name) {
    return some.isEmpty() || some.contains(name);
  }
}
