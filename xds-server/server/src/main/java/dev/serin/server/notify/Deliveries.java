package dev.serin.server.notify;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.serin.policy.Channel;
import dev.serin.policy.ResourceName;
import dev.serin.policy.Template.Place;
import dev.serin.server.control.Courier;
import dev.serin.spi.Notification;
import dev.serin.spi.Notifier;
import dev.serin.spi.Notifier.Message;
import dev.serin.spi.Notifier.Sent;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends notifications, those of one channel one after another in their order, and each channel for
 * itself: one that does not answer delays nobody else. What fails is tried again, a little later
 * each time, until the notification is a day old; then, or when its receiver will never take it, it
 * is given up and counted.
 */
public final class Deliveries implements Courier, AutoCloseable {

  /** A notification that is older says nothing that anybody still has to know. */
  static final Duration LIFETIME = Duration.ofDays(1);

  /** Of one channel; what comes while so many wait is given up. */
  static final int MAX_WAITING = 10_000;

  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);
  private static final Logger log = LoggerFactory.getLogger(Deliveries.class);

  private final Notifier notifier;
  private final InstantSource clock;
  private final MeterRegistry registry;
  private final Duration firstPause;
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("serin-notify-", 0).factory());

  /** Those of which something waits or is being sent; guarded by itself. */
  private final Map<ResourceName, ArrayDeque<Waiting>> lanes = new HashMap<>();

  public Deliveries(Notifier notifier, InstantSource clock, MeterRegistry registry) {
    this(notifier, clock, registry, FIRST_PAUSE);
  }

  Deliveries(Notifier notifier, InstantSource clock, MeterRegistry registry, Duration firstPause) {
    this.notifier = notifier;
    this.clock = clock;
    this.registry = registry;
    this.firstPause = firstPause;
  }

  private record Waiting(
      Notification notification,
      Supplier<Optional<Channel>> channel,
      CompletableFuture<Void> settled) {}

  @Override
  public CompletableFuture<Void> carry(
      Notification notification, Supplier<Optional<Channel>> channel) {
    Waiting waiting = new Waiting(notification, channel, new CompletableFuture<>());
    synchronized (lanes) {
      ArrayDeque<Waiting> lane = lanes.get(notification.channel());
      if (lane == null) {
        lane = new ArrayDeque<>();
        lane.add(waiting);
        lanes.put(notification.channel(), lane);
        threads.execute(() -> empty(notification.channel()));
        return waiting.settled();
      }
      if (lane.size() < MAX_WAITING) {
        lane.add(waiting);
        return waiting.settled();
      }
    }
    giveUp(notification, MAX_WAITING + " others wait for the channel");
    waiting.settled().complete(null);
    return waiting.settled();
  }

  /** Sends what waits for a channel until nothing does. */
  private void empty(ResourceName channel) {
    try {
      for (Optional<Waiting> next = first(channel); next.isPresent(); next = first(channel)) {
        deliver(next.get());
        synchronized (lanes) {
          var ignored = lane(channel).remove();
        }
        next.get().settled().complete(null);
      }
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt(); // what was not sent is stored, and sent after the start
    }
  }

  private ArrayDeque<Waiting> lane(ResourceName channel) {
    ArrayDeque<Waiting> lane = lanes.get(channel);
    if (lane == null) {
      throw new IllegalStateException("nobody empties " + channel);
    }
    return lane;
  }

  private Optional<Waiting> first(ResourceName channel) {
    synchronized (lanes) {
      Optional<Waiting> first = Optional.ofNullable(lane(channel).peek());
      if (first.isEmpty()) {
        lanes.remove(channel);
      }
      return first;
    }
  }

  private void deliver(Waiting waiting) throws InterruptedException {
    Notification told = waiting.notification();
    Instant until = told.at().plus(LIFETIME);
    Duration pause = firstPause;
    while (true) {
      Sent sent = once(waiting);
      if (!(sent instanceof Sent.Failed(String reason, boolean mayHelpAgain))) {
        return;
      }
      if (!mayHelpAgain || !clock.instant().plus(pause).isBefore(until)) {
        giveUp(told, reason);
        return;
      }
      if (pause.equals(firstPause)) {
        log.warn("channel {}: {}; {} waits", told.channel(), reason, told.id());
      }
      TimeUnit.MILLISECONDS.sleep(pause.toMillis());
      Duration twice = pause.multipliedBy(2);
      pause = twice.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : twice;
    }
  }

  private Sent once(Waiting waiting) throws InterruptedException {
    Optional<Channel> channel = waiting.channel().get();
    if (channel.isEmpty()) {
      return new Sent.Failed("the channel was deleted", false);
    }
    try {
      return notifier.send(channel.get(), message(channel.get(), waiting.notification()));
    } catch (RuntimeException bug) {
      log.error("channel {}: a notification cannot be sent", channel.get().name(), bug);
      return new Sent.Failed("a bug: " + bug.getClass().getSimpleName(), false);
    }
  }

  private static Message message(Channel channel, Notification told) {
    ImmutableMap<Place, String> places = told.places();
    return new Message(
        told, channel.title().fill(places), channel.text().fill(places), ImmutableList.of());
  }

  private void giveUp(Notification told, String reason) {
    log.error("channel {}: gave up {}: {}", told.channel(), told.id(), reason);
    Counter.builder("serin.notify.failed")
        .description("Notifications that were given up.")
        .tag("tenant", told.channel().tenant())
        .tag("channel", told.channel().name())
        .register(registry)
        .increment();
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
