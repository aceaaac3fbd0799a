package dev.serin.spi;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.serin.policy.Channel;
import dev.serin.policy.ResourceName;
import dev.serin.policy.Subscription;
import dev.serin.policy.Template;
import dev.serin.spi.Notifier.Link;
import dev.serin.spi.Notifier.Message;
import dev.serin.spi.Notifier.Sent;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What every channel does. A channel's test subclasses this and brings a receiver. */
public abstract class NotifierContract {

  protected static final String SECRET = "s3cret-of-the-channel";

  /** Something on this machine that notifications can be sent to. */
  public interface Receiver {
    /** What it was sent, as text, oldest first; those included that it did not take. */
    List<String> received();

    /** From now on it answers that it cannot take anything at the moment. */
    void isBusy();

    /** From now on it answers that it will never take this. */
    void refuses();

    /** From now on nobody listens. */
    void isGone();
  }

  protected abstract Notifier notifier();

  protected abstract Receiver receiver();

  /** The receiver's channel. */
  protected abstract Channel.Target target();

  protected static Message message(Subscription.Event event) {
    return new Message(
        new Notification(
            "shop/checkout-v2/7/HELD/room",
            new ResourceName("shop", "room"),
            event,
            Instant.parse("2026-11-22T10:15:30Z"),
            new ResourceName("shop", "checkout-v2"),
            "checkout",
            "v1",
            "v2",
            "standard",
            "HOLDING",
            2,
            50_000,
            "Errors < 5 % & rising"),
        "shop/checkout-v2: held",
        "the text of it",
        ImmutableList.of(
            new Link("Approve", "https://serin.example/approvals/a"),
            new Link("Reject", "https://serin.example/approvals/b")));
  }

  protected final Channel channel() {
    return new Channel(
        new ResourceName("shop", "room"),
        ImmutableSortedMap.of(),
        target(),
        Template.DEFAULT_TITLE,
        Template.DEFAULT_TEXT);
  }

  protected final Sent send() throws InterruptedException {
    return notifier().send(channel(), message(Subscription.Event.HELD));
  }

  @Test
  final void what_is_said_arrives_with_its_links() throws InterruptedException {
    assertThat(send()).isEqualTo(new Sent.Taken());
    assertThat(receiver().received()).hasSize(1);
    assertThat(receiver().received().getFirst())
        .contains("shop/checkout-v2: held")
        .contains("the text of it")
        .contains("https://serin.example/approvals/a")
        .contains("https://serin.example/approvals/b");
  }

  @Test
  final void what_is_sent_twice_is_told_apart_by_nothing() throws InterruptedException {
    assertThat(send()).isEqualTo(new Sent.Taken());
    assertThat(send()).isEqualTo(new Sent.Taken());
    assertThat(receiver().received()).hasSize(2);
    assertThat(receiver().received().get(1)).isEqualTo(receiver().received().get(0));
    assertThat(receiver().received().get(0)).contains("shop/checkout-v2/7/HELD/room");
  }

  @Test
  final void a_busy_receiver_may_take_it_later() throws InterruptedException {
    receiver().isBusy();
    assertThat(send()).matches(sent -> sent instanceof Sent.Failed f && f.mayHelpAgain());
  }

  @Test
  final void what_is_refused_is_not_sent_again() throws InterruptedException {
    receiver().refuses();
    assertThat(send()).matches(sent -> sent instanceof Sent.Failed f && !f.mayHelpAgain());
  }

  @Test
  final void a_receiver_that_is_gone_may_come_back_and_no_secret_is_told()
      throws InterruptedException {
    receiver().isGone();
    assertThat(send()).matches(sent -> sent instanceof Sent.Failed f && f.mayHelpAgain());
    assertThat(send().toString()).doesNotContain(SECRET);
  }
}
