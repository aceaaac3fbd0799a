package dev.serin.notify;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import dev.serin.policy.Channel.Target;
import dev.serin.policy.Secret;
import dev.serin.spi.Notifier;
import dev.serin.spi.Notifier.Sent;
import dev.serin.spi.NotifierContract;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Mail to a server on this machine that speaks as much SMTP as it takes. */
class MailTest extends NotifierContract {

  private final SmtpReceiver receiver = new SmtpReceiver();
  private final ChannelNotifier notifier = new ChannelNotifier(Map.of("PASSWORD", SECRET));
  private boolean withPassword;

  @AfterEach
  void close() {
    notifier.close();
    receiver.close();
  }

  @Override
  protected Notifier notifier() {
    return notifier;
  }

  @Override
  protected Receiver receiver() {
    return receiver;
  }

  @Override
  protected Target target() {
    return new Target.Email(
        "127.0.0.1",
        receiver.port(),
        "serin@shop.example",
        ImmutableList.of("ops@shop.example", "sre@shop.example"),
        "serin",
        withPassword ? Optional.of(new Secret.Env("PASSWORD")) : Optional.empty());
  }

  @Test
  void every_receiver_gets_one_mail_with_a_stable_id() throws InterruptedException {
    assertThat(send()).isEqualTo(new Sent.Taken());
    assertThat(receiver.commands())
        .contains(
            "MAIL FROM:<serin@shop.example>",
            "RCPT TO:<ops@shop.example>",
            "RCPT TO:<sre@shop.example>");
    assertThat(receiver.received().getFirst())
        .contains("Subject: shop/checkout-v2: held")
        .containsPattern("Message-ID: <[0-9a-f]{40}@serin>")
        .contains("Content-Type: text/plain; charset=UTF-8");
  }

  @Test
  void a_password_is_not_sent_without_tls() throws InterruptedException {
    withPassword = true;
    assertThat(send()).isInstanceOf(Sent.Failed.class);
    assertThat(receiver.commands()).noneMatch(line -> line.startsWith("AUTH"));
    assertThat(receiver.received()).isEmpty();
  }
}
