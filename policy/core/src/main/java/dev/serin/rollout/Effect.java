package dev.serin.rollout;

import dev.serin.plan.TrafficPlan;
import dev.serin.policy.ResourceName;

/**
 * Something to do because of a decision. Doing it twice does no harm, and all but the announcements
 * follow from the state: {@link RolloutState#plan()} and {@link RolloutState#stable()}.
 */
public sealed interface Effect {

  /**
   * Put the plan in force.
   *
   * @param urgent exposure only goes down: it waits for nobody and may act before it is stored
   */
  record Publish(TrafficPlan plan, boolean urgent) implements Effect {}

  /** From now on this version is the service's stable one. */
  record SetStable(ResourceName service, String version) implements Effect {}

  /** The rollout is over and its plan withdrawn: the stable version alone decides. */
  record Finished(Outcome outcome) implements Effect {}

  /** Ask a hook; the answer comes as {@link Event.HookAnswered}. */
  record AskHook(HookCall call) implements Effect {}

  /** Tell the people who want to know. */
  record Announce(Notice notice, String sentence) implements Effect {}

  /** How a rollout ended. */
  enum Outcome {
    PROMOTED,
    ROLLED_BACK,
    SUPERSEDED
  }

  /** What people are told about. */
  enum Notice {
    STARTED,
    ADVANCED,
    HELD,
    PROMOTED,
    ROLLED_BACK,
    APPROVAL_NEEDED,
    UNREACHED
  }
}
