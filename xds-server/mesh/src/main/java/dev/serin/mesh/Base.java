package dev.serin.mesh;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.mesh.overlay.HttpFilters;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a proxy's configuration is made of beside Serin's own services, in the order in which bases
 * win: of two resources with one type and name the first base's counts. Immutable.
 *
 * @param before the bases that win over the services
 * @param after the bases over which the services win
 */
public record Base(ImmutableList<BaseSnapshot> before, ImmutableList<BaseSnapshot> after) {
  /** The services alone. */
  public static final Base NONE = new Base(ImmutableList.of(), ImmutableList.of());

  /** So many clashes are named; whoever has more has made one mistake, not many. */
  private static final int MAX_CLASHES = 20;

  static Base of(List<BaseSnapshot> before, List<BaseSnapshot> after) {
    return new Base(notEmpty(before), notEmpty(after));
  }

  private static ImmutableList<BaseSnapshot> notEmpty(List<BaseSnapshot> snapshots) {
    return snapshots.stream().filter(snapshot -> !snapshot.isEmpty()).collect(toImmutableList());
  }

  /**
   * Whether proxies may have a cluster of that name from here. Where the bases say nothing of
   * clusters, or nothing yet, they may.
   */
  public boolean mayHave(String cluster) {
    return !isEmpty()
        && (unsaid().of(TypeUrls.CLUSTER).whole()
            || snapshots().stream().allMatch(s -> s.ofType(TypeUrls.CLUSTER).isEmpty())
            || resource(TypeUrls.CLUSTER, cluster) != null);
  }

  boolean isEmpty() {
    return before.isEmpty() && after.isEmpty();
  }

  /** All of them, in their order. */
  ImmutableList<BaseSnapshot> snapshots() {
    return Stream.concat(before.stream(), after.stream()).collect(toImmutableList());
  }

  /** The resource that counts of those of one type and name, the services' aside. */
  @Nullable Resource resource(String typeUrl, String name) {
    for (BaseSnapshot snapshot : snapshots()) {
      Resource found = snapshot.ofType(typeUrl).get(name);
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  /**
   * The routes of all bases that name one of these clusters.
   *
   * @return no resource of which another base's counts
   */
  ImmutableList<Resource> naming(Collection<String> clusters) {
    return snapshots().stream()
        .flatMap(snapshot -> snapshot.routes().naming(clusters).stream())
        .filter(found -> Objects.equals(found, resource(found.typeUrl(), found.name())))
        .distinct()
        .collect(toImmutableList());
  }

  /**
   * The filters of the listeners that ask for a RouteConfiguration; none where no listener is known
   * that does.
   */
  HttpFilters filters(Resource table) {
    return snapshots().stream()
        .flatMap(snapshot -> Stream.ofNullable(snapshot.routes().filters().get(table.name())))
        .reduce(HttpFilters::and)
        .filter(filters -> table.typeUrl().equals(TypeUrls.ROUTES))
        .orElse(HttpFilters.NONE);
  }

  /**
   * Everything together.
   *
   * @param services Serin's own
   * @param overlaid instead of resources of the bases, or beside them, by type
   */
  Snapshot with(Snapshot services, ImmutableMap<String, ImmutableList<Resource>> overlaid) {
    Set<String> types = new TreeSet<>(services.typeUrls());
    snapshots().forEach(snapshot -> types.addAll(snapshot.typeUrls()));
    Map<String, TypeResources> byType = new HashMap<>();
    for (String type : types) {
      TypeResources merged = merged(inOrder(type, services.ofType(type)));
      byType.put(type, merged.with(overlaid.getOrDefault(type, ImmutableList.of())));
    }
    overlaid.forEach(
        (type, resources) -> byType.computeIfAbsent(type, added -> TypeResources.of(resources)));
    return Snapshot.of(byType, unsaid());
  }

  private List<TypeResources> inOrder(String type, TypeResources services) {
    List<TypeResources> all = new ArrayList<>();
    before.forEach(snapshot -> all.add(snapshot.ofType(type)));
    all.add(services);
    after.forEach(snapshot -> all.add(snapshot.ofType(type)));
    all.removeIf(TypeResources::isEmpty);
    return all;
  }

  /** The largest is shared as it is, and the others stand above it: so a change costs little. */
  private static TypeResources merged(List<TypeResources> inOrder) {
    TypeResources largest = TypeResources.NONE;
    for (TypeResources set : inOrder) {
      largest = set.size() > largest.size() ? set : largest;
    }
    Map<String, Resource> above = new HashMap<>();
    boolean beforeLargest = true;
    for (TypeResources set : inOrder) {
      if (set.equals(largest)) {
        beforeLargest = false;
        continue;
      }
      TypeResources root = largest;
      boolean wins = beforeLargest;
      set.forEach(resource -> {
        if (wins || root.get(resource.name()) == null) {
          above.putIfAbsent(resource.name(), resource);
        }
      });
    }
    return above.isEmpty() ? largest : largest.with(above.values());
  }

  private Unsaid.Types unsaid() {
    return snapshots().stream()
        .map(BaseSnapshot::unsaid)
        .filter(unsaid -> !unsaid.equals(Unsaid.Types.NONE))
        .findFirst() // one base at most is asked while proxies wait
        .orElse(Unsaid.Types.NONE);
  }

  /** Resources of which two bases, or a base and the services, have one: type and name. */
  ImmutableSortedSet<String> clashes(Snapshot services) {
    TreeSet<String> clashes = new TreeSet<>();
    Set<String> types = new TreeSet<>(services.typeUrls());
    snapshots().forEach(snapshot -> types.addAll(snapshot.typeUrls()));
    for (String type : types) {
      List<TypeResources> sets = inOrder(type, services.ofType(type));
      for (int i = 1; i < sets.size(); i++) {
        for (int j = 0; j < i; j++) {
          TypeResources small = sets.get(i).size() < sets.get(j).size() ? sets.get(i) : sets.get(j);
          TypeResources large = small.equals(sets.get(i)) ? sets.get(j) : sets.get(i);
          small.forEach(resource -> {
            if (clashes.size() < MAX_CLASHES && large.get(resource.name()) != null) {
              clashes.add(type.substring(type.lastIndexOf('.') + 1) + " " + resource.name());
            }
          });
        }
      }
    }
    return ImmutableSortedSet.copyOfSorted(clashes);
  }
}
