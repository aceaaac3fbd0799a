package dev.serin.notify;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.serin.policy.Channel.Target;
import dev.serin.policy.Subscription.Event;
import dev.serin.spi.Signature;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Webhooks of any program. */
class WebhookTest extends HttpChannelContract {

  @Override
  protected Target target() {
    return new Target.Webhook(receiver.url("/told"), Optional.of(KEY));
  }

  @Test
  void a_call_is_signed_over_its_body() throws InterruptedException {
    JsonNode body = sent(Event.APPROVAL_NEEDED);
    assertThat(body.path("event").asText()).isEqualTo("approvalNeeded");
    assertThat(body.path("weightPpm").asInt()).isEqualTo(50_000);
    assertThat(body.path("links").path("approve").asText())
        .isEqualTo("https://serin.example/approvals/a");
    HttpReceiver.Call call = receiver.calls.getLast();
    assertThat(call.signature())
        .isEqualTo(Signature.of(SECRET, call.body().getBytes(StandardCharsets.UTF_8)));
  }
}
