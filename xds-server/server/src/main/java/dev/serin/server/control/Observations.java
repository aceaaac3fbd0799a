package dev.serin.server.control;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import dev.serin.mesh.ServiceState;
import dev.serin.policy.Release;
import dev.serin.policy.ResourceName;
import dev.serin.rollout.By;
import dev.serin.rollout.ClusterConvergence;
import dev.serin.rollout.Decided;
import dev.serin.rollout.Endpoints;
import dev.serin.rollout.Event;
import dev.serin.rollout.Phase;
import dev.serin.rollout.RolloutState;
import dev.serin.server.control.Catalog.Versioned;
import dev.serin.server.control.EvidenceSource.Closed;
import dev.serin.server.control.Serving.Refused;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the loop sees by itself: refusals, closed windows, the fleet's answers, due timers. What is
 * handed out only once is kept until a turn with it was stored. Owned by the loop's thread.
 */
final class Observations {
  /** So many windows wait for a store at most, over all rollouts; the oldest are given up. */
  private static final int MAX_WINDOWS = 3_000;

  private static final int MAX_REFUSALS = 100;

  private static final Logger log = LoggerFactory.getLogger(Observations.class);

  private final Serving serving;
  private final EvidenceSource evidence;
  private final RolloutOperations operations;
  private final LoopMetrics metrics;
  private final ArrayDeque<Closed> windows = new ArrayDeque<>();
  private final ArrayDeque<Refused> refusals = new ArrayDeque<>();
  private final Map<ResourceName, String> failing = new HashMap<>();

  private final FleetBefore before;
  private final Outside outside;
  private final HookDesk hooks;

  /** What is stored of the kinds of proxies. */
  private ImmutableList<KindStanding> standings;

  Observations(
      Recovery restored,
      Serving serving,
      EvidenceSource evidence,
      RolloutOperations operations,
      Outside outside,
      HookDesk hooks,
      LoopMetrics metrics) {
    this.outside = outside;
    this.hooks = hooks;
    this.before = new FleetBefore(restored.catalog());
    this.standings = restored.standings();
    this.serving = serving;
    this.evidence = evidence;
    this.operations = operations;
    this.metrics = metrics;
  }

  /** Lets the rollouts of a turn decide on everything that is known by now. */
  void observe(ControlTurn turn) {
    before.begin(turn.now());
    keep(refusals, serving.takeRefusals(), MAX_REFUSALS);
    keep(windows, evidence.close(turn.now()), MAX_WINDOWS);
    ImmutableList<KindStanding> had = serving.standings();
    if (!had.equals(standings)) {
      turn.putStandings(had);
    }
    ImmutableSet<Closed> decided = ImmutableSet.copyOf(windows);
    ImmutableSet<Refused> told = ImmutableSet.copyOf(refusals);
    turn.whenStored(() -> forget(decided, told, had));
    for (ResourceName name : turn.before().rollouts().keySet()) {
      guarded(name, () -> outside.tell(turn, name));
    }
    for (Refused refused : refusals) {
      turn.after()
          .running(refused.service())
          .map(rollout -> rollout.state().spec().name())
          .ifPresent(name -> guarded(name, () -> tell(turn, name, refused)));
    }
    for (Closed closed : windows) {
      if (turn.rollout(closed.rollout()).isPresent()) {
        guarded(
            closed.rollout(),
            () -> turn.decide(closed.rollout(), new Event.Observed(turn.now(), closed.window())));
      }
    }
    List<HookDesk.Answered> answered = hooks.answered();
    turn.whenStored(() -> hooks.taken(answered));
    for (HookDesk.Answered answer : answered) {
      if (turn.rollout(answer.rollout()).isPresent()) {
        guarded(answer.rollout(), () -> turn.decide(answer.rollout(), answer.at(turn.now())));
      }
    }
    for (ResourceName name : turn.before().rollouts().keySet()) {
      guarded(name, () -> lookAt(turn, name));
    }
    if (!turn.releases().isEmpty()) {
      Releases.fallTogether(turn);
      letGoTogether(turn);
    }
  }

  /** Whom the last one that was waited for lets go goes in this turn, so that all go at once. */
  private void letGoTogether(ControlTurn turn) {
    for (ResourceName name : turn.changedRollouts().keySet()) {
      guarded(name, () -> outside.tell(turn, name));
    }
    for (Versioned<Release> release : turn.releases().values()) {
      for (String member : release.value().members()) {
        ResourceName name = release.value().member(member);
        guarded(name, () -> outside.tell(turn, name));
      }
    }
    for (ResourceName name : turn.changedRollouts().keySet()) {
      if (turn.rollout(name).filter(live -> !live.state().isOver()).isPresent()) {
        guarded(name, () -> passTime(turn, name));
      }
    }
  }

  /** Forgets what a stored turn has decided upon; what came since then is for the next. */
  private void forget(
      Collection<Closed> decided, Collection<Refused> told, ImmutableList<KindStanding> noted) {
    windows.removeAll(decided);
    refusals.removeAll(told);
    standings = noted;
  }

  private static <T> void keep(ArrayDeque<T> kept, Collection<T> more, int most) {
    kept.addAll(more);
    while (kept.size() > most) {
      kept.removeFirst();
    }
  }

  /** A bug that one rollout runs into must not stop the others, nor a way down. */
  private void guarded(ResourceName rollout, Runnable decision) {
    try {
      decision.run();
    } catch (RuntimeException bug) {
      metrics.bug();
      if (!bug.toString().equals(failing.put(rollout, bug.toString()))) {
        log.error("rollout={} cannot be decided upon", rollout, bug);
      }
    }
  }

  private static void tell(ControlTurn turn, ResourceName name, Refused refused) {
    long generation = turn.rollout(name).orElseThrow().state().split().generation();
    turn.decide(
        name,
        new Event.Nacked(
            turn.now(), generation, refused.node(), refused.meshCluster(), refused.words()));
  }

  private void lookAt(ControlTurn turn, ResourceName name) {
    Optional<LiveRollout> live = turn.rollout(name);
    if (live.isEmpty() || live.get().state().isOver()) {
      failing.remove(name);
      return;
    }
    RolloutState state = live.get().state();
    if (state.phase() == Phase.PENDING) {
      if (!state.spec().draft()) {
        operations.beginWhenFree(turn, name, new By(Decided.SERIN, "its turn has come", ""));
      }
    } else {
      countEndpoints(turn, name, state);
      countFleet(turn, name);
    }
    passTime(turn, name);
  }

  private void passTime(ControlTurn turn, ResourceName name) {
    RolloutState seen = turn.rollout(name).orElseThrow().state();
    Instant now = turn.now();
    boolean due = seen.nextTransition().filter(at -> !at.isAfter(now)).isPresent();
    if (due && !before.isAnswerAwaited(seen, now)) {
      turn.decide(name, new Event.Tick(now));
    }
  }

  private static void countEndpoints(ControlTurn turn, ResourceName name, RolloutState state) {
    Endpoints endpoints =
        turn.service(state.spec().service())
            .map(ServiceState::service)
            .map(service -> RolloutOperations.endpoints(service, state))
            .orElse(Endpoints.UNKNOWN);
    if (!endpoints.equals(state.endpoints())) {
      turn.decide(name, new Event.CapacityReported(turn.now(), endpoints));
    }
  }

  /** A split that this very turn has put in force was not sent yet: nobody can have answered it. */
  private void countFleet(ControlTurn turn, ResourceName name) {
    RolloutState state = turn.rollout(name).orElseThrow().state();
    if (!turn.isPublished(name)) {
      return;
    }
    before
        .complete(state, serving.convergence(state, turn.now()), turn.now())
        .ifPresent(clusters -> report(turn, state, clusters));
  }

  private void report(
      ControlTurn turn,
      RolloutState state,
      ImmutableSortedMap<String, ClusterConvergence> clusters) {
    // An empty fleet is an answer, too, and equal to that of nobody having been asked.
    boolean empty = clusters.isEmpty() && !before.isReconnecting(turn.now());
    if (empty || !clusters.equals(state.clusters())) {
      turn.decide(
          state.spec().name(),
          new Event.ConvergenceReported(turn.now(), state.split().generation(), clusters));
    }
  }
}
