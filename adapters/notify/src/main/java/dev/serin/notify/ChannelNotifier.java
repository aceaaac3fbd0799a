package dev.serin.notify;

import com.fasterxml.jackson.databind.JsonNode;
import dev.serin.policy.Channel;
import dev.serin.policy.Channel.Target;
import dev.serin.policy.Secret;
import dev.serin.spi.Notifier;
import dev.serin.spi.Secrets;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;

/** Every kind of channel. */
public final class ChannelNotifier implements Notifier, AutoCloseable {

  private static final String JSON = "application/json";

  private final Secrets secrets;
  private final Poster poster = new Poster();

  /** A notifier that reads its secrets from {@code environment} and from files. */
  public ChannelNotifier(Map<String, String> environment) {
    this.secrets = new Secrets(environment);
  }

  @Override
  public Sent send(Channel channel, Message message) throws InterruptedException {
    try {
      return switch (channel.target()) {
        case Target.Slack(Secret webhook) ->
            atSecretAddress(webhook, Bodies.slack(message), message);
        case Target.Teams(Secret webhook) ->
            atSecretAddress(webhook, Bodies.teams(message), message);
        case Target.PagerDuty(Secret key, String url) ->
            post(url, JSON, Bodies.pagerDuty(message, secrets.read(key)), message, "");
        case Target.Webhook(String url, Optional<Secret> secret) ->
            post(
                url,
                JSON,
                Bodies.data(message),
                message,
                secret.isPresent() ? secrets.read(secret.get()) : "");
        case Target.CloudEvents(String url) ->
            post(
                url,
                "application/cloudevents+json; charset=UTF-8",
                Bodies.cloudEvent(message),
                message,
                "");
        case Target.Email email ->
            Mail.send(
                email,
                email.password().isPresent() ? secrets.read(email.password().get()) : "",
                message);
      };
    } catch (IOException noSecret) {
      // It may be put there while the notification waits.
      return new Sent.Failed(String.valueOf(noSecret.getMessage()), true);
    }
  }

  private Sent atSecretAddress(Secret address, JsonNode body, Message message)
      throws IOException, InterruptedException {
    String url = secrets.read(address);
    return isWebAddress(url)
        ? post(url, JSON, body, message, "")
        : new Sent.Failed("the secret " + name(address) + " is no http or https URL", true);
  }

  private static boolean isWebAddress(String url) {
    try {
      URI uri = URI.create(url);
      return uri.getHost() != null
          && ("https".equals(uri.getScheme()) || "http".equals(uri.getScheme()));
    } catch (IllegalArgumentException notOne) {
      return false;
    }
  }

  private static String name(Secret secret) {
    return switch (secret) {
      case Secret.Env(String name) -> name;
      case Secret.File(String path) -> path;
    };
  }

  private Sent post(String url, String type, JsonNode body, Message message, String key)
      throws InterruptedException {
    return poster.post(
        URI.create(url),
        type,
        body.toString().getBytes(StandardCharsets.UTF_8),
        message.notification().id(),
        key);
  }

  @Override
  public void close() {
    poster.close();
  }
}
