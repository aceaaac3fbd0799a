package dev.serin.notify;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.serin.spi.Notification;
import dev.serin.spi.Notifier.Link;
import dev.serin.spi.Notifier.Message;
import java.util.Locale;
import java.util.stream.Collectors;

/** What each kind of receiver wants to read. */
final class Bodies {

  /** Slack refuses a section with more. */
  private static final int MAX_SECTION = 3_000;

  /** PagerDuty refuses a summary with more. */
  private static final int MAX_SUMMARY = 1_024;

  private Bodies() {}

  private static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  /** The notification itself: what webhooks get, and the data of a CloudEvent. */
  static ObjectNode data(Message message) {
    Notification told = message.notification();
    ObjectNode body = object();
    body.put("id", told.id());
    body.put("event", event(told));
    body.put("time", told.at().toString());
    body.put("rollout", rollout(told));
    body.put("service", told.service());
    body.put("version", told.to());
    body.put("stable", told.from());
    body.put("policy", told.policy());
    body.put("phase", told.phase());
    body.put("step", told.step());
    body.put("weightPpm", told.weightPpm());
    body.put("reason", told.reason());
    body.put("title", message.title());
    body.put("text", message.text());
    ObjectNode links = body.putObject("links");
    message.links().forEach(link -> links.put(link.label().toLowerCase(Locale.ROOT), link.url()));
    return body;
  }

  /** CloudEvents 1.0, JSON event format, structured mode. */
  static ObjectNode cloudEvent(Message message) {
    Notification told = message.notification();
    ObjectNode body = object();
    body.put("specversion", "1.0");
    body.put("id", told.id());
    body.put("source", "/tenants/" + told.rollout().tenant());
    body.put("type", "dev.serin.rollout." + event(told));
    body.put("subject", rollout(told));
    body.put("time", told.at().toString());
    body.put("datacontenttype", "application/json");
    body.set("data", data(message));
    return body;
  }

  /** An incoming webhook of Slack: text for notices, one section in its own markup. */
  static ObjectNode slack(Message message) {
    String links =
        message.links().stream()
            .map(link -> "<" + escaped(link.url()) + "|" + escaped(link.label()) + ">")
            .collect(Collectors.joining("  "));
    String head = "*" + escaped(message.title()) + "*\n";
    String foot = links.isEmpty() ? "" : "\n" + links;
    String text = escaped(message.text());
    int room = MAX_SECTION - head.length() - foot.length();
    ObjectNode body = object();
    body.put("text", escaped(message.title()));
    ObjectNode section = body.putArray("blocks").addObject();
    section.put("type", "section");
    section
        .putObject("text")
        .put("type", "mrkdwn")
        .put("text", cut(head, MAX_SECTION) + cut(text, Math.max(0, room)) + foot);
    return body;
  }

  /** The three characters that Slack's markup is made of. */
  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  /** A message with one Adaptive Card 1.4, as workflows of Teams take it. */
  static ObjectNode teams(Message message) {
    ObjectNode body = object();
    body.put("type", "message");
    ObjectNode attachment = body.putArray("attachments").addObject();
    attachment.put("contentType", "application/vnd.microsoft.card.adaptive");
    ObjectNode card = attachment.putObject("content");
    card.put("$schema", "http://adaptivecards.io/schemas/adaptive-card.json");
    card.put("type", "AdaptiveCard");
    card.put("version", "1.4");
    ArrayNode blocks = card.putArray("body");
    blocks
        .addObject()
        .put("type", "TextBlock")
        .put("text", message.title())
        .put("weight", "Bolder")
        .put("wrap", true);
    blocks.addObject().put("type", "TextBlock").put("text", message.text()).put("wrap", true);
    ArrayNode actions = card.putArray("actions");
    for (Link link : message.links()) {
      actions
          .addObject()
          .put("type", "Action.OpenUrl")
          .put("title", link.label())
          .put("url", link.url());
    }
    return body;
  }

  /**
   * An event of PagerDuty's Events API v2: what needs a person opens an incident of the rollout,
   * and what goes on closes it.
   */
  static ObjectNode pagerDuty(Message message, String routingKey) {
    Notification told = message.notification();
    ObjectNode body = object();
    body.put("routing_key", routingKey);
    body.put("dedup_key", "serin/" + told.rollout());
    boolean open =
        switch (told.event()) {
          case HELD, ROLLED_BACK, APPROVAL_NEEDED, UNREACHED -> true;
          case STARTED, ADVANCED, PROMOTED -> false;
        };
    body.put("event_action", open ? "trigger" : "resolve");
    if (open) {
      ObjectNode payload = body.putObject("payload");
      payload.put("summary", cut(message.title() + ": " + message.text(), MAX_SUMMARY));
      payload.put("source", rollout(told));
      payload.put("severity", severity(told));
      payload.put("timestamp", told.at().toString());
      payload.put("component", told.service());
      payload.put("class", event(told));
      payload.set("custom_details", data(message));
      ArrayNode links = body.putArray("links");
      message
          .links()
          .forEach(link -> links.addObject().put("href", link.url()).put("text", link.label()));
    }
    return body;
  }

  private static String severity(Notification told) {
    return switch (told.event()) {
      case ROLLED_BACK -> "error";
      case HELD, UNREACHED -> "warning";
      case APPROVAL_NEEDED, STARTED, ADVANCED, PROMOTED -> "info";
    };
  }

  private static String event(Notification told) {
    return switch (told.event()) {
      case STARTED -> "started";
      case ADVANCED -> "advanced";
      case HELD -> "held";
      case ROLLED_BACK -> "rolledBack";
      case PROMOTED -> "promoted";
      case APPROVAL_NEEDED -> "approvalNeeded";
      case UNREACHED -> "unreached";
    };
  }

  private static String rollout(Notification told) {
    return "tenants/%s/rollouts/%s".formatted(told.rollout().tenant(), told.rollout().name());
  }

  private static String cut(String text, int most) {
    return text.length() <= most ? text : text.substring(0, most);
  }
}
