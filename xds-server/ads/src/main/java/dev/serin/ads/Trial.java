package dev.serin.ads;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.ads.ProxyView.Nack;
import dev.serin.mesh.ProxyGroup.Client;
import dev.serin.mesh.Resource;
import dev.serin.mesh.Snapshot;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A candidate configuration that a few proxies of each kind take first. Immutable and pure: {@link
 * #next} makes of what the fleet has answered the next trial.
 *
 * @param probes how many proxies of a kind take it first, at least 1
 * @param kinds how far each kind is; one that has nobody to ask is not in it
 */
record Trial(
    SnapshotSource current,
    SnapshotSource candidate,
    int probes,
    ImmutableSortedMap<Kind, Standing> kinds) {

  Trial {
    if (probes < 1) {
      throw new IllegalArgumentException("probes: " + probes + " (expected: at least 1)");
    }
  }

  /** Proxies that are expected to accept and reject the same things. */
  record Kind(String meshCluster, Client client, int major, int minor) implements Comparable<Kind> {
    private static final Comparator<Kind> ORDER =
        Comparator.comparing(Kind::meshCluster)
            .thenComparing(Kind::client)
            .thenComparingInt(Kind::major)
            .thenComparingInt(Kind::minor);

    static Kind of(Proxy proxy) {
      var group = proxy.group();
      return new Kind(group.meshCluster(), group.client(), group.major(), group.minor());
    }

    @Override
    public int compareTo(Kind other) {
      return ORDER.compare(this, other);
    }
  }

  /** How far a kind is. */
  sealed interface Standing {
    /** These node ids have the candidate, the others wait. */
    record Probing(ImmutableSortedSet<String> nodeIds) implements Standing {}

    /** All may have it. */
    record Passed() implements Standing {}

    /** A probe has rejected it: nobody of the kind gets it, the probes get the previous back. */
    record Refused(String nodeId, String message) implements Standing {}
  }

  static Trial begin(SnapshotSource current, SnapshotSource candidate, int probes) {
    return new Trial(current, candidate, probes, ImmutableSortedMap.of());
  }

  /** Which of the two a proxy is to have now. */
  SnapshotSource sourceFor(Proxy proxy) {
    Standing standing = kinds.get(Kind.of(proxy));
    if (standing == null) {
      return current; // its kind has not been looked at yet
    }
    return switch (standing) {
      case Standing.Probing(ImmutableSortedSet<String> ids) ->
          ids.contains(proxy.nodeId()) ? candidate : current;
      case Standing.Passed p -> candidate;
      case Standing.Refused r -> current;
    };
  }

  Optional<Standing.Refused> refusal(Proxy proxy) {
    return kinds.get(Kind.of(proxy)) instanceof Standing.Refused refused
        ? Optional.of(refused)
        : Optional.empty();
  }

  boolean probes(String nodeId) {
    return kinds.values().stream()
        .anyMatch(s -> s instanceof Standing.Probing(var ids) && ids.contains(nodeId));
  }

  boolean probing() {
    return kinds.values().stream().anyMatch(s -> s instanceof Standing.Probing);
  }

  /** Everyone may have the candidate. */
  boolean passed() {
    return kinds.values().stream().allMatch(s -> s instanceof Standing.Passed);
  }

  /** The trial after a look at the fleet. */
  Trial next(Collection<ProxyView> fleet) {
    TreeMap<Kind, List<Probe>> able = new TreeMap<>();
    fleet.stream()
        .filter(ProxyView::connected)
        .map(view -> new Probe(view, changes(view)))
        .filter(probe -> !probe.changes().isEmpty())
        .sorted(Probe.LONGEST_CONNECTED_FIRST)
        .forEach(probe ->
            able.merge(Kind.of(probe.view().proxy()), List.of(probe), Trial::concatenated));
    ImmutableSortedMap.Builder<Kind, Standing> after = ImmutableSortedMap.naturalOrder();
    kinds.forEach((kind, standing) -> {
      if (!(standing instanceof Standing.Probing)) {
        after.put(kind, standing);
      }
    });
    able.forEach((kind, proxies) -> {
      Standing before = kinds.get(kind);
      if (before == null) {
        after.put(kind, judged(proxies, ImmutableSet.of()));
      } else if (before instanceof Standing.Probing(ImmutableSortedSet<String> ids)) {
        after.put(kind, judged(proxies, ids));
      }
    });
    return new Trial(current, candidate, probes, after.buildOrThrow());
  }

  private static List<Probe> concatenated(List<Probe> some, List<Probe> more) {
    return ImmutableList.<Probe>builder().addAll(some).addAll(more).build();
  }

  /** Earlier probes stay; the place of one that left is taken by the next longest connected. */
  private Standing judged(List<Probe> proxies, ImmutableSet<String> before) {
    ImmutableList<Probe> chosen =
        proxies.stream()
            .sorted(Comparator.comparing(probe -> !before.contains(probe.nodeId())))
            .limit(probes)
            .collect(ImmutableList.toImmutableList());
    for (Probe probe : chosen) {
      Optional<Nack> nack = probe.nack();
      if (nack.isPresent()) {
        return new Standing.Refused(probe.nodeId(), nack.get().message());
      }
    }
    if (chosen.stream().allMatch(Probe::acked)) {
      return new Standing.Passed();
    }
    return new Standing.Probing(
        chosen.stream()
            .map(Probe::nodeId)
            .collect(ImmutableSortedSet.toImmutableSortedSet(Comparator.naturalOrder())));
  }

  /** What the candidate changes of what a proxy asks for. */
  private ImmutableList<Resource> changes(ProxyView view) {
    Snapshot before = current.snapshot(view.proxy());
    Snapshot after = candidate.snapshot(view.proxy());
    if (before.equals(after)) {
      return ImmutableList.of();
    }
    ImmutableList.Builder<Resource> changes = ImmutableList.builder();
    for (String type : after.typeUrls()) {
      for (Map.Entry<String, Resource> entry : after.resources(type).entrySet()) {
        if (view.subscribes(type, entry.getKey())
            && !Objects.equals(entry.getValue(), before.resources(type).get(entry.getKey()))) {
          changes.add(entry.getValue());
        }
      }
    }
    return changes.build();
  }

  private record Probe(ProxyView view, ImmutableList<Resource> changes) {
    static final Comparator<Probe> LONGEST_CONNECTED_FIRST =
        Comparator.<Probe, java.time.Instant>comparing(probe -> probe.view().connectedAt())
            .thenComparing(Probe::nodeId);

    String nodeId() {
      return view.proxy().nodeId();
    }

    boolean acked() {
      return changes.stream()
          .allMatch(r -> view.resource(r.typeUrl(), r.name()).acked(r.version()));
    }

    Optional<Nack> nack() {
      return changes.stream()
          .map(r -> view.resource(r.typeUrl(), r.name()))
          .flatMap(state -> state.nack().stream())
          .filter(nack -> changes.stream().anyMatch(r -> r.version().equals(nack.version())))
          .min(Comparator.comparing(Nack::at));
    }
  }
}
