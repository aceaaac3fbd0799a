package dev.serin.notify;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.serin.policy.Channel.Target;
import dev.serin.policy.Secret;
import dev.serin.policy.Subscription.Event;
import org.junit.jupiter.api.Test;

/** Workflows of Microsoft Teams. */
class TeamsTest extends HttpChannelContract {

  @Override
  protected Target target() {
    return new Target.Teams(new Secret.Env("URL"));
  }

  @Test
  void a_card_has_its_links_as_actions() throws InterruptedException {
    JsonNode attachment = sent(Event.HELD).path("attachments").path(0);
    assertThat(attachment.path("contentType").asText())
        .isEqualTo("application/vnd.microsoft.card.adaptive");
    JsonNode card = attachment.path("content");
    assertThat(card.path("type").asText()).isEqualTo("AdaptiveCard");
    assertThat(card.path("actions").path(1).path("title").asText()).isEqualTo("Reject");
    assertThat(card.path("actions").path(1).path("type").asText()).isEqualTo("Action.OpenUrl");
  }
}
