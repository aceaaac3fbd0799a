package dev.serin.ads;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.ads.ProxyView.Nack;
import dev.serin.ads.ProxyView.ResourceView;
import dev.serin.mesh.Resource;
import dev.serin.mesh.Snapshot;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A candidate configuration that a few proxies of one kind take first. Immutable and pure: {@link
 * #next} makes of what the proxies have answered the next trial.
 *
 * <p>A probe is a proxy that runs what its kind has, and owes no answer: then what it says of the
 * candidate is said of the difference between the two. The longest connected ones are waited for a
 * while: what a kind has may change together with the candidate, and who runs it first then is who
 * has not followed its kind.
 *
 * @param current what the kind has
 * @param probes how many proxies take the candidate first, at least 1
 * @param since when it began
 */
record Trial(
    SnapshotSource current,
    SnapshotSource candidate,
    int probes,
    Instant since,
    Standing standing) {
  /** A place is kept this long for one of the longest connected that is not ready yet. */
  static final Duration PATIENCE = Duration.ofSeconds(5);

  Trial {
    if (probes < 1) {
      throw new IllegalArgumentException("probes: " + probes + " (expected: at least 1)");
    }
  }

  /** How far it is. */
  sealed interface Standing {
    /**
     * The others wait.
     *
     * @param nodeIds who has the candidate
     * @param awaited for whom a place is kept
     */
    record Probing(ImmutableSortedSet<String> nodeIds, ImmutableSortedSet<String> awaited)
        implements Standing {}

    /** All may have it. */
    record Passed() implements Standing {}

    /** A probe has rejected it: nobody gets it, the probes get the previous back. */
    record Refused(String nodeId, String message) implements Standing {}
  }

  /**
   * @param before the probes of an earlier candidate, which take this one, too
   */
  static Trial begin(
      SnapshotSource current,
      SnapshotSource candidate,
      int probes,
      Instant since,
      ImmutableSortedSet<String> before) {
    return new Trial(
        current, candidate, probes, since, new Standing.Probing(before, ImmutableSortedSet.of()));
  }

  /** Which of the two a proxy is to have now. */
  SnapshotSource sourceFor(Proxy proxy) {
    return switch (standing) {
      case Standing.Probing p -> p.nodeIds().contains(proxy.nodeId()) ? candidate : current;
      case Standing.Passed p -> candidate;
      case Standing.Refused r -> current;
    };
  }

  /** The proxies that have the candidate ahead of the others. */
  ImmutableSortedSet<String> probing() {
    return standing instanceof Standing.Probing p ? p.nodeIds() : ImmutableSortedSet.of();
  }

  /** The proxies that places are kept for. */
  ImmutableSortedSet<String> awaited() {
    return standing instanceof Standing.Probing p ? p.awaited() : ImmutableSortedSet.of();
  }

  /** Whether it looks for more proxies to ask. */
  boolean vacant() {
    return standing instanceof Standing.Probing p && p.nodeIds().size() < probes;
  }

  /** Whether there is a place for that proxy, which has none yet. */
  boolean isOpenTo(String nodeId, Instant now) {
    boolean kept = isPatient(now) && probing().size() + awaited().size() >= probes;
    return vacant() && (!kept || awaited().contains(nodeId));
  }

  private boolean isPatient(Instant now) {
    return now.isBefore(since.plus(PATIENCE));
  }

  /**
   * The trial after a look at proxies of its kind.
   *
   * @param all whether these are all there are; else a place that is free stays free unless one of
   *     them can take it, and the trial goes on
   */
  Trial next(Collection<ProxyView> views, boolean all, Instant now) {
    if (!(standing instanceof Standing.Probing probing)) {
      return this;
    }
    ImmutableSortedSet<String> before = probing.nodeIds();
    boolean patient = isPatient(now);
    Map<Both, Change> changes = new HashMap<>();
    ImmutableList<Probe> able =
        views.stream()
            .filter(ProxyView::connected)
            .map(view ->
                Probe.of(
                    view,
                    changes.computeIfAbsent(Both.of(this, view.proxy()), both -> Change.of(both))))
            .flatMap(Optional::stream)
            .collect(ImmutableList.toImmutableList());
    ImmutableList<Probe> places =
        able.stream()
            .filter(probe ->
                before.contains(probe.nodeId())
                    || ((all || isOpenTo(probe.nodeId(), now))
                        && (probe.isReady() || (patient && !probe.isOverdue(now)))))
            .sorted(
                Comparator.<Probe, Boolean>comparing(probe -> !before.contains(probe.nodeId()))
                    .thenComparing(Probe.LONGEST_CONNECTED_FIRST))
            .limit(probes)
            .collect(ImmutableList.toImmutableList());
    ImmutableList<Probe> chosen =
        places.stream()
            .filter(probe -> before.contains(probe.nodeId()) || probe.isReady())
            .collect(ImmutableList.toImmutableList());
    int wanted = all ? Math.min(probes, able.size()) : probes;
    Set<String> kept = new TreeSet<>(all ? Set.of() : probing.awaited());
    places.forEach(probe -> kept.add(probe.nodeId()));
    chosen.forEach(probe -> kept.remove(probe.nodeId()));
    return new Trial(
        current, candidate, probes, since, judged(chosen, wanted, ImmutableSortedSet.copyOf(kept)));
  }

  private static Standing judged(
      ImmutableList<Probe> chosen, int wanted, ImmutableSortedSet<String> awaited) {
    for (Probe probe : chosen) {
      Optional<Nack> nack = probe.nack();
      if (nack.isPresent()) {
        return new Standing.Refused(probe.nodeId(), nack.get().message());
      }
    }
    if (!chosen.isEmpty()
        && chosen.size() >= wanted
        && chosen.stream().allMatch(Probe::hasAccepted)) {
      return new Standing.Passed();
    }
    return new Standing.Probing(
        chosen.stream()
            .map(Probe::nodeId)
            .collect(ImmutableSortedSet.toImmutableSortedSet(Comparator.naturalOrder())),
        awaited);
  }

  /** What a proxy has and would have; proxies of one group may differ in what their bases have. */
  private record Both(Snapshot before, Snapshot after) {
    static Both of(Trial trial, Proxy proxy) {
      return new Both(trial.current.snapshot(proxy), trial.candidate.snapshot(proxy));
    }
  }

  /** What the candidate changes for equal proxies, and what they have instead. */
  private record Change(ImmutableList<Resource> after, Snapshot before) {
    static Change of(Both both) {
      Snapshot before = both.before();
      Snapshot after = both.after();
      ImmutableList.Builder<Resource> changes = ImmutableList.builder();
      for (String type : after.typeUrls()) {
        if (after.ofType(type).equals(before.ofType(type))) {
          continue;
        }
        for (Map.Entry<String, Resource> entry : after.resources(type).entrySet()) {
          if (!Objects.equals(entry.getValue(), before.resources(type).get(entry.getKey()))) {
            changes.add(entry.getValue());
          }
        }
      }
      return new Change(changes.build(), before);
    }
  }

  /**
   * A proxy that asks for something that the candidate changes.
   *
   * @param changes of what it asks for
   */
  private record Probe(ProxyView view, ImmutableList<Resource> changes, Snapshot before) {
    static final Comparator<Probe> LONGEST_CONNECTED_FIRST =
        Comparator.<Probe, java.time.Instant>comparing(probe -> probe.view().connectedAt())
            .thenComparing(Probe::nodeId);

    static Optional<Probe> of(ProxyView view, Change change) {
      ImmutableList<Resource> changes =
          change.after().stream()
              .filter(resource -> view.subscribes(resource.typeUrl(), resource.name()))
              .collect(ImmutableList.toImmutableList());
      return changes.isEmpty()
          ? Optional.empty()
          : Optional.of(new Probe(view, changes, change.before()));
    }

    String nodeId() {
      return view.proxy().nodeId();
    }

    private ResourceView state(Resource resource) {
      return view.resource(resource.typeUrl(), resource.name());
    }

    /** Whether an answer to the candidate would be one to what it changes and nothing else. */
    boolean isReady() {
      return changes.stream()
          .allMatch(resource -> {
            ResourceView state = state(resource);
            boolean has =
                before
                    .resource(resource.typeUrl(), resource.name())
                    .map(earlier -> state.acked(earlier.version()))
                    .orElse(true);
            return state.acked(resource.version())
                || state.nacked(resource.version())
                || (has && !state.awaitsAnswer());
          });
    }

    /** Whether it owes an answer for so long that it may not give one. */
    boolean isOverdue(Instant now) {
      return changes.stream()
          .map(this::state)
          .anyMatch(state ->
              state.awaitsAnswer()
                  && state.sentAt().filter(at -> !now.isBefore(at.plus(PATIENCE))).isPresent());
    }

    boolean hasAccepted() {
      return changes.stream().allMatch(resource -> state(resource).acked(resource.version()));
    }

    Optional<Nack> nack() {
      ImmutableSet<String> versions =
          changes.stream().map(Resource::version).collect(ImmutableSet.toImmutableSet());
      return changes.stream()
          .flatMap(resource -> state(resource).nack().stream())
          .filter(nack -> versions.contains(nack.version()))
          .min(Comparator.comparing(Nack::at));
    }
  }
}
