package dev.serin.notify;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.serin.policy.Channel.Target;
import dev.serin.policy.Subscription.Event;
import org.junit.jupiter.api.Test;

/** The Events API v2. */
class PagerDutyTest extends HttpChannelContract {

  @Override
  protected Target target() {
    return new Target.PagerDuty(KEY, receiver.url("/v2/enqueue"));
  }

  @Test
  void what_needs_a_person_opens_the_incident_that_going_on_closes() throws InterruptedException {
    JsonNode held = sent(Event.HELD);
    assertThat(held.path("routing_key").asText()).isEqualTo(SECRET);
    assertThat(held.path("event_action").asText()).isEqualTo("trigger");
    assertThat(held.path("payload").path("severity").asText()).isEqualTo("warning");
    assertThat(held.path("payload").path("source").asText())
        .isEqualTo("tenants/shop/rollouts/checkout-v2");
    JsonNode advanced = sent(Event.ADVANCED);
    assertThat(advanced.path("event_action").asText()).isEqualTo("resolve");
    assertThat(advanced.path("dedup_key")).isEqualTo(held.path("dedup_key"));
    assertThat(sent(Event.ROLLED_BACK).path("payload").path("severity").asText())
        .isEqualTo("error");
  }
}
