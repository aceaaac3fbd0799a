package dev.serin.text;

import dev.serin.policy.Channel;
import dev.serin.policy.Channel.Target;
import dev.serin.v1.ChannelSpec;

/** Channels into messages. */
final class ChannelWriting {

  private ChannelWriting() {}

  static dev.serin.v1.Channel channel(Channel channel) {
    ChannelSpec.Builder spec = ChannelSpec.newBuilder();
    switch (channel.target()) {
      case Target.Slack slack ->
          spec.getSlackBuilder().setWebhook(ProceedingsWriting.secret(slack.webhook()));
      case Target.Teams teams ->
          spec.getTeamsBuilder().setWebhook(ProceedingsWriting.secret(teams.webhook()));
      case Target.PagerDuty duty ->
          spec.getPagerDutyBuilder()
              .setRoutingKey(ProceedingsWriting.secret(duty.routingKey()))
              .setUrl(duty.url());
      case Target.Email email -> {
        ChannelSpec.Email.Builder message =
            spec.getEmailBuilder()
                .setServer(address(email.host()) + ":" + email.port())
                .setFrom(email.from())
                .addAllTo(email.to());
        email
            .password()
            .ifPresent(password ->
                message.setUser(email.user()).setPassword(ProceedingsWriting.secret(password)));
      }
      case Target.Webhook webhook -> {
        spec.getWebhookBuilder().setUrl(webhook.url());
        webhook
            .secret()
            .ifPresent(s -> spec.getWebhookBuilder().setSecret(ProceedingsWriting.secret(s)));
      }
      case Target.CloudEvents events -> spec.getCloudEventsBuilder().setUrl(events.url());
    }
    spec.getTemplatesBuilder().setTitle(channel.title().source()).setText(channel.text().source());
    return dev.serin.v1.Channel.newBuilder()
        .setName(Kind.CHANNEL.fullName(channel.name()))
        .setApiVersion(Kind.API_VERSION)
        .setKind(Kind.CHANNEL.word())
        .setMetadata(ProtoWriting.metadata(channel.name(), channel.labels()))
        .setSpec(spec)
        .build();
  }

  /** An address of IPv6 stands in brackets. */
  private static String address(String host) {
    return host.contains(":") ? "[" + host + "]" : host;
  }
}
