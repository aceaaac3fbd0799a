package dev.serin.server.control;

import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.ResourceName;
import dev.serin.rollout.By;
import dev.serin.server.control.Outcome.Kind;
import dev.serin.text.RecordJson;
import java.util.Optional;

/** What people do to policies. Each runs inside a turn and leaves it untouched when it refuses. */
final class PolicyOperations {
  private PolicyOperations() {}

  /** Whether it changed anything. */
  static Outcome<Boolean> apply(ControlTurn turn, CanaryPolicy policy, By by) {
    Optional<Outcome.Refused<Boolean>> nobody = ChannelOperations.missing(turn, policy);
    if (nobody.isPresent()) {
      return nobody.get();
    }
    boolean same =
        turn.after().policies().containsKey(policy.name())
            && turn.policy(policy.name()).filter(policy::equals).isPresent();
    if (!same) {
      turn.putPolicy(policy);
      record(turn, policy.name(), "Changed", by);
    }
    return new Outcome.Done<>(!same, same ? "" : runningNote(turn, policy));
  }

  static Outcome<ResourceName> delete(ControlTurn turn, ResourceName name, By by) {
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
}
