package dev.serin.server.control;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Streams;
import dev.serin.mesh.ServiceState;
import dev.serin.policy.ResourceName;
import dev.serin.rollout.By;
import dev.serin.rollout.Event;
import dev.serin.server.control.Outcome.Kind;
import dev.serin.server.control.Requests.Handled;
import dev.serin.text.RecordJson;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Function;

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
        turn -> applying().all(turn, wanted, by),
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
                  applying().one(turn, wanted.value(), by).map(changed -> name);
            },
        turn -> Outcome.done(name));
  }

  private Applying applying() {
    return new Applying(loop.operations());
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
    return submit(
        checkOnly, turn -> PolicyOperations.delete(turn, name, by), turn -> Outcome.done(name));
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
