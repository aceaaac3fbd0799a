package dev.serin.rollout;

import dev.serin.rollout.Effect.Notice;
import java.util.Optional;

/** What a transition does, in the words of the diagram. */
public enum Move {
  BEGIN("the first step is published", Notice.STARTED),
  BEGIN_AGAIN("starts again at the first step", Notice.STARTED),
  WAIT("something stands before the next step"),
  ENTER("what it waited for is there: the step is published", Notice.ADVANCED),
  CONVERGED("the fleet runs the split: the bake starts"),
  ADVANCE("baked, enough requests, harm ruled out: next step", Notice.ADVANCED),
  ADVANCE_LOW_POWER("too little traffic to tell, no sign of harm: next step", Notice.ADVANCED),
  ADVANCE_INCONCLUSIVE("inconclusive, and the policy says advance", Notice.ADVANCED),
  SUCCEED("all run the new version: it is stable now", Notice.PROMOTED),
  COOL("kept warm long enough: over"),
  HELD_INCONCLUSIVE("harm neither shown nor ruled out in time", Notice.HELD),
  HELD_NOT_CONVERGED("the fleet did not accept the split in time", Notice.HELD),
  HELD_CUT_OFF("over half of a mesh cluster is not connected", Notice.HELD),
  HELD_SILENT("the canary answers nothing", Notice.HELD),
  HELD_BOTH_ARMS("both versions break an absolute bound", Notice.HELD),
  HELD_METRICS_LOST("telemetry stays away", Notice.HELD),
  HELD_ENDPOINTS("the canary has no endpoint", Notice.HELD),
  HELD_APPROVAL("nobody approved it in time", Notice.HELD),
  HELD_HOOK("a hook said no, or nothing", Notice.HELD),
  HELD_REJECTED("an approver said no, and the policy says hold", Notice.HELD),
  HELD_DEADLINE("the deadline is spent", Notice.HELD),
  HELD_NACKED("the fleet refused the split: the one before is back", Notice.HELD),
  HELD_HARM("harm shown, and the policy says hold", Notice.HELD),
  RECOVER("what held it is over"),
  REMIND("still there: says so again", Notice.HELD),
  REMIND_UNREACHED("some proxies have not confirmed zero: says so", Notice.UNREACHED),
  ROLL_BACK("back by the policy's ramp, or zero to everyone at once", Notice.ROLLED_BACK),
  LOWER("the next weight of the way back"),
  NOTHING_OUT("nothing had been published", Notice.ROLLED_BACK),
  ZERO_EVERYWHERE("every known proxy has confirmed zero"),
  STOP("a person pauses it"),
  CONTINUE("a person resumes it"),
  STEP_ABOVE("resumed after set-weight: first step above it", Notice.ADVANCED),
  SET_WEIGHT("a person sets the weight"),
  APPROVED("a person approves the step"),
  SKIP("a person goes to another step", Notice.ADVANCED),
  HURRY("a person hurries it: no bakes, no windows"),
  ASK_AGAIN("a person has the hooks asked again"),
  STEP_AGAIN("a person has the split published again"),
  NEXT_STEP("a person ends the wait", Notice.ADVANCED),
  MAKE_ROOM("another rollout takes its place");

  private final String text;
  private final Optional<Notice> notice;

  Move(String text) {
    this.text = text;
    this.notice = Optional.empty();
  }

  Move(String text, Notice notice) {
    this.text = text;
    this.notice = Optional.of(notice);
  }

  /** What happens, for a reader. */
  public String text() {
    return text;
  }

  Optional<Notice> notice() {
    return notice;
  }
}
