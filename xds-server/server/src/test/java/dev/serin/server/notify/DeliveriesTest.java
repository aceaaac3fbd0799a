package dev.serin.server.notify;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableSortedMap;
import dev.serin.policy.Channel;
import dev.serin.policy.ResourceName;
import dev.serin.policy.Subscription;
import dev.serin.policy.Template;
import dev.serin.spi.Notification;
import dev.serin.spi.Notifier;
import dev.serin.spi.Notifier.Sent;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DeliveriesTest {

  private static final Instant T0 = Instant.parse("2026-11-22T12:00:00Z");
  private static final long SECONDS = 20;

  private interface Reply {
    Sent to(Notifier.Message message, int number) throws InterruptedException;
  }

  private final List<Notifier.Message> sent = new CopyOnWriteArrayList<>();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private volatile Reply reply = (message, number) -> new Sent.Taken();
  private volatile Instant now = T0;
  private final Deliveries deliveries =
      new Deliveries(
          (channel, message) -> {
            sent.add(message);
            return reply.to(message, sent.size());
          },
          () -> now,
          registry,
          Duration.ofMillis(1));

  @AfterEach
  void close() {
    deliveries.close();
  }

  private static Optional<Channel> channel(String name) {
    return Optional.of(
        new Channel(
            new ResourceName("shop", name),
            ImmutableSortedMap.of(),
            new Channel.Target.CloudEvents("http://x/"),
            new Template("{{rollout}} {{event}}"),
            new Template("{{reason}} at {{weight}}")));
  }

  private CompletableFuture<Void> carry(String channel, String id) {
    return deliveries.carry(notification(channel, id), () -> channel(channel));
  }

  private static Notification notification(String channel, String id) {
    return new Notification(
        id,
        new ResourceName("shop", channel),
        Subscription.Event.ROLLED_BACK,
        T0,
        new ResourceName("shop", "checkout-v2"),
        "checkout",
        "v1",
        "v2",
        "quick",
        "ROLLED_BACK",
        1,
        12_500,
        "Too many errors");
  }

  private List<String> ids() {
    return sent.stream().map(message -> message.notification().id()).toList();
  }

  private double failed() {
    return registry.find("serin.notify.failed").counters().stream()
        .mapToDouble(counter -> counter.count())
        .sum();
  }

  @Test
  void templates_are_filled_in() throws Exception {
    carry("room", "a").get(SECONDS, TimeUnit.SECONDS);
    assertThat(sent.getFirst().title()).isEqualTo("checkout-v2 rolled back");
    assertThat(sent.getFirst().text()).isEqualTo("Too many errors at 1.25%");
  }

  @Test
  void what_fails_is_tried_until_it_is_taken_and_what_came_later_waits() throws Exception {
    reply = (message, number) -> number < 4 ? new Sent.Failed("busy", true) : new Sent.Taken();
    CompletableFuture<Void> first = carry("room", "a");
    carry("room", "b").get(SECONDS, TimeUnit.SECONDS);
    assertThat(first).isCompleted();
    assertThat(ids()).containsExactly("a", "a", "a", "a", "b");
    assertThat(failed()).isZero();
  }

  @Test
  void a_channel_that_does_not_answer_delays_no_other() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    reply =
        (message, number) -> {
          if (message.notification().channel().name().equals("stuck")) {
            over.await();
          }
          return new Sent.Taken();
        };
    CompletableFuture<Void> stuck = carry("stuck", "a");
    carry("room", "b").get(SECONDS, TimeUnit.SECONDS);
    assertThat(stuck).isNotDone();
    over.countDown();
    stuck.get(SECONDS, TimeUnit.SECONDS);
  }

  @Test
  void what_is_refused_is_given_up_and_counted() throws Exception {
    reply = (message, number) -> new Sent.Failed("status 404 (expected: 2xx)", false);
    carry("room", "a").get(SECONDS, TimeUnit.SECONDS);
    assertThat(ids()).containsExactly("a");
    assertThat(failed()).isEqualTo(1);
  }

  @Test
  void what_is_a_day_old_is_given_up_and_counted() throws Exception {
    reply =
        (message, number) -> {
          now = number < 3 ? T0 : T0.plus(Deliveries.LIFETIME);
          return new Sent.Failed("busy", true);
        };
    carry("room", "a").get(SECONDS, TimeUnit.SECONDS);
    assertThat(ids()).containsExactly("a", "a", "a");
    assertThat(failed()).isEqualTo(1);
  }

  @Test
  void a_channel_that_was_deleted_is_given_up_and_counted() throws Exception {
    deliveries.carry(notification("gone", "a"), Optional::empty).get(SECONDS, TimeUnit.SECONDS);
    assertThat(sent).isEmpty();
    assertThat(failed()).isEqualTo(1);
  }

  @Test
  void a_bug_in_an_adapter_stops_nothing() throws Exception {
    reply =
        (message, number) -> {
          if (number == 1) {
            throw new IllegalStateException("test: a bug");
          }
          return new Sent.Taken();
        };
    carry("room", "a").get(SECONDS, TimeUnit.SECONDS);
    carry("room", "b").get(SECONDS, TimeUnit.SECONDS);
    assertThat(ids()).containsExactly("a", "b");
    assertThat(failed()).isEqualTo(1);
  }
}
