package dev.serin.server.control;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.mesh.ServiceState;
import dev.serin.mesh.overlay.Baseline;
import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.MeshService;
import dev.serin.policy.ResourceName;
import dev.serin.policy.RolloutSpec;
import dev.serin.rollout.By;
import dev.serin.rollout.Decided;
import dev.serin.rollout.Decision;
import dev.serin.rollout.Endpoints;
import dev.serin.rollout.Event;
import dev.serin.rollout.Opening;
import dev.serin.rollout.Phase;
import dev.serin.rollout.RolloutState;
import dev.serin.server.control.Outcome.Kind;
import dev.serin.text.RecordJson;
import java.util.Optional;
import java.util.function.Function;

/** What people do to rollouts, and what the loop needs to know to begin one. */
final class RolloutOperations {
  /** The part of the evidence kept for mesh clusters that appear after the start. */
  private static final double LATER_CLUSTERS = 0.01;

  private final Serving serving;
  private final EvidenceSource evidence;
  private final Outside outside;

  RolloutOperations(Serving serving, EvidenceSource evidence, Outside outside) {
    this.serving = serving;
    this.evidence = evidence;
    this.outside = outside;
  }

  Outcome<LiveRollout> apply(ControlTurn turn, RolloutSpec spec, By by) {
    Optional<LiveRollout> stored = turn.rollout(spec.name());
    if (stored.isPresent()
        && (stored.get().state().phase() != Phase.PENDING
            || isOther(stored.get().state().spec(), spec)
            || stored.get().state().spec().equals(spec))) {
      return again(stored.get(), spec);
    }
    return switch (pending(turn, spec)) {
      case Outcome.Refused<RolloutState> refused -> refused.as();
      case Outcome.Done<RolloutState> fresh -> {
        turn.create(fresh.value());
        String note = spec.draft() ? "a draft; `start` begins it" : begin(turn, spec.name(), by);
        yield new Outcome.Done<>(current(turn, spec.name()), note);
      }
    };
  }

  /** A rollout as it would be written down now; refused where there is nothing to release. */
  private static Outcome<RolloutState> pending(ControlTurn turn, RolloutSpec spec) {
    Optional<ServiceState> service = turn.service(spec.service());
    Optional<CanaryPolicy> policy =
        turn.policy(new ResourceName(spec.name().tenant(), spec.policy()));
    ImmutableList<Outcome.At> dangling = dangling(spec, service, policy);
    if (service.isEmpty() || policy.isEmpty() || !dangling.isEmpty()) {
      return Outcome.invalid(dangling);
    }
    Optional<String> nowhere =
        ServiceOperations.lacksCluster(turn, service.get().service(), spec.to());
    if (nowhere.isPresent()) {
      return Outcome.refused(Kind.FAILED_PRECONDITION, nowhere.get());
    }
    Optional<String> noControl =
        Baseline.problem(service.get().service(), service.get().stable(), policy.get().conduct());
    if (noControl.isPresent()) {
      return Outcome.refused(Kind.FAILED_PRECONDITION, noControl.get());
    }
    if (service.get().stable().equals(spec.to())) {
      return Outcome.refused(
          Kind.FAILED_PRECONDITION,
          "spec.to: " + spec.to() + " is stable already; there is nothing to release");
    }
    return Outcome.done(
        RolloutState.pending(
            spec, policy.get(), service.get().stable(), spec.service().toString(), turn.now()));
  }

  /** What a rollout refers to and is not there. */
  private static ImmutableList<Outcome.At> dangling(
      RolloutSpec spec, Optional<ServiceState> service, Optional<CanaryPolicy> policy) {
    ImmutableList.Builder<Outcome.At> dangling = ImmutableList.builder();
    if (service.isEmpty()) {
      dangling.add(
          Outcome.wrong(
              "spec.service", spec.service().name() + " (expected: a service of the tenant)"));
    } else {
      ImmutableSortedSet<String> versions = service.get().service().versions().keySet();
      if (!versions.contains(spec.to())) {
        dangling.add(Outcome.wrong("spec.to", spec.to() + " (expected: one of " + versions + ")"));
      }
    }
    if (policy.isEmpty()) {
      dangling.add(
          Outcome.wrong("spec.policy", spec.policy() + " (expected: a policy of the tenant)"));
    }
    return dangling.build();
  }

  private static boolean isOther(RolloutSpec one, RolloutSpec other) {
    return !one.to().equals(other.to()) || !one.service().equals(other.service());
  }

  private static Outcome<LiveRollout> again(LiveRollout stored, RolloutSpec spec) {
    RolloutSpec before = stored.state().spec();
    if (isOther(before, spec)) {
      return Outcome.refused(
          Kind.ALREADY_EXISTS,
          "rollout "
              + spec.name()
              + " moves "
              + before.service()
              + " to "
              + before.to()
              + " (asked: "
              + spec.service()
              + " to "
              + spec.to()
              + "); give the new one another name");
    }
    String note =
        before.policy().equals(spec.policy())
            ? ""
            : "a rollout keeps the policy it started with, " + before.policy();
    Phase phase = stored.state().phase();
    if (phase != Phase.ROLLED_BACK) {
      return new Outcome.Done<>(stored, note);
    }
    String again = "it is " + phase + ", and `retry` begins it again";
    return new Outcome.Done<>(stored, note.isEmpty() ? again : note + "; " + again);
  }

  Outcome<LiveRollout> start(ControlTurn turn, ResourceName name, By by) {
    Optional<LiveRollout> stored = turn.rollout(name);
    if (stored.isEmpty()) {
      return notFound(name);
    }
    RolloutState draft = stored.get().state();
    if (draft.phase() != Phase.PENDING) {
      return Outcome.refused(
          Kind.FAILED_PRECONDITION,
          "rollout " + name + " has started already; it is " + draft.phase());
    }
    Optional<LiveRollout> other = ServiceOperations.runningOf(turn, draft.spec().service());
    if (other.isPresent() && other.get().state().phase() != Phase.SUCCEEDED) {
      return Outcome.refused(
          Kind.FAILED_PRECONDITION,
          "rollout "
              + other.get().state().spec().name()
              + " of this service is running; wait for it or `abort` it");
    }
    return switch (rewrite(turn, draft, draft.spec().begun())) {
      case Outcome.Refused<RolloutState> refused ->
          Outcome.refused(Kind.FAILED_PRECONDITION, refused.reason());
      case Outcome.Done<RolloutState> done -> {
        String note = begin(turn, name, by);
        yield new Outcome.Done<>(current(turn, name), note);
      }
    };
  }

  /**
   * Writes a rollout that has not begun down again where stable or its policy have changed since:
   * it comes from the version that is stable when it starts, by the policy of that moment.
   */
  private static Outcome<RolloutState> rewrite(
      ControlTurn turn, RolloutState written, RolloutSpec spec) {
    Outcome<RolloutState> fresh = pending(turn, spec);
    if (fresh instanceof Outcome.Done<RolloutState>(RolloutState now, String note)
        && !(now.spec().equals(written.spec())
            && now.from().equals(written.from())
            && now.policy().equals(written.policy()))) {
      turn.create(now);
    }
    return fresh;
  }

  /**
   * Begins a rollout that waited for another one of its service, when that one is over. One that
   * has nothing to release any more is over, too: it would wait for ever.
   */
  void beginWhenFree(ControlTurn turn, ResourceName name, By by) {
    RolloutState waiting = current(turn, name).state();
    if (ServiceOperations.runningOf(turn, waiting.spec().service()).isPresent()) {
      return;
    }
    switch (rewrite(turn, waiting, waiting.spec())) {
      case Outcome.Done<RolloutState> done -> begin(turn, name, by);
      case Outcome.Refused<RolloutState> refused ->
          turn.decide(
              name,
              new Event.Abort(
                  turn.now(),
                  new By(Decided.SERIN, refused.reason().replace(';', ','), ""),
                  false));
    }
  }

  /**
   * Starts a pending rollout, or makes room for it: one service has one rollout at a time, and the
   * newer one wins by way of zero.
   */
  private String begin(ControlTurn turn, ResourceName name, By by) {
    RolloutState pending = current(turn, name).state();
    Optional<LiveRollout> other = ServiceOperations.runningOf(turn, pending.spec().service());
    if (other.isPresent()) {
      ResourceName running = other.get().state().spec().name();
      Decision room = turn.decide(running, new Event.Supersede(turn.now(), by, name.toString()));
      if (room.refusal().isPresent()) {
        return "waits until " + running + " is over: " + room.refusal().get().reason();
      }
      return "waits until " + running + " has given its traffic back";
    }
    String note = ServiceOperations.attach(turn, pending.spec().service(), by);
    MeshService service =
        turn.service(pending.spec().service()).map(ServiceState::service).orElseThrow();
    turn.decide(name, new Event.CapacityReported(turn.now(), endpoints(service, pending)));
    outside.tell(turn, name);
    turn.decide(name, new Event.Started(turn.now(), by, opening(pending.spec().service())));
    return note;
  }

  private Opening opening(ResourceName service) {
    return new Opening(
        evidence.baseline(service),
        weights(serving.meshClusters(service)),
        evidence.requestsPerSecond(service));
  }

  private static ImmutableSortedMap<String, Double> weights(ImmutableSortedSet<String> clusters) {
    ImmutableSortedMap.Builder<String, Double> weights = ImmutableSortedMap.naturalOrder();
    weights.put("", clusters.isEmpty() ? 1.0 : LATER_CLUSTERS);
    clusters.forEach(cluster -> weights.put(cluster, (1 - LATER_CLUSTERS) / clusters.size()));
    return weights.build();
  }

  static Endpoints endpoints(MeshService service, RolloutState rollout) {
    return switch (service.versions().get(rollout.spec().to())) {
      case MeshService.Backend.Endpoints canary ->
          service.versions().get(rollout.from()) instanceof MeshService.Backend.Endpoints stable
              ? new Endpoints(canary.endpoints().size(), stable.endpoints().size(), true)
              : Endpoints.UNKNOWN;
      case MeshService.Backend.Dns dns -> Endpoints.UNKNOWN;
      case MeshService.Backend.EnvoyCluster base -> Endpoints.UNKNOWN;
      case null -> Endpoints.UNKNOWN;
    };
  }

  /** A verb on one rollout. */
  Outcome<LiveRollout> command(
      ControlTurn turn, ResourceName name, Function<ControlTurn, Event.Command> verb) {
    Optional<LiveRollout> stored = turn.rollout(name);
    if (stored.isEmpty()) {
      return notFound(name);
    }
    outside.tell(turn, name); // before a person can go past it
    Event.Command command = verb.apply(turn);
    if (command instanceof Event.Retry && stored.get().state().isOver()) {
      Optional<Outcome<LiveRollout>> blocked = cannotRetry(turn, stored.get().state());
      if (blocked.isPresent()) {
        return blocked.get();
      }
      outside.tellRolledBack(turn, name);
      countAgain(turn, name);
    }
    Decision decision = turn.decide(name, command);
    if (decision.refusal().isPresent()) {
      return Outcome.refused(Kind.FAILED_PRECONDITION, decision.refusal().get().reason());
    }
    LiveRollout live = current(turn, name);
    String note =
        command instanceof Event.Retry
            ? ServiceOperations.attach(turn, live.state().spec().service(), command.by())
            : "";
    return new Outcome.Done<>(live, note);
  }

  /** While it was over nobody counted its endpoints. */
  private static void countAgain(ControlTurn turn, ResourceName name) {
    RolloutState state = current(turn, name).state();
    turn.service(state.spec().service())
        .map(service -> endpoints(service.service(), state))
        .filter(counted -> !counted.equals(state.endpoints()))
        .ifPresent(counted -> turn.decide(name, new Event.CapacityReported(turn.now(), counted)));
  }

  private static Optional<Outcome<LiveRollout>> cannotRetry(ControlTurn turn, RolloutState over) {
    Optional<ServiceState> service = turn.service(over.spec().service());
    if (service.isEmpty() || !service.get().service().versions().containsKey(over.spec().to())) {
      return Optional.of(
          Outcome.refused(
              Kind.FAILED_PRECONDITION,
              over.spec().service() + " no longer has " + over.spec().to() + "; apply it again"));
    }
    Optional<String> nowhere =
        ServiceOperations.lacksCluster(turn, service.get().service(), over.spec().to());
    if (nowhere.isPresent()) {
      return Optional.of(Outcome.refused(Kind.FAILED_PRECONDITION, nowhere.get()));
    }
    if (!service.get().stable().equals(over.from())) {
      return Optional.of(
          Outcome.refused(
              Kind.FAILED_PRECONDITION,
              "stable is "
                  + service.get().stable()
                  + " now and was "
                  + over.from()
                  + "; start a new rollout instead"));
    }
    return ServiceOperations.runningOf(turn, over.spec().service())
        .map(running ->
            Outcome.refused(
                Kind.FAILED_PRECONDITION,
                "rollout "
                    + running.state().spec().name()
                    + " of this service is running; wait for it or `abort` it"));
  }

  Outcome<ResourceName> delete(ControlTurn turn, ResourceName name, boolean abort, By by) {
    Optional<LiveRollout> stored = turn.rollout(name);
    if (stored.isEmpty()) {
      return Outcome.refused(Kind.NOT_FOUND, "rollout " + name + " does not exist");
    }
    if (stored.get().isRunning()) {
      if (!abort) {
        return Outcome.refused(
            Kind.FAILED_PRECONDITION,
            "rollout "
                + name
                + " is "
                + stored.get().state().phase()
                + "; delete it with `--abort`, which takes its traffic to zero at once");
      }
      turn.decide(name, new Event.Abort(turn.now(), by, true));
    }
    turn.deleteRollout(
        name,
        RecordJson.write(new ServiceOperations.ServiceChange(by.actor(), by.reason(), "", "")));
    return Outcome.done(name);
  }

  private static LiveRollout current(ControlTurn turn, ResourceName name) {
    return turn.rollout(name).orElseThrow();
  }

  private static <T> Outcome<T> notFound(ResourceName name) {
    return Outcome.refused(Kind.NOT_FOUND, "rollout " + name + " does not exist");
  }
}
