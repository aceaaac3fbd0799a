package dev.serin.server.control;

import dev.serin.mesh.Attachment;
import dev.serin.mesh.ServiceState;
import dev.serin.policy.MeshService;
import dev.serin.policy.ResourceName;
import dev.serin.rollout.By;
import dev.serin.rollout.Phase;
import dev.serin.rollout.RolloutState;
import dev.serin.server.control.Outcome.Kind;
import dev.serin.text.RecordJson;
import java.util.List;
import java.util.Optional;

/**
 * What people do to services and policies. Each runs inside a turn and leaves it untouched when it
 * refuses.
 */
public final class ServiceOperations {
  private ServiceOperations() {}

  /** A change of a service, as its journal keeps it. */
  record ServiceChange(String actor, String reason, String from, String to) {}

  static Outcome<ServiceState> apply(ControlTurn turn, MeshService service, By by) {
    Optional<Outcome<ServiceState>> clash = clash(turn, service);
    if (clash.isPresent()) {
      return clash.get();
    }
    Optional<ServiceState> stored = turn.service(service.name());
    Optional<Outcome<ServiceState>> nowhere =
        leadsNowhere(
            turn, service, stored.map(ServiceState::stable).orElse(service.initialStable()));
    if (nowhere.isPresent()) {
      return nowhere.get();
    }
    if (stored.isEmpty()) {
      ServiceState created = new ServiceState(service, service.initialStable());
      turn.putService(created);
      record(turn, service.name(), "Created", by, "", created.stable());
      return new Outcome.Done<>(created, "stable is " + created.stable());
    }
    String stable = stored.get().stable();
    if (!service.versions().containsKey(stable)) {
      return Outcome.refused(
          Kind.FAILED_PRECONDITION,
          "versions: "
              + service.versions().keySet()
              + " lacks "
              + stable
              + ", which is stable; move it first with `set-stable`");
    }
    Optional<Outcome<ServiceState>> lacks = lacksReleased(turn, service);
    if (lacks.isPresent()) {
      return lacks.get();
    }
    String note =
        service.initialStable().equals(stable)
            ? ""
            : "initialStable "
                + service.initialStable()
                + " changes nothing: it is read on creation only, and stable is "
                + stable
                + " now; use `set-stable` to move it";
    if (stored.get().service().equals(service)) {
      return new Outcome.Done<>(stored.get(), note);
    }
    ServiceState changed = stored.get().with(service);
    turn.putService(changed);
    record(turn, service.name(), "Changed", by, stable, stable);
    return new Outcome.Done<>(changed, note);
  }

  /** Routes of ours to a cluster that nobody has would answer every request with an error. */
  private static Optional<Outcome<ServiceState>> leadsNowhere(
      ControlTurn turn, MeshService service, String stable) {
    return service.isPublished()
        ? lacksCluster(turn, service, stable).map(reason -> Outcome.refused(Kind.INVALID, reason))
        : Optional.empty();
  }

  /** Why no proxy can reach a version; empty where some may. */
  static Optional<String> lacksCluster(ControlTurn turn, MeshService service, String version) {
    return service.versions().get(version) instanceof MeshService.Backend.EnvoyCluster(String name)
            && !turn.mayHave(name)
        ? Optional.of(
            "versions."
                + version
                + ".envoyCluster: "
                + name
                + " (expected: a cluster that a base of `mesh.base` has; of Serin's own use endpoints"
                + " or dns)")
        : Optional.empty();
  }

  /** A running rollout needs the version it comes from as well: that is where it goes back to. */
  private static Optional<Outcome<ServiceState>> lacksReleased(
      ControlTurn turn, MeshService service) {
    Optional<LiveRollout> running = runningOf(turn, service.name());
    if (running.isEmpty()) {
      return Optional.empty();
    }
    RolloutState rollout = running.get().state();
    for (String version : List.of(rollout.from(), rollout.spec().to())) {
      Optional<String> nowhere = lacksCluster(turn, service, version);
      if (nowhere.isPresent()) {
        return Optional.of(Outcome.refused(Kind.FAILED_PRECONDITION, nowhere.get()));
      }
      if (!service.versions().containsKey(version)) {
        return Optional.of(
            Outcome.refused(
                Kind.FAILED_PRECONDITION,
                "versions: "
                    + service.versions().keySet()
                    + " lacks "
                    + version
                    + ", which "
                    + rollout.spec().name()
                    + (version.equals(rollout.from()) ? " goes back to" : " is releasing")
                    + (rollout.phase() == Phase.SUCCEEDED
                        ? " while it is kept warm; wait until that is over"
                        : "; end it first with `abort`")));
      }
    }
    return Optional.empty();
  }

  private static Optional<Outcome<ServiceState>> clash(ControlTurn turn, MeshService service) {
    for (Catalog.Versioned<ServiceState> other : turn.after().services().values()) {
      MeshService there = other.value().service();
      if (there.name().equals(service.name()) || there.port() != service.port()) {
        continue;
      }
      for (String host : service.hosts()) {
        if (there.hosts().contains(host)) {
          return Optional.of(
              Outcome.invalid(
                  "spec.hosts",
                  host
                      + " with port "
                      + service.port()
                      + " belongs to service "
                      + there.name()
                      + " (expected: a host and port of its own)"));
        }
      }
    }
    return Optional.empty();
  }

  static Outcome<ServiceState> setStable(
      ControlTurn turn, ResourceName name, String version, By by) {
    Optional<ServiceState> stored = turn.service(name);
    if (stored.isEmpty()) {
      return Outcome.refused(Kind.NOT_FOUND, "service " + name + " does not exist");
    }
    MeshService service = stored.get().service();
    if (!service.versions().containsKey(version)) {
      return Outcome.invalid(
          "version", version + " (expected: one of " + service.versions().keySet() + ")");
    }
    Optional<Outcome<ServiceState>> nowhere = leadsNowhere(turn, service, version);
    if (nowhere.isPresent()) {
      return nowhere.get();
    }
    Optional<Outcome<ServiceState>> moving = moving(turn, name);
    if (moving.isPresent()) {
      return moving.get();
    }
    String note = attach(turn, name, by);
    if (stored.get().stable().equals(version)) {
      String already = "stable is " + version + " already";
      return new Outcome.Done<>(
          turn.service(name).orElseThrow(), note.isEmpty() ? already : already + "; " + note);
    }
    ServiceState moved = turn.service(name).orElseThrow().at(version);
    turn.putService(moved);
    record(turn, name, "SetStable", by, stored.get().stable(), version);
    return new Outcome.Done<>(moved, note);
  }

  /** Refused while a rollout moves the service, or may yet be undone. */
  private static Optional<Outcome<ServiceState>> moving(ControlTurn turn, ResourceName service) {
    return runningOf(turn, service)
        .map(running ->
            Outcome.refused(
                Kind.FAILED_PRECONDITION,
                "rollout "
                    + running.state().spec().name()
                    + (running.state().phase() == Phase.SUCCEEDED
                        ? " of this service is kept warm; `rollback` undoes it, or wait until that"
                            + " is over"
                        : " of this service is running; end it first with `abort` or `promote"
                            + " --full`")));
  }

  /** Gives a service's routes back as its base has them; what Serin publishes stays at stable. */
  static Outcome<ServiceState> detach(ControlTurn turn, ResourceName name, By by) {
    Optional<ServiceState> stored = turn.service(name);
    if (stored.isEmpty()) {
      return Outcome.refused(Kind.NOT_FOUND, "service " + name + " does not exist");
    }
    Optional<Outcome<ServiceState>> moving = moving(turn, name);
    if (moving.isPresent()) {
      return moving.get();
    }
    Optional<LiveRollout> next = nextOf(turn, name);
    if (next.isPresent()) {
      return Outcome.refused(
          Kind.FAILED_PRECONDITION,
          "rollout "
              + next.get().state().spec().name()
              + " of this service is about to begin; end it first with `abort`");
    }
    ServiceState state = stored.get();
    if (state.isDetached()) {
      return new Outcome.Done<>(state, "it is detached already");
    }
    ServiceState detached = state.as(Attachment.DETACHED);
    turn.putService(detached);
    record(turn, name, "Detached", by, state.stable(), state.stable());
    return new Outcome.Done<>(
        detached,
        state.service().isPublished()
            ? "Serin publishes routes of its own to it still, which lead to " + state.stable()
            : "");
  }

  /** A rollout, not a draft, that waits for its turn. */
  private static Optional<LiveRollout> nextOf(ControlTurn turn, ResourceName service) {
    return turn.after().rollouts().values().stream()
        .filter(live -> live.state().spec().service().equals(service))
        .filter(live -> live.state().phase() == Phase.PENDING && !live.state().spec().draft())
        .findFirst();
  }

  /**
   * Makes a service Serin's again that is to be moved.
   *
   * @return what to tell of it; empty where it was Serin's
   */
  static String attach(ControlTurn turn, ResourceName name, By by) {
    ServiceState state = turn.service(name).orElseThrow();
    if (!state.isDetached()) {
      return "";
    }
    turn.putService(state.as(Attachment.ATTACHED));
    record(turn, name, "Attached", by, state.stable(), state.stable());
    return "service " + name + " was detached and is attached again";
  }

  static Outcome<ResourceName> delete(ControlTurn turn, ResourceName name, By by) {
    Optional<ServiceState> stored = turn.service(name);
    if (stored.isEmpty()) {
      return Outcome.refused(Kind.NOT_FOUND, "service " + name + " does not exist");
    }
    Optional<LiveRollout> user =
        turn.after().rollouts().values().stream()
            .filter(rollout -> rollout.state().spec().service().equals(name))
            .filter(rollout -> !rollout.state().isOver())
            .findFirst();
    if (user.isPresent()) {
      return Outcome.refused(
          Kind.FAILED_PRECONDITION,
          "rollout "
              + user.get().state().spec().name()
              + " needs this service; delete it first, with `--abort` while it runs");
    }
    turn.deleteService(name);
    record(turn, name, "Deleted", by, stored.get().stable(), "");
    return Outcome.done(name);
  }

  static Optional<LiveRollout> runningOf(ControlTurn turn, ResourceName service) {
    return turn.after().running(service);
  }

  private static void record(
      ControlTurn turn, ResourceName service, String kind, By by, String from, String to) {
    turn.record(
        "services/" + service,
        kind,
        RecordJson.write(new ServiceChange(by.actor(), by.reason(), from, to)));
  }
}
