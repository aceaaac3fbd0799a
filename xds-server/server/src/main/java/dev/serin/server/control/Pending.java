package dev.serin.server.control;

import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** A command with the caller that waits for its answer. */
record Pending<T>(
    Function<ControlTurn, Outcome<T>> command,
    boolean checkOnly,
    CompletableFuture<Outcome<T>> answer) {

  /** What a command made of a turn, and what its caller will be told. */
  record Attempt(ControlTurn turn, Answer<?> answer) {}

  /** An answer that is given once its turn is durable. */
  record Answer<T>(CompletableFuture<Outcome<T>> to, Outcome<T> outcome) {
    void give() {
      to.complete(outcome);
    }

    void refuse(String reason) {
      to.complete(Outcome.refused(Outcome.Kind.UNAVAILABLE, reason));
    }

    void fail(RuntimeException bug) {
      to.completeExceptionally(bug);
    }
  }

  /** Runs the command on a copy of the turn, which is adopted whole or not at all. */
  Attempt attempt(ControlTurn turn) {
    ControlTurn trial = turn.copy();
    Outcome<T> outcome = command.apply(trial);
    boolean adopt = !checkOnly && outcome instanceof Outcome.Done;
    return new Attempt(adopt ? trial : turn, new Answer<>(answer, outcome));
  }

  void refuse(String reason) {
    answer.complete(Outcome.refused(Outcome.Kind.UNAVAILABLE, reason));
  }

  void fail(RuntimeException bug) {
    answer.completeExceptionally(bug);
  }
}
