package dev.serin.rollout;

import com.google.common.collect.ImmutableList;
import dev.serin.policy.Approval;
import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.Hook;
import dev.serin.policy.Ppm;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The way into a step: what others have to say before it is entered. The promotion is the gateway
 * after the last step.
 */
record Gateway(CanaryPolicy policy, Ramp ramp, Passage passage, Endpoints endpoints) {

  private static final String WITHOUT = "`promote --force` goes on without it";

  /** A hook that has to pass, by its place in the policy and its occasion. */
  record Question(int hook, Hook.Event event) {}

  /** What keeps {@code step} from being entered now, hooks last; empty is nothing. */
  ImmutableList<Obstacle> obstacles(int step) {
    List<Obstacle> found = new ArrayList<>();
    for (Block block : passage.blocks()) {
      found.add(blocked(block, step));
    }
    if (isBeyondReach(step)) {
      found.add(
          new Obstacle(
              Obstacle.Kind.LIMIT,
              "it goes no further than " + Ppm.percent(ramp.capPpm()) + " (upTo)",
              "`promote` goes beyond"));
    }
    pendingApproval(step).ifPresent(approval -> found.add(unapproved(step, approval)));
    if (step <= ramp.last() && !ramp.hasEndpointsFor(step, endpoints)) {
      found.add(lacksEndpoints(step));
    }
    for (Question question : questions(step)) {
      unanswered(question).ifPresent(found::add);
    }
    return ImmutableList.copyOf(found);
  }

  /** Whether only hooks are left to be asked, or to answer. */
  static boolean onlyHooks(List<Obstacle> obstacles) {
    return obstacles.stream().allMatch(o -> o.kind() == Obstacle.Kind.HOOK);
  }

  /** The approval that the step still needs. */
  Optional<Approval> pendingApproval(int step) {
    return step > ramp.last()
        ? Optional.empty()
        : ramp.step(step)
            .threshold()
            .approval()
            .filter(approval -> passage.agreed(step) < approval.minimum());
  }

  /** Where a rollout goes on whose weight was set by hand when it stood at {@code step}. */
  int stepAbove(int step, int weightPpm) {
    int above = ramp.firstAbove(weightPpm);
    return firstUnapproved(step + 1, above).orElse(above);
  }

  /** The first of the steps {@code from..step} that still needs an approval. */
  Optional<Integer> firstUnapproved(int from, int step) {
    for (int i = from; i <= step; i++) {
      if (pendingApproval(i).isPresent()) {
        return Optional.of(i);
      }
    }
    return Optional.empty();
  }

  /** The hooks that are asked before {@code step}. */
  ImmutableList<Question> questions(int step) {
    ImmutableList.Builder<Question> questions = ImmutableList.builder();
    for (int i = 0; i < policy.proceedings().hooks().size(); i++) {
      Hook hook = policy.proceedings().hooks().get(i);
      for (Hook.Event event : hook.events()) {
        boolean asked =
            switch (event) {
              case AFTER_STEP -> step > ramp.first();
              case BEFORE_STEP -> step <= ramp.last();
              case BEFORE_PROMOTE -> step > ramp.last();
              case AFTER_ROLLBACK -> false;
            };
        if (asked) {
          questions.add(new Question(i, event));
        }
      }
    }
    return questions.build();
  }

  private boolean isBeyondReach(int step) {
    return ramp.isCapped()
        && !passage.uncapped()
        && step > 1
        && ramp.splitAt(Math.min(step - 1, ramp.last()), 0).weightPpm() >= ramp.capPpm()
        && (step > ramp.last() || ramp.raisesWeight(step));
  }

  private Obstacle blocked(Block block, int step) {
    String when =
        block.until().map(at -> ", until " + Reasons.instant(at)).orElse(", nobody knows how long");
    return switch (block.source()) {
      case CALENDAR ->
          new Obstacle(
              Obstacle.Kind.CALENDAR,
              block.detail() + when,
              Reasons.stepName(ramp, step)
                  + " follows then, `urgent` hurries it where that is allowed");
      case DEPENDENCY ->
          new Obstacle(
              Obstacle.Kind.DEPENDENCY,
              block.detail(),
              "it goes on when that is promoted, `promote --force` does so now");
      case RELEASE ->
          new Obstacle(
              Obstacle.Kind.RELEASE,
              block.detail(),
              "the members of the release go on together, `promote --force` goes alone");
      case WAVE ->
          new Obstacle(
              Obstacle.Kind.WAVE,
              block.detail(),
              "it goes on when they have come so far, `promote --force` does so now");
    };
  }

  private Obstacle unapproved(int step, Approval approval) {
    String who = approval.by().isEmpty() ? "anybody" : String.join(" or ", approval.by());
    return new Obstacle(
        Obstacle.Kind.APPROVAL,
        "%s waits for approval by %s (%d of %d)"
            .formatted(Reasons.stepName(ramp, step), who, passage.agreed(step), approval.minimum()),
        "`approve` or `reject` it"
            + passage
                .approvalAsked()
                .map(at -> ", by " + Reasons.instant(at.plus(approval.timeout())))
                .orElse(""));
  }

  private Obstacle lacksEndpoints(int step) {
    return new Obstacle(
        Obstacle.Kind.ENDPOINTS,
        "%s needs %s and the canary has %d"
            .formatted(
                Reasons.stepName(ramp, step),
                Reasons.count(ramp.endpointsNeeded(step, endpoints), "healthy endpoint"),
                endpoints.canary()),
        "it is published when they are there, `promote` does so now");
  }

  private Optional<Obstacle> unanswered(Question question) {
    Optional<HookCall> call = passage.call(question.hook(), question.event());
    String who = Reasons.hookName(policy, question.hook(), question.event());
    if (call.isEmpty()) {
      return Optional.of(
          new Obstacle(Obstacle.Kind.HOOK, who + " has to pass", "it is asked next, " + WITHOUT));
    }
    String words = call.get().words().isEmpty() ? "" : " (" + call.get().words() + ")";
    return switch (call.get().status()) {
      case PASSED -> Optional.empty();
      case ASKED ->
          Optional.of(
              new Obstacle(
                  Obstacle.Kind.HOOK, who + " is being asked", "its answer decides, " + WITHOUT));
      case WAIT ->
          Optional.of(
              new Obstacle(
                  Obstacle.Kind.HOOK,
                  who + " says wait" + words,
                  "it is asked again at "
                      + Reasons.instant(call.get().againAt())
                      + ", "
                      + WITHOUT));
      case FAILED ->
          Optional.of(
              new Obstacle(Obstacle.Kind.HOOK, who + " says no" + words, "`retry` asks it again"));
    };
  }
}
