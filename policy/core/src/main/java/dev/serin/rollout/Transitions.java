package dev.serin.rollout;

import static dev.serin.rollout.Event.Kind.*;
import static dev.serin.rollout.Phase.*;

import com.google.common.collect.ImmutableSet;
import dev.serin.rollout.Event.Kind;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;

/** All that can happen to a rollout, as rows. The machine takes no other way. */
public final class Transitions {

  /** One way from phase to phase. */
  public record Row(Phase from, Kind event, Phase to, Move move) {}

  /** Every way there is, in the order of the diagram. */
  public static final ImmutableSet<Row> ROWS = declare();

  private Transitions() {}

  /** Finds the row of a transition; none when the phase stayed and nothing was decided. */
  static Optional<Row> take(Phase from, Kind event, Phase to, Optional<Move> move) {
    if (move.isEmpty() && from == to) {
      return Optional.empty();
    }
    Optional<Row> row = move.map(m -> new Row(from, event, to, m)).filter(ROWS::contains);
    if (row.isEmpty()) {
      throw new IllegalStateException(
          "%s -> %s on %s by %s (expected: a declared row)"
              .formatted(from, to, event, move.map(Move::name).orElse("no move")));
    }
    return row;
  }

  private static ImmutableSet<Row> declare() {
    Rows rows = new Rows();
    up(rows);
    stops(rows);
    gates(rows);
    recoveries(rows);
    down(rows);
    people(rows);
    return ImmutableSet.copyOf(rows.all);
  }

  private static void up(Rows rows) {
    rows.add(PENDING, START, PROGRESSING, Move.BEGIN);
    rows.add(ROLLED_BACK, RETRY, PROGRESSING, Move.BEGIN_AGAIN);
    rows.add(PENDING, START, WAITING, Move.WAIT);
    rows.add(ROLLED_BACK, RETRY, WAITING, Move.WAIT);
    rows.add(PAUSED, RESUME, WAITING, Move.WAIT);
    rows.add(HOLDING, WINDOW, WAITING, Move.WAIT);
    for (Kind kind : List.of(WINDOW, TICK)) {
      rows.add(PROGRESSING, kind, WAITING, Move.WAIT);
      rows.add(PROGRESSING, kind, PROGRESSING, Move.ADVANCE);
      rows.add(PROGRESSING, kind, PROMOTING, Move.ADVANCE);
    }
    rows.add(WAITING, TICK, PROGRESSING, Move.ENTER);
    rows.add(WAITING, TICK, PROMOTING, Move.ENTER);
    rows.add(WAITING, TICK, WAITING, Move.WAIT);
    for (Phase next : List.of(PROGRESSING, PROMOTING)) {
      rows.add(HOLDING, WINDOW, next, Move.ADVANCE);
      rows.add(PROGRESSING, WINDOW, next, Move.ADVANCE_LOW_POWER);
      rows.add(PROGRESSING, WINDOW, next, Move.ADVANCE_INCONCLUSIVE);
    }
    for (Phase phase : List.of(PROGRESSING, PAUSED, HOLDING)) {
      rows.add(phase, CONVERGENCE, phase, Move.CONVERGED);
    }
    rows.add(PROMOTING, CONVERGENCE, SUCCEEDED, Move.SUCCEED);
    rows.add(PROMOTING, TICK, SUCCEEDED, Move.SUCCEED);
    rows.add(HOLDING, CONVERGENCE, SUCCEEDED, Move.SUCCEED);
    rows.add(SUCCEEDED, TICK, SUCCEEDED, Move.COOL);
  }

  private static void stops(Rows rows) {
    rows.add(PROGRESSING, WINDOW, HOLDING, Move.HELD_INCONCLUSIVE);
    for (Phase phase : List.of(PROGRESSING, PROMOTING)) {
      rows.add(phase, TICK, HOLDING, Move.HELD_NOT_CONVERGED);
    }
    rows.add(PROGRESSING, WINDOW, HOLDING, Move.HELD_NOT_CONVERGED);
    for (Phase phase : List.of(WAITING, PROGRESSING, PROMOTING, HOLDING)) {
      rows.add(phase, CONVERGENCE, HOLDING, Move.HELD_CUT_OFF);
      rows.add(phase, CONVERGENCE, HOLDING, Move.HELD_NACKED);
    }
    for (Phase phase : List.of(PROGRESSING, WAITING, HOLDING)) {
      rows.add(phase, WINDOW, HOLDING, Move.HELD_SILENT);
      rows.add(phase, WINDOW, HOLDING, Move.HELD_BOTH_ARMS);
      rows.add(phase, TICK, HOLDING, Move.HELD_METRICS_LOST);
    }
    for (Phase phase : List.of(PROGRESSING, WAITING, HOLDING, PROMOTING)) {
      rows.add(phase, WINDOW, HOLDING, Move.HELD_HARM);
      rows.add(phase, CAPACITY, HOLDING, Move.HELD_ENDPOINTS);
    }
    rows.add(PAUSED, WINDOW, PAUSED, Move.HELD_HARM);
    rows.add(PAUSED, CAPACITY, PAUSED, Move.HELD_ENDPOINTS);
    rows.add(PAUSED, CONVERGENCE, PAUSED, Move.HELD_NACKED);
    rows.add(SUCCEEDED, WINDOW, SUCCEEDED, Move.HELD_HARM);
    rows.add(PROGRESSING, TICK, HOLDING, Move.HELD_DEADLINE);
    rows.add(HOLDING, TICK, HOLDING, Move.HELD_DEADLINE);
    for (Phase phase : List.of(PENDING, WAITING, HOLDING, PAUSED)) {
      rows.add(phase, TICK, phase, Move.REMIND);
    }
  }

  private static void gates(Rows rows) {
    rows.add(WAITING, APPROVE, WAITING, Move.APPROVED);
    rows.add(HOLDING, APPROVE, WAITING, Move.APPROVED);
    rows.add(HOLDING, APPROVE, HOLDING, Move.APPROVED);
    rows.add(PAUSED, APPROVE, PAUSED, Move.APPROVED);
    rows.add(WAITING, TICK, HOLDING, Move.HELD_APPROVAL);
    rows.add(WAITING, HOOK, HOLDING, Move.HELD_HOOK);
    rows.add(HOLDING, HOOK, HOLDING, Move.HELD_HOOK);
    rows.add(PAUSED, HOOK, PAUSED, Move.HELD_HOOK);
    rows.add(HOLDING, RETRY, WAITING, Move.ASK_AGAIN);
    rows.add(HOLDING, RETRY, WAITING, Move.WAIT);
    for (Phase phase : List.of(WAITING, HOLDING)) {
      rows.add(phase, REJECT, HOLDING, Move.HELD_REJECTED);
    }
    rows.add(PAUSED, REJECT, PAUSED, Move.HELD_REJECTED);
    for (Phase phase : List.of(WAITING, HOLDING, PAUSED)) {
      for (Kind kind : List.of(REJECT, HOOK)) {
        rows.add(phase, kind, ROLLING_BACK, Move.ROLL_BACK);
      }
      rows.add(phase, REJECT, ROLLED_BACK, Move.NOTHING_OUT);
    }
    rows.add(WAITING, HOOK, ROLLED_BACK, Move.NOTHING_OUT);
    rows.add(PAUSED, HOOK, ROLLED_BACK, Move.NOTHING_OUT);
  }

  private static void recoveries(Rows rows) {
    for (Phase to : List.of(WAITING, PROGRESSING, PROMOTING)) {
      rows.add(HOLDING, CONVERGENCE, to, Move.RECOVER);
    }
    for (Phase to : List.of(PROGRESSING, WAITING)) {
      rows.add(HOLDING, WINDOW, to, Move.RECOVER);
    }
    for (Phase to : List.of(PROGRESSING, WAITING, PROMOTING)) {
      rows.add(HOLDING, CAPACITY, to, Move.RECOVER);
    }
    rows.add(PAUSED, CAPACITY, PAUSED, Move.RECOVER);
  }

  private static void down(Rows rows) {
    for (Phase phase : List.of(WAITING, PROGRESSING, HOLDING, PAUSED, PROMOTING, SUCCEEDED)) {
      rows.add(phase, WINDOW, ROLLING_BACK, Move.ROLL_BACK);
      rows.add(phase, CAPACITY, ROLLING_BACK, Move.ROLL_BACK);
      rows.add(phase, ABORT, ROLLING_BACK, Move.ROLL_BACK);
      rows.add(phase, ROLLBACK, ROLLING_BACK, Move.ROLL_BACK);
    }
    for (Phase phase : List.of(WAITING, PROGRESSING, HOLDING, PAUSED, PROMOTING)) {
      rows.add(phase, CONVERGENCE, ROLLING_BACK, Move.ROLL_BACK);
    }
    for (Phase phase : List.of(WAITING, PROGRESSING, HOLDING, PAUSED, PROMOTING, SUCCEEDED)) {
      rows.add(phase, TICK, ROLLING_BACK, Move.ROLL_BACK);
    }
    for (Phase phase : List.of(WAITING, HOLDING)) {
      rows.add(phase, TICK, ROLLED_BACK, Move.NOTHING_OUT);
    }
    rows.add(ROLLING_BACK, TICK, ROLLING_BACK, Move.LOWER);
    rows.add(ROLLING_BACK, ABORT, ROLLING_BACK, Move.ROLL_BACK);
    for (Phase phase : List.of(PENDING, WAITING, HOLDING, PAUSED)) {
      rows.add(phase, ABORT, ROLLED_BACK, Move.NOTHING_OUT);
      rows.add(phase, ROLLBACK, ROLLED_BACK, Move.NOTHING_OUT);
    }
    rows.add(ROLLING_BACK, CONVERGENCE, ROLLED_BACK, Move.ZERO_EVERYWHERE);
    rows.add(ROLLING_BACK, TICK, ROLLING_BACK, Move.REMIND_UNREACHED);
  }

  private static void people(Rows rows) {
    for (Phase phase : List.of(WAITING, PROGRESSING, HOLDING, PROMOTING)) {
      rows.add(phase, PAUSE, PAUSED, Move.STOP);
      rows.add(PAUSED, RESUME, phase, Move.CONTINUE);
      rows.add(phase, SET_WEIGHT, PAUSED, Move.SET_WEIGHT);
    }
    rows.add(PAUSED, SET_WEIGHT, PAUSED, Move.SET_WEIGHT);
    for (Phase phase : List.of(WAITING, PROGRESSING, HOLDING, PAUSED)) {
      rows.add(phase, SKIP, PROGRESSING, Move.SKIP);
      rows.add(phase, SKIP, WAITING, Move.WAIT);
      rows.add(phase, PROMOTE, WAITING, Move.WAIT);
      rows.add(phase, URGENT, phase, Move.HURRY);
    }
    rows.add(PROMOTING, URGENT, PROMOTING, Move.HURRY);
    rows.add(PAUSED, RESUME, PROGRESSING, Move.STEP_ABOVE);
    for (Phase to : List.of(PROGRESSING, PROMOTING)) {
      rows.add(HOLDING, RETRY, to, Move.STEP_AGAIN);
      for (Phase from : List.of(WAITING, PROGRESSING, HOLDING, PAUSED)) {
        rows.add(from, PROMOTE, to, Move.NEXT_STEP);
      }
    }
    for (Phase from : List.of(HOLDING, PAUSED)) {
      rows.add(from, PROMOTE, SUCCEEDED, Move.SUCCEED);
    }
    for (Phase phase :
        List.of(PENDING, WAITING, PROGRESSING, HOLDING, PAUSED, PROMOTING, ROLLING_BACK)) {
      rows.add(phase, SUPERSEDE, SUPERSEDED, Move.MAKE_ROOM);
    }
    rows.add(SUCCEEDED, SUPERSEDE, SUCCEEDED, Move.COOL);
  }

  /** Rows on their way into the table; the same one twice is a slip. */
  private static final class Rows {
    private final LinkedHashSet<Row> all = new LinkedHashSet<>();

    void add(Phase from, Kind event, Phase to, Move move) {
      Row row = new Row(from, event, to, move);
      if (!all.add(row)) {
        throw new IllegalStateException(row + " is declared twice (expected: once)");
      }
    }
  }
}
