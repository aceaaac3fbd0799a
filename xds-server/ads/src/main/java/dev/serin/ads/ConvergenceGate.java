package dev.serin.ads;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import dev.serin.ads.ProxyView.Nack;
import dev.serin.ads.ProxyView.ResourceView;
import dev.serin.mesh.TypeUrls;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Counts how far the fleet is with a step, per mesh cluster. Pure; whether the counts are enough is
 * decided elsewhere.
 */
public final class ConvergenceGate {
  /** A proxy that left is waited for this long: it may be on its way back. */
  private static final Duration LEAVING = Duration.ofSeconds(10);

  private ConvergenceGate() {}

  /**
   * The version of a RouteConfiguration that a proxy is to have; empty where it is refused for it.
   */
  @FunctionalInterface
  public interface Expected {
    Optional<String> version(Proxy proxy, String routeConfiguration);
  }

  /** Why a proxy is kept from the step by what its like has rejected; empty for the others. */
  @FunctionalInterface
  public interface Kept {
    Optional<String> from(Proxy proxy);
  }

  /**
   * What is asked about.
   *
   * @param routeConfigurations the names that the step changes
   * @param since when the step was sent; who connects later is wanted once sent to
   * @param timeout how long an answer may take
   */
  public record Step(
      ImmutableSet<String> routeConfigurations,
      Expected expected,
      Kept kept,
      Instant since,
      Duration timeout) {}

  /**
   * One mesh cluster.
   *
   * @param want connected proxies that ask for what the step changes
   * @param acked of those, the ones that use it
   * @param nacked the ones that refused it, or are kept from it because their like did
   * @param silent the ones whose answer is overdue
   * @param unreachable proxies of the last hour that asked for it and are not connected; not wanted
   * @param firstNack the earliest refusal
   */
  public record Counts(
      int want, int acked, int nacked, int silent, int unreachable, Optional<Refusal> firstNack) {

    /** Over half of the known proxies are not connected. */
    public boolean cutOff() {
      return 2 * unreachable > want + unreachable;
    }
  }

  /** A proxy's words. */
  public record Refusal(String nodeId, String message) {}

  /**
   * The counts of every mesh cluster that has proxies, those without one for this step included.
   */
  public static ImmutableSortedMap<String, Counts> count(
      Collection<ProxyView> proxies, Step step, Instant now) {
    TreeMap<String, Tally> tallies = new TreeMap<>();
    proxies.stream()
        .sorted(Comparator.comparing(view -> view.proxy().nodeId()))
        .forEach(view ->
            tallies
                .computeIfAbsent(view.proxy().group().meshCluster(), c -> new Tally())
                .add(view, answer(view, step, now)));
    ImmutableSortedMap.Builder<String, Counts> counts = ImmutableSortedMap.naturalOrder();
    tallies.forEach((cluster, tally) -> counts.put(cluster, tally.counts()));
    return counts.buildOrThrow();
  }

  /** What one proxy counts as. */
  private sealed interface Answer {
    record NotWanted() implements Answer {}

    record Unreachable() implements Answer {}

    record Acked() implements Answer {}

    record Open() implements Answer {}

    record Silent() implements Answer {}

    record Nacked(String message, Instant at) implements Answer {}
  }

  private static Answer answer(ProxyView view, Step step, Instant now) {
    ImmutableList<Part> parts =
        step.routeConfigurations().stream()
            .sorted()
            .filter(name -> view.subscribes(TypeUrls.ROUTES, name))
            .flatMap(name -> Part.of(view, name, step))
            .collect(ImmutableList.toImmutableList());
    if (parts.isEmpty()) {
      return new Answer.NotWanted();
    }
    if (!view.connected() && !now.isBefore(view.lastSeen().plus(LEAVING))) {
      return new Answer.Unreachable();
    }
    if (parts.stream().allMatch(Part::acked)) {
      return new Answer.Acked();
    }
    Optional<Nack> nack =
        parts.stream()
            .filter(part -> part.state().nacked(part.version()))
            .flatMap(part -> part.state().nack().stream())
            .min(Comparator.comparing(Nack::at));
    if (nack.isPresent()) {
      return new Answer.Nacked(nack.get().message(), nack.get().at());
    }
    Optional<String> kept = step.kept().from(view.proxy());
    if (kept.isPresent()) {
      return new Answer.Nacked(kept.get(), Instant.MAX);
    }
    boolean sent = parts.stream().anyMatch(part -> part.acked() || part.sent());
    if (view.connectedAt().isAfter(step.since()) && !sent) {
      return new Answer.NotWanted();
    }
    return parts.stream().anyMatch(part -> part.overdue(step, now))
        ? new Answer.Silent()
        : new Answer.Open();
  }

  /** One RouteConfiguration of the step at one proxy. */
  private record Part(String version, ResourceView state) {
    static Stream<Part> of(ProxyView view, String name, Step step) {
      return step.expected().version(view.proxy(), name).stream()
          .map(version -> new Part(version, view.resource(TypeUrls.ROUTES, name)));
    }

    boolean acked() {
      return state.acked(version);
    }

    boolean sent() {
      return state.sentVersion().filter(version::equals).isPresent();
    }

    /**
     * What was never sent (its stream takes nothing, its clusters do not warm) is overdue as well.
     */
    boolean overdue(Step step, Instant now) {
      Instant from = sent() ? state.sentAt().orElse(step.since()) : step.since();
      return !acked() && !now.isBefore(from.plus(step.timeout()));
    }
  }

  private static final class Tally {
    private int want;
    private int acked;
    private int nacked;
    private int silent;
    private int unreachable;
    private @Nullable Refusal first;
    private Instant firstAt = Instant.MAX;

    void add(ProxyView view, Answer answer) {
      switch (answer) {
        case Answer.NotWanted a -> {}
        case Answer.Unreachable a -> unreachable++;
        case Answer.Open a -> want++;
        case Answer.Acked a -> {
          want++;
          acked++;
        }
        case Answer.Silent a -> {
          want++;
          silent++;
        }
        case Answer.Nacked(String message, Instant at) -> {
          want++;
          nacked++;
          if (first == null || at.isBefore(firstAt)) {
            first = new Refusal(view.proxy().nodeId(), message);
            firstAt = at;
          }
        }
      }
    }

    Counts counts() {
      return new Counts(want, acked, nacked, silent, unreachable, Optional.ofNullable(first));
    }
  }
}
