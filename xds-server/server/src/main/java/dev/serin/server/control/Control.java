package dev.serin.server.control;

import com.google.common.collect.ImmutableList;
import dev.serin.mesh.ServiceState;
import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.MeshService;
import dev.serin.policy.ResourceName;
import dev.serin.policy.RolloutSpec;
import dev.serin.rollout.By;
import dev.serin.rollout.Event;
import dev.serin.server.control.Outcome.Kind;
import dev.serin.text.RecordJson;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * What people can ask of the control loop. Every answer comes when the change is durable; {@code
 * checkOnly} answers what would have come of it and changes nothing. Thread-safe.
 */
public final class Control {
  private final ControlLoop loop;

  public Control(ControlLoop loop) {
    this.loop = loop;
  }

  /** A resource to create or change. */
  public sealed interface Wanted {
    ResourceName name();

    record Service(MeshService service) implements Wanted {
      @Override
      public ResourceName name() {
        return service.name();
      }
    }

    record Policy(CanaryPolicy policy) implements Wanted {
      @Override
      public ResourceName name() {
        return policy.name();
      }
    }

    record Release(RolloutSpec spec) implements Wanted {
      @Override
      public ResourceName name() {
        return spec.name();
      }
    }
  }

  /** What became of one resource. */
  public record Applied(Wanted wanted, boolean existed, boolean changed, String note) {}

  public Catalog catalog() {
    return loop.catalog();
  }

  /**
   * Applies all of them in one transaction, or none: services and policies before the rollouts that
   * need them.
   */
  public CompletableFuture<Outcome<ImmutableList<Applied>>> apply(
      List<Wanted> wanted, By by, boolean checkOnly) {
    return loop.submit(checkOnly, turn -> applyAll(turn, wanted, by));
  }

  private Outcome<ImmutableList<Applied>> applyAll(ControlTurn turn, List<Wanted> wanted, By by) {
    Applied[] results = new Applied[wanted.size()];
    List<String> refusals = new ArrayList<>();
    Kind kind = Kind.INVALID;
    for (boolean releases : new boolean[] {false, true}) {
      for (int i = 0; i < results.length; i++) {
        Wanted one = wanted.get(i);
        if (one instanceof Wanted.Release != releases) {
          continue;
        }
        boolean existed = exists(turn, one);
        Outcome<Boolean> outcome = applyOne(turn, one, by);
        switch (outcome) {
          case Outcome.Done<Boolean> done ->
              results[i] = new Applied(one, existed, done.value(), done.note());
          case Outcome.Refused<Boolean> refused -> {
            kind = refused.kind();
            refusals.add(one.name() + ": " + refused.reason());
          }
        }
      }
    }
    return refusals.isEmpty()
        ? Outcome.done(ImmutableList.copyOf(results))
        : Outcome.refused(kind, String.join("; ", refusals));
  }

  private static boolean exists(ControlTurn turn, Wanted wanted) {
    return switch (wanted) {
      case Wanted.Service service -> turn.service(service.name()).isPresent();
      case Wanted.Policy policy -> turn.after().policies().containsKey(policy.name());
      case Wanted.Release release -> turn.rollout(release.name()).isPresent();
    };
  }

  /** Whether it changed anything. */
  private Outcome<Boolean> applyOne(ControlTurn turn, Wanted wanted, By by) {
    return switch (wanted) {
      case Wanted.Service(MeshService service) -> {
        Optional<ServiceState> before = turn.service(service.name());
        yield map(
            ServiceOperations.apply(turn, service, by),
            after -> before.isEmpty() || !before.get().equals(after));
      }
      case Wanted.Policy(CanaryPolicy policy) -> {
        boolean same =
            turn.after().policies().containsKey(policy.name())
                && turn.policy(policy.name()).filter(policy::equals).isPresent();
        if (!same) {
          turn.putPolicy(policy);
          record(turn, policy.name(), "Changed", by);
        }
        yield new Outcome.Done<>(!same, same ? "unchanged" : runningNote(turn, policy));
      }
      case Wanted.Release(RolloutSpec spec) -> {
        Optional<LiveRollout> before = turn.rollout(spec.name());
        yield map(
            loop.operations().apply(turn, spec, by),
            live -> before.isEmpty() || !before.get().state().equals(live.state()));
      }
    };
  }

  private static void record(ControlTurn turn, ResourceName policy, String kind, By by) {
    turn.record(
        "policies/" + policy,
        kind,
        RecordJson.write(new ServiceOperations.ServiceChange(by.actor(), by.reason(), "", "")));
  }

  private static String runningNote(ControlTurn turn, CanaryPolicy policy) {
    long running =
        turn.after().rollouts().values().stream()
            .filter(LiveRollout::isRunning)
            .filter(live -> live.state().policy().name().equals(policy.name()))
            .count();
    return running == 0
        ? ""
        : running + " running rollout(s) keep the policy that they started with";
  }

  private static <A, B> Outcome<B> map(Outcome<A> outcome, Function<A, B> f) {
    return switch (outcome) {
      case Outcome.Done<A> done -> new Outcome.Done<>(f.apply(done.value()), done.note());
      case Outcome.Refused<A> refused -> Outcome.refused(refused.kind(), refused.reason());
    };
  }

  public CompletableFuture<Outcome<ServiceState>> setStable(
      ResourceName service, String version, By by, boolean checkOnly) {
    return loop.submit(checkOnly, turn -> ServiceOperations.setStable(turn, service, version, by));
  }

  public CompletableFuture<Outcome<ResourceName>> deleteService(
      ResourceName name, By by, boolean checkOnly) {
    return loop.submit(checkOnly, turn -> ServiceOperations.delete(turn, name, by));
  }

  public CompletableFuture<Outcome<ResourceName>> deletePolicy(
      ResourceName name, By by, boolean checkOnly) {
    return loop.submit(
        checkOnly,
        turn -> {
          if (!turn.after().policies().containsKey(name)) {
            return Outcome.refused(Kind.NOT_FOUND, "policy " + name + " does not exist");
          }
          turn.deletePolicy(name);
          record(turn, name, "Deleted", by);
          return Outcome.done(name);
        });
  }

  public CompletableFuture<Outcome<LiveRollout>> start(
      ResourceName rollout, By by, boolean checkOnly) {
    return loop.submit(checkOnly, turn -> loop.operations().start(turn, rollout, by));
  }

  /** A verb on a rollout; {@code verb} is given the instant at which it happens. */
  public CompletableFuture<Outcome<LiveRollout>> command(
      ResourceName rollout, boolean checkOnly, Function<Instant, Event.Command> verb) {
    return loop.submit(
        checkOnly, turn -> loop.operations().command(turn, rollout, t -> verb.apply(t.now())));
  }

  public CompletableFuture<Outcome<ResourceName>> deleteRollout(
      ResourceName name, boolean abort, By by, boolean checkOnly) {
    return loop.submit(checkOnly, turn -> loop.operations().delete(turn, name, abort, by));
  }
}
