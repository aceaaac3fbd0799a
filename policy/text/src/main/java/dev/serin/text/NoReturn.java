package dev.serin.text;

import dev.serin.text.Problem.Code;
import dev.serin.v1.CanaryPolicySpec;
import dev.serin.v1.Exit;
import dev.serin.v1.Hook;
import dev.serin.v1.OnFailure;
import dev.serin.v1.OnInconclusive;
import dev.serin.v1.Step;

/** Where a policy says both that a step cannot be taken back, and that it is. */
final class NoReturn {

  private static final String HOLDS = "once that step has been sent it is held instead";

  private final Findings findings;

  NoReturn(Findings findings) {
    this.findings = findings;
  }

  void check(CanaryPolicySpec spec) {
    int at = -1;
    for (int i = 0; i < spec.getStepsCount() && at < 0; i++) {
      at = spec.getSteps(i).getNoReturn() ? i : -1;
    }
    if (at < 0) {
      return;
    }
    if (!isGuarded(spec, at)) {
      findings.warn(
          "spec.steps[" + at + "].noReturn",
          Code.NO_RETURN,
          "true, and nobody is asked before (expected: an approval, or a hook beforeStep)",
          "put an approval into this step or before it");
    }
    OnFailure failure = spec.getOnFailure();
    warn("spec.onFailure.metrics", failure.hasMetrics(), failure.getMetrics(), at);
    warn("spec.onFailure.nack", failure.hasNack(), failure.getNack(), at);
    warn("spec.onFailure.hook", failure.hasHook(), failure.getHook(), at);
    warn("spec.onFailure.rejected", failure.hasRejected(), failure.getRejected(), at);
    warn("spec.onFailure.endpoints", failure.hasEndpoints(), failure.getEndpoints(), at);
    warn("spec.deadline.then", spec.getDeadline().hasThen(), spec.getDeadline().getThen(), at);
    OnInconclusive undecided = spec.getAnalysis().getOnInconclusive();
    if (undecided.getThen() == OnInconclusive.Then.ROLLBACK) {
      say("spec.analysis.onInconclusive.then", at);
    }
  }

  private static boolean isGuarded(CanaryPolicySpec spec, int at) {
    boolean approved = spec.getStepsList().stream().limit(at + 1L).anyMatch(Step::hasApproval);
    boolean asked =
        spec.getHooksList().stream()
            .anyMatch(hook -> hook.getEventsList().contains(Hook.Event.BEFORE_STEP));
    return approved || asked;
  }

  private void warn(String path, boolean written, Exit exit, int at) {
    boolean goesBack = exit.hasHoldThenRollback() || exit.getAction() == Exit.Action.ROLLBACK;
    if (written && goesBack) {
      say(path, at);
    }
  }

  private void say(String path, int at) {
    findings.warn(
        path,
        Code.NO_RETURN,
        "rollback beside spec.steps[%d].noReturn (expected: hold)".formatted(at),
        HOLDS);
  }
}
