package dev.serin.text;

import dev.serin.policy.Approval;
import dev.serin.policy.Hook;
import dev.serin.policy.Proceedings;
import dev.serin.policy.Secret;
import dev.serin.policy.Step;
import dev.serin.policy.Subscription;
import dev.serin.v1.CanaryPolicySpec;
import dev.serin.v1.Notify;
import dev.serin.v1.Rollback;
import dev.serin.v1.SecretRef;

/** Whom a rollout asks and tells, and the way it goes back, as a message and as text. */
final class ProceedingsWriting {

  private ProceedingsWriting() {}

  static void proceedings(Proceedings proceedings, CanaryPolicySpec.Builder spec) {
    proceedings.hooks().forEach(hook -> spec.addHooks(hook(hook)));
    for (Subscription subscription : proceedings.subscriptions()) {
      Notify.Builder message = Notify.newBuilder().setChannel(subscription.channel());
      subscription.events().forEach(e -> message.addEvents(Notify.Event.valueOf(e.name())));
      spec.addNotify(message);
    }
    for (Proceedings.Notch notch : proceedings.ramp()) {
      spec.getRollbackBuilder()
          .addRamp(
              Rollback.Ramp.newBuilder()
                  .setWeightPpm(notch.weightPpm())
                  .setBake(ProtoWriting.duration(notch.bake())));
    }
  }

  static void threshold(Step step, dev.serin.v1.Step.Builder message) {
    message.setNoReturn(step.threshold().noReturn());
    step.threshold()
        .approval()
        .ifPresent(approval ->
            message
                .getApprovalBuilder()
                .addAllBy(approval.by())
                .setMinimum(approval.minimum())
                .setTimeout(ProtoWriting.duration(approval.timeout()))
                .setOnTimeout(ProtoWriting.exit(approval.onTimeout())));
  }

  private static dev.serin.v1.Hook hook(Hook hook) {
    dev.serin.v1.Hook.Builder message =
        dev.serin.v1.Hook.newBuilder()
            .setWebhook(hook.webhook())
            .setTimeout(ProtoWriting.duration(hook.timeout()))
            .setRetries(hook.retries());
    hook.events().forEach(e -> message.addEvents(dev.serin.v1.Hook.Event.valueOf(e.name())));
    hook.secret().ifPresent(secret -> message.setSecret(secret(secret)));
    return message.build();
  }

  static SecretRef secret(Secret secret) {
    return switch (secret) {
      case Secret.Env(String name) -> SecretRef.newBuilder().setEnv(name).build();
      case Secret.File(String path) -> SecretRef.newBuilder().setFile(path).build();
    };
  }

  /** As a person writes it. */
  static Flow approval(Approval approval) {
    return new Flow()
        .with("by", CohortText.texts(approval.by()))
        .with("minimum", Flow.word(Integer.toString(approval.minimum())))
        .with("timeout", Flow.word(Units.print(approval.timeout())))
        .with("onTimeout", Flow.word(PolicyText.word(approval.onTimeout())));
  }

  static Written hooks(Proceedings proceedings) {
    return Flow.list(
        proceedings.hooks().stream()
            .map(hook -> {
              Flow flow =
                  new Flow()
                      .with(
                          "events",
                          Flow.list(hook.events().stream().map(e -> Flow.word(e.word())).toList()))
                      .with("webhook", hook.webhook());
              hook.secret()
                  .ifPresent(secret ->
                      flow.with(
                          "secret",
                          switch (secret) {
                            case Secret.Env(String name) -> new Flow().with("env", name);
                            case Secret.File(String path) -> new Flow().with("file", path);
                          }));
              return flow.with("timeout", Flow.word(Units.print(hook.timeout())))
                  .with("retries", Flow.word(Integer.toString(hook.retries())));
            })
            .toList());
  }

  static Written subscriptions(Proceedings proceedings) {
    return Flow.list(
        proceedings.subscriptions().stream()
            .map(s ->
                new Flow()
                    .with("channel", s.channel())
                    .with(
                        "events",
                        Flow.list(s.events().stream().map(e -> Flow.word(word(e))).toList())))
            .toList());
  }

  static Written ramp(Proceedings proceedings) {
    return Flow.list(
        proceedings.ramp().stream()
            .map(notch ->
                new Flow()
                    .with("weight", Flow.word(Units.percent(notch.weightPpm()) + "%"))
                    .with("bake", Flow.word(Units.print(notch.bake()))))
            .toList());
  }

  private static String word(Subscription.Event event) {
    return switch (event) {
      case STARTED -> "started";
      case ADVANCED -> "advanced";
      case HELD -> "held";
      case ROLLED_BACK -> "rolledBack";
      case PROMOTED -> "promoted";
      case APPROVAL_NEEDED -> "approvalNeeded";
      case UNREACHED -> "unreached";
    };
  }
}
