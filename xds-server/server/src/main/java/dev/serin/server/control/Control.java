package dev.serin.server.control;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Streams;
import dev.serin.mesh.ServiceState;
import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.Channel;
import dev.serin.policy.FreezeWindow;
import dev.serin.policy.MeshService;
import dev.serin.policy.Release;
import dev.serin.policy.ResourceName;
import dev.serin.policy.RolloutSpec;
import dev.serin.rollout.By;
import dev.serin.rollout.Event;
import dev.serin.server.control.Outcome.At;
import dev.serin.server.control.Outcome.Kind;
import dev.serin.server.control.Requests.Handled;
import dev.serin.text.RecordJson;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What people can ask of the control loop. Every answer comes when the change is durable; {@code
 * checkOnly} answers what would have come of it and changes nothing. Thread-safe.
 */
public final class Control {
  private final ControlLoop loop;
  private final Terms terms;

  public Control(ControlLoop loop) {
    this(loop, Terms.NONE);
  }

  private Control(ControlLoop loop, Terms terms) {
    this.loop = loop;
    this.terms = terms;
  }

  /**
   * On what terms something is asked.
   *
   * @param requestId a call under an id that was carried out does nothing and is answered alike;
   *     empty: it is a call of its own
   * @param fingerprint of the call, for an id that comes again with another one
   * @param precondition looks at the catalogue in the same turn, before the call does anything; a
   *     call that was carried out already is not held to it again
   */
  public record Terms(
      String requestId,
      String fingerprint,
      Function<Catalog, Optional<Outcome.Refused<?>>> precondition) {
    public static final Terms NONE = new Terms("", "", catalog -> Optional.empty());

    public Terms given(Function<Catalog, Optional<Outcome.Refused<?>>> condition) {
      return new Terms(requestId, fingerprint, condition);
    }
  }

  /** The same, for one call on these terms. */
  public Control on(Terms other) {
    return new Control(loop, other);
  }

  /**
   * @param answer what has to be kept of an outcome so that it can be told again
   * @param again the outcome of a call that was carried out before
   */
  private <T> CompletableFuture<Outcome<T>> submit(
      boolean checkOnly,
      Function<ControlTurn, Outcome<T>> command,
      Function<T, String> answer,
      BiFunction<ControlTurn, String, Outcome<T>> again) {
    return loop.submit(
        checkOnly,
        turn -> {
          boolean once = !checkOnly && !terms.requestId().isEmpty();
          Optional<Handled> before =
              once ? turn.requests().find(terms.requestId()) : Optional.empty();
          if (before.isPresent()) {
            return before.get().fingerprint().equals(terms.fingerprint())
                ? again.apply(turn, before.get().answer())
                : Outcome.invalid(
                    "request_id",
                    terms.requestId() + " was used for another request (expected: a new one)");
          }
          Optional<Outcome.Refused<?>> unmet = terms.precondition().apply(turn.after());
          if (unmet.isPresent()) {
            return unmet.get().as();
          }
          Outcome<T> outcome = command.apply(turn);
          if (once && outcome instanceof Outcome.Done<T> done) {
            turn.carriedOut(
                terms.requestId(), new Handled(terms.fingerprint(), answer.apply(done.value())));
          }
          return outcome;
        });
  }

  private <T> CompletableFuture<Outcome<T>> submit(
      boolean checkOnly,
      Function<ControlTurn, Outcome<T>> command,
      Function<ControlTurn, Outcome<T>> again) {
    return submit(checkOnly, command, value -> "", (turn, answer) -> again.apply(turn));
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

    record Freeze(FreezeWindow window) implements Wanted {
      @Override
      public ResourceName name() {
        return window.name();
      }
    }

    record Notified(Channel channel) implements Wanted {
      @Override
      public ResourceName name() {
        return channel.name();
      }
    }

    /** When it is applied among others: what is named comes before what names it. */
    private int rank() {
      return switch (this) {
        case Notified channel -> 0;
        case Service service -> 1;
        case Policy policy -> 1;
        case Freeze freeze -> 1;
        case Together release -> 1;
        case Rollout rollout -> LAST_RANK;
      };
    }

    int LAST_RANK = 2;

    record Together(Release release) implements Wanted {
      @Override
      public ResourceName name() {
        return release.name();
      }
    }

    record Rollout(RolloutSpec spec) implements Wanted {
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
   * Applies all of them in one transaction, or none: what is named before what names it. A refusal
   * says of each what is in its way.
   */
  public CompletableFuture<Outcome<ImmutableList<Applied>>> apply(
      List<Wanted> wanted, By by, boolean checkOnly) {
    return submit(
        checkOnly,
        turn -> applyAll(turn, wanted, by),
        Control::results,
        (turn, answer) -> Outcome.done(applied(wanted, answer)));
  }

  /**
   * Changes one resource: {@code edit} makes of the catalogue what is wanted, in the turn that
   * applies it, so that nobody comes between.
   */
  public CompletableFuture<Outcome<ResourceName>> put(
      ResourceName name,
      Function<Catalog, Outcome<? extends Wanted>> edit,
      By by,
      boolean checkOnly) {
    return submit(
        checkOnly,
        turn ->
            switch (edit.apply(turn.after())) {
              case Outcome.Refused<? extends Wanted> refused -> refused.as();
              case Outcome.Done<? extends Wanted> wanted ->
                  applyOne(turn, wanted.value(), by).map(changed -> name);
            },
        turn -> Outcome.done(name));
  }

  /** What is kept of a call's answer; the resources themselves are read anew. */
  private record Results(ImmutableList<Result> results) {
    record Result(boolean existed, boolean changed, String note) {}
  }

  private static String results(List<Applied> applied) {
    return RecordJson.write(
        new Results(
            applied.stream()
                .map(one -> new Results.Result(one.existed(), one.changed(), one.note()))
                .collect(ImmutableList.toImmutableList())));
  }

  private static ImmutableList<Applied> applied(List<Wanted> wanted, String answer) {
    ImmutableList<Results.Result> results = RecordJson.read(answer, Results.class).results();
    return Streams.zip(
            wanted.stream(),
            results.stream(),
            (one, result) -> new Applied(one, result.existed(), result.changed(), result.note()))
        .collect(ImmutableList.toImmutableList());
  }

  private Outcome<ImmutableList<Applied>> applyAll(ControlTurn turn, List<Wanted> wanted, By by) {
    Applied[] results = new Applied[wanted.size()];
    ImmutableList.Builder<At> refusals = ImmutableList.builder();
    for (int rank = 0; rank <= Wanted.LAST_RANK; rank++) {
      for (int i = 0; i < results.length; i++) {
        Wanted one = wanted.get(i);
        if (one.rank() != rank) {
          continue;
        }
        boolean existed = exists(turn, one);
        switch (applyOne(turn, one, by)) {
          case Outcome.Done<Boolean> done ->
              results[i] = new Applied(one, existed, done.value(), done.note());
          case Outcome.Refused<Boolean> refused -> refusals.addAll(at(i, refused));
        }
      }
    }
    ImmutableList<At> found =
        ImmutableList.sortedCopyOf(Comparator.comparingInt(At::index), refusals.build());
    return found.isEmpty()
        ? Outcome.done(ImmutableList.copyOf(results))
        : new Outcome.Refused<>(
            found.getFirst().kind(),
            found.stream()
                .map(at -> wanted.get(at.index()).name() + ": " + text(at))
                .collect(Collectors.joining("; ")),
            found);
  }

  private static ImmutableList<At> at(int index, Outcome.Refused<?> refused) {
    return refused.at().isEmpty()
        ? ImmutableList.of(new At(index, refused.kind(), "", refused.reason()))
        : refused.at().stream()
            .map(at -> new At(index, at.kind(), at.path(), at.message()))
            .collect(ImmutableList.toImmutableList());
  }

  private static String text(At at) {
    return at.path().isEmpty() ? at.message() : at.path() + ": " + at.message();
  }

  private static boolean exists(ControlTurn turn, Wanted wanted) {
    return switch (wanted) {
      case Wanted.Service service -> turn.service(service.name()).isPresent();
      case Wanted.Policy policy -> turn.after().policies().containsKey(policy.name());
      case Wanted.Freeze freeze -> turn.after().freezes().byName().containsKey(freeze.name());
      case Wanted.Notified channel -> turn.channel(channel.name()).isPresent();
      case Wanted.Together release -> turn.releases().containsKey(release.name());
      case Wanted.Rollout release -> turn.rollout(release.name()).isPresent();
    };
  }

  /** Whether it changed anything. */
  private Outcome<Boolean> applyOne(ControlTurn turn, Wanted wanted, By by) {
    return switch (wanted) {
      case Wanted.Service(MeshService service) -> {
        Optional<ServiceState> before = turn.service(service.name());
        yield ServiceOperations.apply(turn, service, by)
            .map(after -> before.isEmpty() || !before.get().equals(after));
      }
      case Wanted.Notified(Channel channel) -> ChannelOperations.apply(turn, channel, by);
      case Wanted.Policy(CanaryPolicy policy) -> {
        Optional<Outcome.Refused<Boolean>> nobody = ChannelOperations.missing(turn, policy);
        if (nobody.isPresent()) {
          yield nobody.get();
        }
        boolean same =
            turn.after().policies().containsKey(policy.name())
                && turn.policy(policy.name()).filter(policy::equals).isPresent();
        if (!same) {
          turn.putPolicy(policy);
          record(turn, policy.name(), "Changed", by);
        }
        yield new Outcome.Done<>(!same, same ? "" : runningNote(turn, policy));
      }
      case Wanted.Freeze(FreezeWindow window) -> FreezeOperations.apply(turn, window, by);
      case Wanted.Together(Release release) -> ReleaseOperations.apply(turn, release, by);
      case Wanted.Rollout(RolloutSpec spec) -> {
        Optional<LiveRollout> before = turn.rollout(spec.name());
        yield loop.operations()
            .apply(turn, spec, by)
            .map(live -> before.isEmpty() || !before.get().state().equals(live.state()));
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

  public CompletableFuture<Outcome<ServiceState>> setStable(
      ResourceName service, String version, By by, boolean checkOnly) {
    return submit(
        checkOnly,
        turn -> ServiceOperations.setStable(turn, service, version, by),
        turn -> found(turn.service(service), "service " + service));
  }

  public CompletableFuture<Outcome<ServiceState>> detach(
      ResourceName service, By by, boolean checkOnly) {
    return submit(
        checkOnly,
        turn -> ServiceOperations.detach(turn, service, by),
        turn -> found(turn.service(service), "service " + service));
  }

  public CompletableFuture<Outcome<ResourceName>> deleteService(
      ResourceName name, By by, boolean checkOnly) {
    return submit(
        checkOnly, turn -> ServiceOperations.delete(turn, name, by), turn -> Outcome.done(name));
  }

  public CompletableFuture<Outcome<ResourceName>> deletePolicy(
      ResourceName name, By by, boolean checkOnly) {
    return submit(checkOnly, turn -> deletePolicy(turn, name, by), turn -> Outcome.done(name));
  }

  public CompletableFuture<Outcome<ResourceName>> deleteFreeze(
      ResourceName name, By by, boolean checkOnly) {
    return submit(
        checkOnly, turn -> FreezeOperations.delete(turn, name, by), turn -> Outcome.done(name));
  }

  public CompletableFuture<Outcome<ResourceName>> deleteChannel(
      ResourceName name, By by, boolean checkOnly) {
    return submit(
        checkOnly, turn -> ChannelOperations.delete(turn, name, by), turn -> Outcome.done(name));
  }

  public CompletableFuture<Outcome<ResourceName>> deleteRelease(
      ResourceName name, By by, boolean checkOnly) {
    return submit(
        checkOnly, turn -> ReleaseOperations.delete(turn, name, by), turn -> Outcome.done(name));
  }

  private static Outcome<ResourceName> deletePolicy(ControlTurn turn, ResourceName name, By by) {
    if (!turn.after().policies().containsKey(name)) {
      return name.name().equals(Catalog.BUILT_IN_POLICY)
          ? Outcome.refused(
              Kind.FAILED_PRECONDITION,
              "policy " + name + " is built in; store your own under its name with `apply`")
          : Outcome.refused(Kind.NOT_FOUND, "policy " + name + " does not exist");
    }
    turn.deletePolicy(name);
    record(turn, name, "Deleted", by);
    return Outcome.done(name);
  }

  public CompletableFuture<Outcome<LiveRollout>> start(
      ResourceName rollout, By by, boolean checkOnly) {
    return submit(
        checkOnly,
        turn -> loop.operations().start(turn, rollout, by),
        turn -> found(turn.rollout(rollout), "rollout " + rollout));
  }

  private static <T> Outcome<T> found(Optional<T> value, String what) {
    return value
        .<Outcome<T>>map(Outcome::done)
        .orElseGet(() -> Outcome.refused(Kind.NOT_FOUND, what + " does not exist"));
  }

  /** A verb on a rollout; {@code verb} is given the instant at which it happens. */
  public CompletableFuture<Outcome<LiveRollout>> command(
      ResourceName rollout, boolean checkOnly, Function<Instant, Event.Command> verb) {
    return submit(
        checkOnly,
        turn -> loop.operations().command(turn, rollout, t -> verb.apply(t.now())),
        turn -> found(turn.rollout(rollout), "rollout " + rollout));
  }

  public CompletableFuture<Outcome<ResourceName>> deleteRollout(
      ResourceName name, boolean abort, By by, boolean checkOnly) {
    return submit(
        checkOnly,
        turn -> loop.operations().delete(turn, name, abort, by),
        turn -> Outcome.done(name));
  }
}
