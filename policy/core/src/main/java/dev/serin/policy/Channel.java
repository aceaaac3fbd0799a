package dev.serin.policy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import java.util.Optional;

/**
 * Where notifications of rollouts of its tenant go.
 *
 * @param title one line; where the receiver has none of its own it stands first in the text
 * @param text the message itself
 */
public record Channel(
    ResourceName name,
    ImmutableSortedMap<String, String> labels,
    Target target,
    Template title,
    Template text) {

  /** Who receives it, and how they are spoken to. */
  public sealed interface Target {
    /** An incoming webhook of Slack, whose address is its secret. */
    record Slack(Secret webhook) implements Target {}

    /** The webhook of a workflow of Microsoft Teams, whose address is its secret. */
    record Teams(Secret webhook) implements Target {}

    /**
     * A service of PagerDuty, by its Events API v2.
     *
     * @param url of the API's {@code /v2/enqueue}
     */
    record PagerDuty(Secret routingKey, String url) implements Target {
      public static final String DEFAULT_URL = "https://events.pagerduty.com/v2/enqueue";
    }

    /**
     * A mail server. Port 465 is spoken to over TLS; any other is asked for STARTTLS, and a
     * password is not sent without it.
     *
     * @param to never empty
     * @param user whose the password is
     */
    record Email(
        String host,
        int port,
        String from,
        ImmutableList<String> to,
        String user,
        Optional<Secret> password)
        implements Target {}

    /**
     * Any program that takes JSON.
     *
     * @param secret the key that calls are signed with
     */
    record Webhook(String url, Optional<Secret> secret) implements Target {}

    /** A receiver of CloudEvents 1.0 over HTTP, in structured mode. */
    record CloudEvents(String url) implements Target {}
  }
}
