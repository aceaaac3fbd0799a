package dev.serin.server.control;

import com.google.common.collect.ImmutableList;
import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.Channel;
import dev.serin.policy.ResourceName;
import dev.serin.policy.Subscription;
import dev.serin.rollout.By;
import dev.serin.server.control.Outcome.Kind;
import dev.serin.text.RecordJson;
import java.util.Optional;
import java.util.stream.Collectors;

/** What people do to channels. Each runs inside a turn and leaves it untouched when it refuses. */
final class ChannelOperations {
  private ChannelOperations() {}

  /** A change of a channel, as its journal keeps it; nothing is left of one that was deleted. */
  record ChannelChange(String actor, String reason, Optional<Channel> channel) {}

  /** Whether it changed anything. */
  static Outcome<Boolean> apply(ControlTurn turn, Channel channel, By by) {
    Optional<Channel> before = turn.channel(channel.name());
    boolean same = before.equals(Optional.of(channel));
    if (!same) {
      turn.putChannel(channel);
      String kind = before.isEmpty() ? "Created" : "Changed";
      record(turn, channel.name(), kind, by, Optional.of(channel));
    }
    return new Outcome.Done<>(!same, "");
  }

  /** Forgets a channel that no policy names; what still waits for it is given up. */
  static Outcome<ResourceName> delete(ControlTurn turn, ResourceName name, By by) {
    if (turn.channel(name).isEmpty()) {
      return Outcome.refused(Kind.NOT_FOUND, "channel " + name + " does not exist");
    }
    String policies =
        turn.after().policies().values().stream()
            .map(Catalog.Versioned::value)
            .filter(policy -> policy.name().tenant().equals(name.tenant()))
            .filter(policy ->
                policy.proceedings().subscriptions().stream()
                    .anyMatch(told -> told.channel().equals(name.name())))
            .map(policy -> policy.name().toString())
            .collect(Collectors.joining(", "));
    if (!policies.isEmpty()) {
      return Outcome.refused(
          Kind.FAILED_PRECONDITION,
          "channel "
              + name
              + " is told by policies ("
              + policies
              + "); take it out of their spec.notify first");
    }
    turn.deleteChannel(name);
    record(turn, name, "Deleted", by, Optional.empty());
    return Outcome.done(name);
  }

  /** Why a policy cannot tell whom it wants to. */
  static <T> Optional<Outcome.Refused<T>> missing(ControlTurn turn, CanaryPolicy policy) {
    ImmutableList<Subscription> told = policy.proceedings().subscriptions();
    ImmutableList.Builder<Outcome.At> missing = ImmutableList.builder();
    for (int i = 0; i < told.size(); i++) {
      ResourceName channel = new ResourceName(policy.name().tenant(), told.get(i).channel());
      if (turn.channel(channel).isEmpty()) {
        missing.add(
            Outcome.wrong(
                "spec.notify[" + i + "].channel",
                "channel " + channel + " is not there (expected: a resource that exists)"));
      }
    }
    ImmutableList<Outcome.At> all = missing.build();
    return all.isEmpty() ? Optional.empty() : Optional.of(Outcome.invalid(all));
  }

  private static void record(
      ControlTurn turn, ResourceName channel, String kind, By by, Optional<Channel> after) {
    turn.record(
        "channels/" + channel,
        kind,
        RecordJson.write(new ChannelChange(by.actor(), by.reason(), after)));
  }
}
