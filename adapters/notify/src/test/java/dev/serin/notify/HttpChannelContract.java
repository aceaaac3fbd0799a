package dev.serin.notify;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.serin.policy.Secret;
import dev.serin.policy.Subscription;
import dev.serin.spi.Notifier;
import dev.serin.spi.Notifier.Sent;
import dev.serin.spi.NotifierContract;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What every channel over HTTP does besides. */
abstract class HttpChannelContract extends NotifierContract {

  static final Secret KEY = new Secret.Env("KEY");

  final HttpReceiver receiver = new HttpReceiver();
  private final ChannelNotifier notifier =
      new ChannelNotifier(Map.of("KEY", SECRET, "URL", receiver.url("/hook/" + SECRET)));

  @AfterEach
  final void close() {
    notifier.close();
    receiver.close();
  }

  @Override
  protected final Notifier notifier() {
    return notifier;
  }

  @Override
  protected final Receiver receiver() {
    return receiver;
  }

  final JsonNode sent(Subscription.Event event) throws InterruptedException {
    assertThat(notifier.send(channel(), message(event))).isEqualTo(new Sent.Taken());
    return last();
  }

  final JsonNode last() {
    try {
      return new ObjectMapper().readTree(receiver.calls.getLast().body());
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  final void json_is_sent_under_its_type() throws InterruptedException {
    assertThat(send()).isEqualTo(new Sent.Taken());
    assertThat(receiver.calls.getLast().type()).matches("application/(cloudevents\\+)?json.*");
    assertThat(last().isObject()).isTrue();
  }
}
