package dev.serin.rollout;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.serin.judge.Judge;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One decision in the making: a state taken apart, changed, and put together again. It lives within
 * one call of {@link Rollout#next} and makes at most one move.
 */
final class Turn {

  /** Zero that has not arrived speaks up again this often. */
  private static final Duration UNREACHED_AGAIN = Duration.ofMinutes(10);

  private static final int REMEMBERED_REQUESTS = 16;

  final RolloutState before;
  final Event event;
  final Instant at;

  Stage stage;
  Optional<Hold> hold;
  Optional<Pause> pause;
  int step;
  boolean manual;
  Split split;
  Split previous;
  Optional<Opening> opening;
  ImmutableSortedMap<String, ClusterConvergence> clusters;
  Optional<Rejection> rejection;
  Endpoints endpoints;
  Evidence evidence;
  Budget deadline;
  Passage passage;
  boolean lowPower;
  Decided decided;
  ImmutableList<String> handled;

  private Optional<Move> move = Optional.empty();
  private Optional<Refusal> refusal = Optional.empty();
  private final ImmutableList.Builder<Effect> effects = ImmutableList.builder();
  private final List<Effect.Notice> notices = new ArrayList<>();

  Turn(RolloutState state, Event event) {
    this.before = state;
    this.event = event;
    this.at = event.at();
    this.stage = state.stage();
    this.hold = state.hold();
    this.pause = state.pause();
    this.step = state.step();
    this.manual = state.manual();
    this.split = state.split();
    this.previous = state.previous();
    this.opening = state.opening();
    this.clusters = state.clusters();
    this.rejection = state.rejection();
    this.endpoints = state.endpoints();
    this.evidence = state.evidence();
    this.deadline = state.deadline();
    this.passage = state.passage();
    this.lowPower = state.lowPower();
    this.decided = state.decided();
    this.handled = state.handled();
  }

  Ramp ramp() {
    return Ramp.of(before.spec(), before.policy(), opening, passage);
  }

  Gateway gateway() {
    return new Gateway(before.policy(), ramp(), passage, endpoints);
  }

  /** Names the one move of this turn, and what led to it. */
  void move(Move next, String actor, String what) {
    if (move.isPresent()) {
      throw new IllegalStateException(
          before.spec().name() + ": " + next + " after " + move.get() + " (expected: one move)");
    }
    move = Optional.of(next);
    decided = new Decided(at, actor, what);
  }

  boolean hasMoved() {
    return move.isPresent();
  }

  void refuse(String reason) {
    String verb = event.kind().name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    refusal = Optional.of(new Refusal(verb, reason));
  }

  /** Besides what the move itself tells people. */
  void announce(Effect.Notice notice) {
    notices.add(notice);
  }

  void add(Effect effect) {
    effects.add(effect);
  }

  /** Puts a split in force. Urgent when nobody gets more of the canary by it. */
  void publish(Split next) {
    boolean lowers = !next.exceeds(split) && split.exceeds(next);
    previous = split;
    split = next;
    clusters = ImmutableSortedMap.of();
    evidence = evidence.forNewSplit();
    effects.add(new Effect.Publish(before.planOf(next), lowers));
  }

  /** A judge that has seen nothing, with a whole error budget. */
  void judgeAfresh() {
    Optional<Judge> judge =
        opening
            .filter(o -> before.policy().analysis().enabled())
            .map(o -> Judge.start(before.policy().analysis(), o.baseline(), o.clusterWeights()));
    evidence = evidence.judgedBy(judge);
  }

  /** Holds and pauses do not count as bake. */
  void bakeStoodStillSince(Instant from) {
    if (stage instanceof Stage.Baking(Instant since)) {
      Instant begin = since.isAfter(from) ? since : from;
      stage = new Stage.Baking(since.plus(Budget.elapsed(begin, at)));
    }
  }

  void remember(String requestId) {
    if (!requestId.isEmpty()) {
      int drop = Math.max(0, handled.size() + 1 - REMEMBERED_REQUESTS);
      handled =
          ImmutableList.<String>builder()
              .addAll(handled.subList(drop, handled.size()))
              .add(requestId)
              .build();
    }
  }

  Decision decide() {
    if (refusal.isPresent()) {
      return Decision.refused(before, refusal.get());
    }
    RolloutState after = assemble();
    Optional<Transitions.Row> row =
        Transitions.take(before.phase(), event.kind(), after.phase(), move);
    move.flatMap(Move::notice).ifPresent(notices::add);
    notices.forEach(notice -> effects.add(new Effect.Announce(notice, after.reason())));
    return new Decision(after, effects.build(), Optional.empty(), row);
  }

  private RolloutState assemble() {
    RolloutState draft = with(before.deadline(), before.since(), before.remindAt(), "");
    boolean changed =
        draft.phase() != before.phase()
            || draft.step() != before.step()
            || !draft.hold().map(Hold::cause).equals(before.hold().map(Hold::cause))
            || draft.stage().getClass() != before.stage().getClass();
    Instant since = changed ? at : before.since();
    Budget budget = runsDeadline(draft) ? deadline.run(at) : deadline.stop(at);
    Optional<Instant> remindAt = reminder(draft, changed);
    RolloutState whole = with(budget, since, remindAt, "");
    return with(budget, since, remindAt, Reasons.of(whole));
  }

  private RolloutState with(
      Budget budget, Instant since, Optional<Instant> remindAt, String reason) {
    return new RolloutState(
        before.spec(),
        before.policy(),
        before.from(),
        before.salt(),
        stage,
        hold,
        pause,
        step,
        manual,
        split,
        previous,
        opening,
        clusters,
        rejection,
        endpoints,
        evidence,
        budget,
        passage,
        lowPower,
        decided,
        handled,
        since,
        remindAt,
        reason);
  }

  private static boolean runsDeadline(RolloutState state) {
    return switch (state.phase()) {
      case PROGRESSING -> true;
      case HOLDING -> state.hold().filter(h -> h.cause().countsDeadline()).isPresent();
      case PENDING, WAITING, PAUSED, PROMOTING, SUCCEEDED, ROLLING_BACK, ROLLED_BACK, SUPERSEDED ->
          false;
    };
  }

  /** States that no deadline bounds speak up after a while, and again. */
  private Optional<Instant> reminder(RolloutState state, boolean changed) {
    Duration after =
        switch (state.phase()) {
          case PENDING, WAITING, PAUSED -> before.policy().deadline().after();
          case HOLDING -> runsDeadline(state) ? Duration.ZERO : before.policy().deadline().after();
          case ROLLING_BACK -> changed ? before.policy().convergence().timeout() : UNREACHED_AGAIN;
          case PROGRESSING, PROMOTING, SUCCEEDED, ROLLED_BACK, SUPERSEDED -> Duration.ZERO;
        };
    if (after.isZero()) {
      return Optional.empty();
    }
    boolean spoken =
        move.equals(Optional.of(Move.REMIND)) || move.equals(Optional.of(Move.REMIND_UNREACHED));
    boolean renew = changed || spoken || before.remindAt().isEmpty();
    return renew ? Optional.of(at.plus(after)) : before.remindAt();
  }
}
