package dev.serin.server.control;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.hash.Hashing;
import dev.serin.policy.Channel;
import dev.serin.policy.ResourceName;
import dev.serin.policy.Subscription;
import dev.serin.rollout.Effect;
import dev.serin.rollout.RolloutState;
import dev.serin.spi.Notification;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * What is to be told, from when it is stored until it is stored that it was. A notification is
 * written with the decision that it is about, so that a crash loses none; one that was told and not
 * forgotten when a crash came is told again, under the same id. Owned by the loop's thread, but for
 * the set of what was told.
 */
final class Outbox {

  private final Courier courier;
  private final Function<ResourceName, Optional<Channel>> channels;
  private final Runnable wake;
  private final Set<ResourceName> underWay = new HashSet<>();
  private final Set<ResourceName> told = ConcurrentHashMap.newKeySet();

  /**
   * An empty outbox.
   *
   * @param channels as they are now; asked on any thread
   * @param wake called on any thread when something has been told
   */
  Outbox(Courier courier, Function<ResourceName, Optional<Channel>> channels, Runnable wake) {
    this.courier = courier;
    this.channels = channels;
    this.wake = wake;
  }

  /** What an announcement tells to whom, each under its key in the store. */
  static ImmutableSortedMap<ResourceName, Notification> notifications(
      LiveRollout live, Effect.Announce announce, Instant now) {
    RolloutState state = live.state();
    Subscription.Event event = event(announce.notice());
    ResourceName rollout = state.spec().name();
    ImmutableSortedMap.Builder<ResourceName, Notification> all = ImmutableSortedMap.naturalOrder();
    state.policy().proceedings().subscriptions().stream()
        .filter(subscription -> subscription.events().contains(event))
        .map(Subscription::channel)
        .distinct()
        .forEach(channel -> {
          String id = "%s/%d/%s/%s".formatted(rollout, live.seq(), event, channel);
          all.put(
              key(rollout.tenant(), id),
              new Notification(
                  id,
                  new ResourceName(rollout.tenant(), channel),
                  event,
                  now,
                  rollout,
                  state.spec().service().name(),
                  state.from(),
                  state.spec().to(),
                  state.policy().name().name(),
                  state.phase().name(),
                  state.step(),
                  state.split().weightPpm(),
                  announce.sentence()));
        });
    return all.buildOrThrow();
  }

  private static ResourceName key(String tenant, String id) {
    String hash = Hashing.sha256().hashString(id, StandardCharsets.UTF_8).toString();
    return new ResourceName(tenant, hash.substring(0, 40));
  }

  private static Subscription.Event event(Effect.Notice notice) {
    return switch (notice) {
      case STARTED -> Subscription.Event.STARTED;
      case ADVANCED -> Subscription.Event.ADVANCED;
      case HELD -> Subscription.Event.HELD;
      case PROMOTED -> Subscription.Event.PROMOTED;
      case ROLLED_BACK -> Subscription.Event.ROLLED_BACK;
      case APPROVAL_NEEDED -> Subscription.Event.APPROVAL_NEEDED;
      case UNREACHED -> Subscription.Event.UNREACHED;
    };
  }

  /** Hands over what a turn that stands wants told, and forgets what it has settled. */
  void follow(ControlTurn turn) {
    take(turn.toTell());
    ImmutableList<ResourceName> settled = turn.settled();
    settled.forEach(underWay::remove);
    told.removeAll(settled);
  }

  /** Hands over what is not under way already. */
  void take(Map<ResourceName, Notification> stored) {
    stored.entrySet().stream()
        .sorted(Map.Entry.comparingByValue(java.util.Comparator.comparing(Notification::at)))
        .filter(one -> underWay.add(one.getKey()))
        .forEach(one -> carry(one.getKey(), one.getValue()));
  }

  private void carry(ResourceName key, Notification notification) {
    var ignored =
        courier
            .carry(notification, () -> channels.apply(notification.channel()))
            .thenRun(() -> {
              told.add(key);
              wake.run();
            });
  }

  /** What was told or given up, and is still stored. */
  ImmutableList<ResourceName> settled() {
    return ImmutableList.copyOf(told);
  }
}
