package dev.serin.rollout;

import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.Hook;
import java.util.Optional;

/** The questions to hooks, and what their answers lead to. */
final class Hooks {

  private Hooks() {}

  /** Asks what has not been asked at this gate, and again what said wait and is due. */
  static void ask(Turn turn, int step) {
    for (Gateway.Question question : turn.gateway().questions(step)) {
      Optional<HookCall> before = turn.passage.call(question.hook(), question.event());
      if (before.isEmpty() || before.get().isDue(turn.at) || before.get().hasFailed()) {
        int attempt = before.map(call -> call.attempt() + 1).orElse(1);
        put(turn, question.hook(), question.event(), step, attempt);
      }
    }
  }

  /** Tells those who want to know that a rollback is complete; nobody waits for their answer. */
  static void tellRolledBack(Turn turn) {
    CanaryPolicy policy = turn.before.policy();
    turn.passage = turn.passage.atGate(Optional.empty());
    for (int i = 0; i < policy.proceedings().hooks().size(); i++) {
      if (policy.proceedings().hooks().get(i).events().contains(Hook.Event.AFTER_ROLLBACK)) {
        put(turn, i, Hook.Event.AFTER_ROLLBACK, Math.max(1, turn.step), 1);
      }
    }
  }

  private static void put(Turn turn, int hook, Hook.Event event, int step, int attempt) {
    HookCall call = HookCall.asked(hook, event, step, attempt, turn.at);
    turn.passage = turn.passage.with(call);
    turn.add(new Effect.AskHook(call));
  }

  /** An answer; one that nobody waits for any more changes nothing. */
  static void answered(Turn turn, Event.HookAnswered answer) {
    Optional<HookCall> open =
        turn.passage
            .call(answer.hook(), answer.event())
            .filter(c -> c.status() == HookCall.Status.ASKED)
            .filter(c -> c.step() == answer.step() && c.attempt() == answer.attempt());
    if (open.isEmpty()) {
      return;
    }
    HookCall.Status status =
        switch (answer.result()) {
          case PASS -> HookCall.Status.PASSED;
          case WAIT -> HookCall.Status.WAIT;
          case FAIL, NONE -> HookCall.Status.FAILED;
        };
    turn.passage = turn.passage.with(open.get().answered(status, turn.at, answer.words()));
    boolean gates = answer.event() != Hook.Event.AFTER_ROLLBACK;
    if (gates && status == HookCall.Status.FAILED && turn.stage instanceof Stage.Waiting) {
      Falls.follow(
          turn, turn.before.policy().onFailure().hook(), HoldCause.HOOK, refusal(turn, answer));
    }
  }

  private static String refusal(Turn turn, Event.HookAnswered answer) {
    String who = Reasons.hookName(turn.before.policy(), answer.hook(), answer.event());
    String what = answer.result() == HookCall.Result.NONE ? "did not answer" : "said no";
    String words = answer.words().isEmpty() ? "" : " (" + answer.words() + ")";
    return "Before %s %s %s%s"
        .formatted(Reasons.stepName(turn.ramp(), answer.step()), who, what, words);
  }

  /** When a hook is to be asked again; empty while something else stands before the step, too. */
  static Optional<java.time.Instant> againAt(RolloutState state) {
    return state.stage() instanceof Stage.Waiting(int step)
            && Gateway.onlyHooks(state.gateway().obstacles(step))
        ? state.passage().hooks().stream()
            .filter(call -> call.status() == HookCall.Status.WAIT)
            .map(HookCall::againAt)
            .min(java.util.Comparator.naturalOrder())
        : Optional.empty();
  }
}
