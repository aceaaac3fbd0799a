package dev.serin.rollout;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.judge.Window;
import dev.serin.policy.Hook;
import java.time.Instant;
import java.util.Optional;

/** Something that happened. Every event brings its instant: the machine has no clock. */
public sealed interface Event {

  /** When it happened. Never before the event applied last. */
  Instant at();

  /** What kind of event it is, for the table of transitions. */
  default Kind kind() {
    return switch (this) {
      case Started e -> Kind.START;
      case Pause e -> Kind.PAUSE;
      case Resume e -> Kind.RESUME;
      case Promote e -> Kind.PROMOTE;
      case SetWeight e -> Kind.SET_WEIGHT;
      case Abort e -> Kind.ABORT;
      case Rollback e -> Kind.ROLLBACK;
      case Retry e -> Kind.RETRY;
      case Supersede e -> Kind.SUPERSEDE;
      case Approve e -> Kind.APPROVE;
      case Reject e -> Kind.REJECT;
      case Skip e -> Kind.SKIP;
      case Urgent e -> Kind.URGENT;
      case BlocksReported e -> Kind.BLOCKS;
      case HookAnswered e -> Kind.HOOK;
      case ConvergenceReported e -> Kind.CONVERGENCE;
      case Nacked e -> Kind.NACK;
      case Observed e -> Kind.WINDOW;
      case CapacityReported e -> Kind.CAPACITY;
      case Tick e -> Kind.TICK;
    };
  }

  /** The kinds of events. */
  enum Kind {
    START,
    PAUSE,
    RESUME,
    PROMOTE,
    SET_WEIGHT,
    ABORT,
    ROLLBACK,
    RETRY,
    SUPERSEDE,
    APPROVE,
    REJECT,
    SKIP,
    URGENT,
    BLOCKS,
    HOOK,
    CONVERGENCE,
    NACK,
    WINDOW,
    CAPACITY,
    TICK
  }

  /** Something that a person, or a caller of the API, asked for. */
  sealed interface Command extends Event {
    By by();
  }

  /** Begin. What is known of the endpoints is reported before. */
  record Started(Instant at, By by, Opening opening) implements Command {}

  record Pause(Instant at, By by) implements Command {}

  /** Undoes a pause; after set-weight, goes on at the first step above the weight. */
  record Resume(Instant at, By by) implements Command {}

  /**
   * Leave the present step or wait for the next step.
   *
   * @param full leave all of them, up to promotion
   * @param force although harm was shown, or the canary has no endpoint; the evidence then starts
   *     afresh, the guards stay
   */
  record Promote(Instant at, By by, boolean full, boolean force) implements Command {}

  /** Put the canary's weight there at once, and stay there, paused. */
  record SetWeight(Instant at, By by, int weightPpm) implements Command {}

  /**
   * Zero now.
   *
   * @param force also after a step without return
   */
  record Abort(Instant at, By by, boolean force) implements Command {}

  /** Back by the policy's way, also after success while the rollout is kept warm. */
  record Rollback(Instant at, By by) implements Command {}

  /**
   * Holding: publish the step again and wait for the fleet again. Rolled back: start again at the
   * first step, with a fresh judge and the opening of the first start; the caller has made sure
   * that the version it came from is still stable.
   */
  record Retry(Instant at, By by) implements Command {}

  /**
   * Make room for another rollout of the same service.
   *
   * @param rollout its name
   */
  record Supersede(Instant at, By by, String rollout) implements Command {}

  /**
   * Agree to the step that waits for it.
   *
   * @param roles of the caller; empty where the server knows nobody's
   */
  record Approve(Instant at, By by, Optional<ImmutableSortedSet<String>> roles)
      implements Command {}

  /** The contrary of {@link Approve}: what follows is the policy's. */
  record Reject(Instant at, By by, Optional<ImmutableSortedSet<String>> roles) implements Command {}

  /**
   * Go to a step without those between, up or down.
   *
   * @param step from 1
   */
  record Skip(Instant at, By by, int step) implements Command {}

  /** Skip bakes, and whatever of the calendar allows it; never the guards. */
  record Urgent(Instant at, By by) implements Command {}

  /**
   * All that speaks from outside against growth, whenever it changes.
   *
   * @param blocks in the order of their sources, one each at most
   */
  record BlocksReported(Instant at, ImmutableList<Block> blocks) implements Event {}

  /**
   * A hook's answer to one question.
   *
   * @param hook its place among the policy's hooks
   * @param words its reason, or what went wrong
   */
  record HookAnswered(
      Instant at,
      int hook,
      Hook.Event event,
      int step,
      int attempt,
      HookCall.Result result,
      String words)
      implements Event {}

  /**
   * How far the fleet has come, per mesh cluster. Mesh clusters that are not there have no proxies.
   *
   * @param generation of the split; a report about another one is ignored
   */
  record ConvergenceReported(
      Instant at, long generation, ImmutableSortedMap<String, ClusterConvergence> clusters)
      implements Event {}

  /** A proxy's words about a split that it refused; the counts decide, the words explain. */
  record Nacked(Instant at, long generation, String node, String cluster, String words)
      implements Event {}

  /** A window of evidence, closed at {@code at}. One of another split generation is ignored. */
  record Observed(Instant at, Window window) implements Event {}

  /** The endpoints, whenever their number changes, and once before the start. */
  record CapacityReported(Instant at, Endpoints endpoints) implements Event {}

  /** Time passes. */
  record Tick(Instant at) implements Event {}
}
