package dev.serin.notify;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.serin.policy.Channel.Target;
import dev.serin.policy.Secret;
import dev.serin.policy.Subscription.Event;
import dev.serin.spi.Notifier.Sent;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Incoming webhooks of Slack. */
class SlackTest extends HttpChannelContract {

  @Override
  protected Target target() {
    return new Target.Slack(new Secret.Env("URL"));
  }

  @Test
  void what_is_said_cannot_become_markup() throws InterruptedException {
    var message = message(Event.HELD);
    try (ChannelNotifier notifier = new ChannelNotifier(Map.of("URL", receiver.url("/")))) {
      assertThat(
              notifier.send(
                  channel(),
                  new dev.serin.spi.Notifier.Message(
                      message.notification(), "a <!channel> & b", "c", message.links())))
          .isEqualTo(new Sent.Taken());
    }
    JsonNode section = last().path("blocks").path(0);
    assertThat(section.path("type").asText()).isEqualTo("section");
    assertThat(section.path("text").path("type").asText()).isEqualTo("mrkdwn");
    assertThat(section.path("text").path("text").asText())
        .contains("*a &lt;!channel&gt; &amp; b*")
        .contains("<https://serin.example/approvals/a|Approve>");
  }

  @Test
  void a_secret_that_is_no_address_is_told_by_its_name() throws InterruptedException {
    try (ChannelNotifier notifier = new ChannelNotifier(Map.of("URL", SECRET))) {
      assertThat(notifier.send(channel(), message(Event.HELD)))
          .isEqualTo(new Sent.Failed("the secret URL is no http or https URL", true));
    }
    try (ChannelNotifier notifier = new ChannelNotifier(Map.of())) {
      assertThat(notifier.send(channel(), message(Event.HELD)))
          .isEqualTo(new Sent.Failed("the variable URL is not set (expected: a secret)", true));
    }
  }
}
