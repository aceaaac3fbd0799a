package dev.serin.ads;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Maps;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.serin.ads.ProxyView.Nack;
import dev.serin.ads.ProxyView.ResourceView;
import dev.serin.mesh.ResourceKey;
import dev.serin.mesh.TypeUrls;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * Counts how far the fleet is with a step, per mesh cluster; whether the counts are enough is
 * decided elsewhere. What a proxy counts as is kept, so that an answer costs a look at the proxy
 * that gave it, whatever the size of the fleet. Used by one thread.
 */
public final class ConvergenceGate {
  /** A proxy that left is waited for this long: it may be on its way back. */
  private static final Duration LEAVING = Duration.ofSeconds(10);

  private final Step step;
  private final Map<String, Standing> standings = new HashMap<>();
  private final Set<String> unsettled = new HashSet<>();
  private final TreeMap<String, Tally> tallies = new TreeMap<>();

  /** What a proxy counts as, and where. */
  private record Standing(String meshCluster, Answer answer) {}

  public ConvergenceGate(Step step) {
    this.step = step;
  }

  /** What a proxy is to have. */
  public interface Expected {
    /** Whether the proxy is to have the step in this resource, and can honour it. */
    boolean isFor(Proxy proxy, ResourceKey table);

    /** Whether a version of a resource is one with the step in it. */
    boolean carries(Proxy proxy, ResourceKey table, String version);
  }

  /** Why a proxy is kept from the step by what its like has rejected; empty for the others. */
  @FunctionalInterface
  public interface Kept {
    Optional<String> from(Proxy proxy);
  }

  /**
   * What is asked about.
   *
   * @param tables the resources that the step changes: those with routes, and the runtime layer
   * @param since when the step was sent; who connects later is wanted once sent to
   * @param timeout how long an answer may take
   */
  public record Step(
      ImmutableSet<ResourceKey> tables,
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
   */
  public record Counts(int want, int acked, int nacked, int silent, int unreachable) {

    /** Over half of the known proxies are not connected. */
    public boolean cutOff() {
      return 2 * unreachable > want + unreachable;
    }
  }

  /** Begins afresh. */
  public void forgetAll() {
    standings.clear();
    unsettled.clear();
    tallies.clear();
  }

  /** Looks at one proxy; returns whether it uses the step. */
  @CanIgnoreReturnValue
  public boolean look(ProxyView view, Instant now) {
    String node = view.proxy().nodeId();
    Answer answer = answer(view, now);
    String cluster = view.proxy().group().meshCluster();
    forget(node);
    standings.put(node, new Standing(cluster, answer));
    tallies.computeIfAbsent(cluster, c -> new Tally()).count(answer, 1);
    if (!view.connected() || answer.mayChangeByItself()) {
      unsettled.add(node);
    }
    return answer instanceof Answer.Acked;
  }

  /** The proxy is not known any more. */
  public void forget(String node) {
    Standing before = standings.remove(node);
    if (before != null) {
      tallies.computeIfAbsent(before.meshCluster(), c -> new Tally()).count(before.answer(), -1);
      unsettled.remove(node);
    }
  }

  /** The proxies that may count otherwise without having said a word, because time passes. */
  public ImmutableSet<String> unsettled() {
    return ImmutableSet.copyOf(unsettled);
  }

  /**
   * The counts of every mesh cluster that has proxies, those without one for this step included.
   */
  public ImmutableSortedMap<String, Counts> counts() {
    return ImmutableSortedMap.copyOf(Maps.transformValues(tallies, Tally::counts));
  }

  /** What one proxy counts as. */
  private sealed interface Answer {
    record NotWanted() implements Answer {}

    /** Not wanted either, until it is sent the step. */
    record Joining() implements Answer {}

    record Unreachable() implements Answer {}

    record Acked() implements Answer {}

    record Open() implements Answer {}

    record Silent() implements Answer {}

    record Nacked() implements Answer {}

    /** Whether time alone can make another one of it; what was said stands. */
    default boolean mayChangeByItself() {
      return switch (this) {
        case Acked a -> false;
        case Nacked a -> false;
        case NotWanted a -> false;
        case Joining a -> true;
        case Open a -> true;
        case Silent a -> true;
        case Unreachable a -> true;
      };
    }
  }

  private Answer answer(ProxyView view, Instant now) {
    ImmutableList<ResourceKey> tables =
        step.tables().stream()
            .filter(table -> isLayer(table) || view.subscribes(table.typeUrl(), table.name()))
            .filter(table -> step.expected().isFor(view.proxy(), table))
            .collect(ImmutableList.toImmutableList());
    // Who has no routes of the service needs no numbers for them. Who has needs them although he
    // does not ask for them: then his bootstrap lacks the layer that his metadata names.
    if (tables.stream().allMatch(ConvergenceGate::isLayer)) {
      return new Answer.NotWanted();
    }
    ImmutableList<Part> parts =
        tables.stream()
            .map(table -> Part.of(view, table, step))
            .collect(ImmutableList.toImmutableList());
    if (!view.connected() && !now.isBefore(view.lastSeen().plus(LEAVING))) {
      return new Answer.Unreachable();
    }
    if (parts.stream().allMatch(Part::acked)) {
      return new Answer.Acked();
    }
    if (parts.stream().anyMatch(Part::nacked) || step.kept().from(view.proxy()).isPresent()) {
      return new Answer.Nacked();
    }
    boolean sent = parts.stream().anyMatch(part -> part.acked() || part.sent());
    if (view.connectedAt().isAfter(step.since()) && !sent) {
      return new Answer.Joining();
    }
    return parts.stream().anyMatch(part -> part.overdue(step, now))
        ? new Answer.Silent()
        : new Answer.Open();
  }

  private static boolean isLayer(ResourceKey table) {
    return table.typeUrl().equals(TypeUrls.RUNTIME);
  }

  /**
   * One resource of the step at one proxy.
   *
   * @param acked whether the version that it uses has the step in it
   * @param nacked whether the one that it rejected has
   * @param sent whether the one that it was sent last has
   */
  private record Part(ResourceView state, boolean acked, boolean nacked, boolean sent) {
    static Part of(ProxyView view, ResourceKey table, Step step) {
      ResourceView state = view.resource(table.typeUrl(), table.name());
      Predicate<String> carries = version -> step.expected().carries(view.proxy(), table, version);
      return new Part(
          state,
          state.ackedVersion().filter(carries).isPresent(),
          state.nack().map(Nack::version).filter(carries).isPresent(),
          state.sentVersion().filter(carries).isPresent());
    }

    /**
     * What was never sent (its stream takes nothing, its clusters do not warm) is overdue as well.
     */
    boolean overdue(Step step, Instant now) {
      Instant from = sent ? state.sentAt().orElse(step.since()) : step.since();
      return !acked && !now.isBefore(from.plus(step.timeout()));
    }
  }

  private static final class Tally {
    private int want;
    private int acked;
    private int nacked;
    private int silent;
    private int unreachable;

    /**
     * @param one 1 for one more, -1 for one less
     */
    void count(Answer answer, int one) {
      switch (answer) {
        case Answer.NotWanted a -> {}
        case Answer.Joining a -> {}
        case Answer.Unreachable a -> unreachable += one;
        case Answer.Open a -> want += one;
        case Answer.Acked a -> {
          want += one;
          acked += one;
        }
        case Answer.Silent a -> {
          want += one;
          silent += one;
        }
        case Answer.Nacked a -> {
          want += one;
          nacked += one;
        }
      }
    }

    Counts counts() {
      return new Counts(want, acked, nacked, silent, unreachable);
    }
  }
}
