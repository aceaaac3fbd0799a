package dev.serin.server.control;

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
    ServiceState changed = new ServiceState(service, stable);
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
    Optional<LiveRollout> running = runningOf(turn, name);
    if (running.isPresent()) {
      return Outcome.refused(
          Kind.FAILED_PRECONDITION,
          "rollout "
              + running.get().state().spec().name()
              + (running.get().state().phase() == Phase.SUCCEEDED
                  ? " of this service is kept warm; `rollback` undoes it, or wait until that is over"
                  : " of this service is running; end it first with `abort` or `promote --full`"));
    }
    if (stored.get().stable().equals(version)) {
      return new Outcome.Done<>(stored.get(), "stable is " + version + " already");
    }
    ServiceState moved = new ServiceState(service, version);
    turn.putService(moved);
    record(turn, name, "SetStable", by, stored.get().stable(), version);
    return Outcome.done(moved);
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
