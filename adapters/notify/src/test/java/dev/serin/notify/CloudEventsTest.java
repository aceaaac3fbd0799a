package dev.serin.notify;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.serin.policy.Channel.Target;
import dev.serin.policy.Subscription.Event;
import org.junit.jupiter.api.Test;

/** CloudEvents 1.0, structured mode. */
class CloudEventsTest extends HttpChannelContract {

  @Override
  protected Target target() {
    return new Target.CloudEvents(receiver.url("/"));
  }

  @Test
  void an_event_has_every_required_attribute() throws InterruptedException {
    JsonNode event = sent(Event.ROLLED_BACK);
    assertThat(event.path("specversion").asText()).isEqualTo("1.0");
    assertThat(event.path("id").asText()).isEqualTo("shop/checkout-v2/7/HELD/room");
    assertThat(event.path("source").asText()).isEqualTo("/tenants/shop");
    assertThat(event.path("type").asText()).isEqualTo("dev.serin.rollout.rolledBack");
    assertThat(event.path("subject").asText()).isEqualTo("tenants/shop/rollouts/checkout-v2");
    assertThat(event.path("data").path("version").asText()).isEqualTo("v2");
    assertThat(receiver.calls.getLast().type()).startsWith("application/cloudevents+json");
  }
}
