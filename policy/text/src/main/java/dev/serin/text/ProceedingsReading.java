package dev.serin.text;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.policy.Approval;
import dev.serin.policy.Hook;
import dev.serin.policy.Ppm;
import dev.serin.policy.Proceedings;
import dev.serin.policy.Proceedings.Notch;
import dev.serin.policy.Secret;
import dev.serin.policy.Subscription;
import dev.serin.policy.Threshold;
import dev.serin.text.Problem.Code;
import dev.serin.v1.CanaryPolicySpec;
import dev.serin.v1.Notify;
import dev.serin.v1.Rollback;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/** Whom a rollout asks and tells, and the way it goes back. */
final class ProceedingsReading {

  private static final int MAX_HOOKS = 20;
  private static final int MAX_NOTCHES = 20;
  private static final Duration NOTCH_BAKE = Duration.ofSeconds(30);
  private static final Duration ONE_SECOND = Duration.ofSeconds(1);
  private static final Duration LONGEST_CALL = Duration.ofMinutes(5);

  private final Checks checks;
  private final Findings findings;
  private final CalledReading called;

  ProceedingsReading(Checks checks) {
    this.checks = checks;
    this.findings = checks.findings();
    this.called = new CalledReading(checks);
  }

  Proceedings proceedings(CanaryPolicySpec spec) {
    return new Proceedings(
        hooks(spec.getHooksList()),
        subscriptions(spec.getNotifyList()),
        ramp(spec.getRollback().getRampList()));
  }

  /** What it takes to enter a step. */
  Threshold threshold(String path, dev.serin.v1.Step message) {
    return new Threshold(
        message.hasApproval()
            ? Optional.of(approval(path + ".approval", message.getApproval()))
            : Optional.empty(),
        message.getNoReturn());
  }

  private Approval approval(String path, dev.serin.v1.Approval message) {
    Approval standard = Approval.DEFAULT;
    checks.fits(path + ".by", message.getByList(), Checks.MAX_LIST);
    for (int i = 0; i < message.getByCount(); i++) {
      checks.name(path + ".by[" + i + "]", message.getBy(i));
    }
    return new Approval(
        ImmutableSortedSet.copyOf(message.getByList()),
        message.hasMinimum()
            ? checks.count(path + ".minimum", message.getMinimum(), 1, Approval.MOST_PEOPLE)
            : standard.minimum(),
        checks.duration(
            path + ".timeout",
            message.hasTimeout(),
            message.getTimeout(),
            standard.timeout(),
            ONE_SECOND),
        checks.exit(
            path + ".onTimeout",
            message.hasOnTimeout(),
            message.getOnTimeout(),
            standard.onTimeout()));
  }

  private ImmutableList<Hook> hooks(List<dev.serin.v1.Hook> messages) {
    ImmutableList.Builder<Hook> hooks = ImmutableList.builder();
    checks.fits("spec.hooks", messages, MAX_HOOKS);
    for (int i = 0; i < messages.size(); i++) {
      hook("spec.hooks[" + i + "]", messages.get(i)).ifPresent(hooks::add);
    }
    return hooks.build();
  }

  private Optional<Hook> hook(String path, dev.serin.v1.Hook message) {
    TreeSet<Hook.Event> events = new TreeSet<>();
    for (int i = 0; i < message.getEventsCount(); i++) {
      String at = path + ".events[" + i + "]";
      switch (message.getEvents(i)) {
        case BEFORE_STEP -> events.add(Hook.Event.BEFORE_STEP);
        case AFTER_STEP -> events.add(Hook.Event.AFTER_STEP);
        case BEFORE_PROMOTE -> events.add(Hook.Event.BEFORE_PROMOTE);
        case AFTER_ROLLBACK -> events.add(Hook.Event.AFTER_ROLLBACK);
        case EVENT_UNSPECIFIED, UNRECOGNIZED -> checks.unknownEnum(at, message.getEventsValue(i));
      }
    }
    if (message.getEventsCount() == 0) {
      findings.error(
          path + ".events",
          Code.MISSING,
          "nothing (expected: when it is asked)",
          "one or more of beforeStep, afterStep, beforePromote, afterRollback");
    }
    String webhook = called.url(path + ".webhook", message.getWebhook());
    Optional<Secret> secret =
        message.hasSecret()
            ? called.secret(path + ".secret", message.getSecret())
            : Optional.empty();
    Duration timeout =
        checks.duration(
            path + ".timeout",
            message.hasTimeout(),
            message.getTimeout(),
            Hook.DEFAULT_TIMEOUT,
            ONE_SECOND);
    if (timeout.compareTo(LONGEST_CALL) > 0) {
      findings.error(
          path + ".timeout",
          Code.OUT_OF_RANGE,
          Units.print(timeout) + " (expected: at most " + Units.print(LONGEST_CALL) + ")",
          "a hook that needs longer answers wait, and is asked again");
    }
    int retries =
        message.hasRetries()
            ? checks.count(path + ".retries", message.getRetries(), 0, Hook.MOST_RETRIES)
            : Hook.DEFAULT_RETRIES;
    return events.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Hook(ImmutableSortedSet.copyOf(events), webhook, secret, timeout, retries));
  }

  private ImmutableList<Subscription> subscriptions(List<Notify> messages) {
    ImmutableList.Builder<Subscription> subscriptions = ImmutableList.builder();
    checks.fits("spec.notify", messages, Checks.MAX_LIST);
    for (int i = 0; i < messages.size(); i++) {
      String path = "spec.notify[" + i + "]";
      String channel = checks.name(path + ".channel", messages.get(i).getChannel());
      TreeSet<Subscription.Event> events = new TreeSet<>();
      for (int j = 0; j < messages.get(i).getEventsCount(); j++) {
        event(path + ".events[" + j + "]", messages.get(i), j).ifPresent(events::add);
      }
      if (messages.get(i).getEventsCount() == 0) {
        findings.error(
            path + ".events",
            Code.MISSING,
            "nothing (expected: what is told)",
            "one or more of started, advanced, held, rolledBack, promoted, approvalNeeded,"
                + " unreached");
      }
      if (!events.isEmpty()) {
        subscriptions.add(new Subscription(channel, ImmutableSortedSet.copyOf(events)));
      }
    }
    return subscriptions.build();
  }

  private Optional<Subscription.Event> event(String path, Notify message, int index) {
    return switch (message.getEvents(index)) {
      case STARTED -> Optional.of(Subscription.Event.STARTED);
      case ADVANCED -> Optional.of(Subscription.Event.ADVANCED);
      case HELD -> Optional.of(Subscription.Event.HELD);
      case ROLLED_BACK -> Optional.of(Subscription.Event.ROLLED_BACK);
      case PROMOTED -> Optional.of(Subscription.Event.PROMOTED);
      case APPROVAL_NEEDED -> Optional.of(Subscription.Event.APPROVAL_NEEDED);
      case UNREACHED -> Optional.of(Subscription.Event.UNREACHED);
      case EVENT_UNSPECIFIED, UNRECOGNIZED -> {
        checks.unknownEnum(path, message.getEventsValue(index));
        yield Optional.empty();
      }
    };
  }

  private ImmutableList<Notch> ramp(List<Rollback.Ramp> messages) {
    ImmutableList.Builder<Notch> ramp = ImmutableList.builder();
    checks.fits("spec.rollback.ramp", messages, MAX_NOTCHES);
    int before = Ppm.ALL;
    for (int i = 0; i < messages.size(); i++) {
      String path = "spec.rollback.ramp[" + i + "]";
      int weight = checks.share(path + ".weightPpm", messages.get(i).getWeightPpm());
      if (weight == 0 && i == messages.size() - 1) {
        continue; // zero comes last whether it is written or not
      }
      if (weight >= before || weight == 0) {
        findings.error(
            path + ".weightPpm",
            Code.OUT_OF_RANGE,
            "%s%% (expected: above 0%% and below %s%%, the one before)"
                .formatted(Units.percent(weight), Units.percent(before)),
            "a rollback only goes down");
        continue;
      }
      before = weight;
      Duration bake =
          checks.duration(
              path + ".bake",
              messages.get(i).hasBake(),
              messages.get(i).getBake(),
              NOTCH_BAKE,
              ONE_SECOND);
      ramp.add(new Notch(weight, bake));
    }
    return ramp.build();
  }
}
