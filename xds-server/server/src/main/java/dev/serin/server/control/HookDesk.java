package dev.serin.server.control;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.serin.policy.Hook;
import dev.serin.policy.ResourceName;
import dev.serin.rollout.Event;
import dev.serin.rollout.HookCall;
import dev.serin.rollout.RolloutState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * The questions to hooks. They follow from what is stored, so that one whose answer a crash has
 * lost is asked again, under the same id. Answers are kept until a turn with them was stored. Owned
 * by the loop's thread, but for the queue of answers.
 */
final class HookDesk {

  /** A question of a rollout. */
  private record Open(ResourceName rollout, long generation, HookCall call) {
    String id() {
      return "%s/%d/%d/%s/%d/%d"
          .formatted(
              rollout, generation, call.step(), call.event().word(), call.hook(), call.attempt());
    }
  }

  /** An answer that no stored turn has taken in. */
  record Answered(ResourceName rollout, HookCall call, HookClient.Answer answer) {
    Event.HookAnswered at(Instant now) {
      return new Event.HookAnswered(
          now,
          call.hook(),
          call.event(),
          call.step(),
          call.attempt(),
          answer.result(),
          answer.words());
    }
  }

  private final HookClient client;
  private final Runnable wake;
  private final Set<Open> underWay = new HashSet<>();
  private final ConcurrentLinkedQueue<Answered> answers = new ConcurrentLinkedQueue<>();

  /**
   * A desk without questions.
   *
   * @param wake called on any thread when an answer has come
   */
  HookDesk(HookClient client, Runnable wake) {
    this.client = client;
    this.wake = wake;
  }

  /** Asks what a rollout, as it is stored now, has to ask and is not asking already. */
  void follow(RolloutState state) {
    ResourceName name = state.spec().name();
    long generation = state.split().generation();
    for (HookCall call : state.openQuestions()) {
      Open open = new Open(name, generation, call);
      if (underWay.add(open)) {
        Hook hook = state.policy().proceedings().hooks().get(call.hook());
        HookClient.Question question = new HookClient.Question(open.id(), body(open, state));
        var ignored =
            client
                .ask(hook, question)
                .thenAccept(answer -> {
                  answers.add(new Answered(name, call, answer));
                  wake.run();
                });
      }
    }
    underWay.removeIf(
        open -> open.rollout().equals(name) && !state.openQuestions().contains(open.call()));
  }

  void forget(ResourceName rollout) {
    underWay.removeIf(open -> open.rollout().equals(rollout));
  }

  /** What has been answered and not been taken in. */
  List<Answered> answered() {
    return new ArrayList<>(answers);
  }

  /** A turn with these was stored. */
  void taken(List<Answered> stored) {
    answers.removeAll(stored);
  }

  private static String body(Open open, RolloutState state) {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    body.put("id", open.id());
    body.put("event", open.call().event().word());
    body.put(
        "rollout",
        "tenants/%s/rollouts/%s".formatted(open.rollout().tenant(), open.rollout().name()));
    body.put("service", state.spec().service().name());
    body.put("version", state.spec().to());
    body.put("stable", state.from());
    ObjectNode step = body.putObject("step");
    step.put("index", open.call().step());
    step.put("name", state.stepName(open.call().step()));
    body.put("weightPpm", state.split().weightPpm());
    body.put("phase", state.phase().name());
    body.put("verdict", state.verdict().state().name());
    body.put("attempt", open.call().attempt());
    return body.toString();
  }
}
