package dev.serin.text;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.net.HostAndPort;
import dev.serin.policy.Channel;
import dev.serin.policy.Channel.Target;
import dev.serin.policy.ResourceName;
import dev.serin.policy.Secret;
import dev.serin.policy.Template;
import dev.serin.text.Problem.Code;
import dev.serin.v1.ChannelSpec;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Channels, with every problem that they have. */
final class ChannelReading {

  private static final int MAX_RECEIVERS = 50;

  /** What an SMTP server is certain to take for one address, without a display name. */
  private static final Pattern MAILBOX =
      Pattern.compile("[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,255}");

  private final Checks checks;
  private final Findings findings;
  private final CalledReading called;

  ChannelReading(Checks checks) {
    this.checks = checks;
    this.findings = checks.findings();
    this.called = new CalledReading(checks);
  }

  Optional<Channel> read(dev.serin.v1.Channel message) {
    checks.head(message.getApiVersion(), message.getKind(), Kind.CHANNEL.word());
    Optional<ResourceName> name =
        checks.resourceName(message.getName(), message.getMetadata(), Kind.CHANNEL.collection());
    ChannelSpec spec = message.getSpec();
    Optional<Target> target = target(spec);
    Optional<Template> title =
        template("spec.templates.title", spec.getTemplates().getTitle(), Template.DEFAULT_TITLE);
    Optional<Template> text =
        template("spec.templates.text", spec.getTemplates().getText(), Template.DEFAULT_TEXT);
    checks.notSupported("spec.links", spec.hasLinks(), "links to approve and to reject");
    if (findings.hasErrors()
        || name.isEmpty()
        || target.isEmpty()
        || title.isEmpty()
        || text.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new Channel(
            name.get(),
            ImmutableSortedMap.copyOf(message.getMetadata().getLabelsMap()),
            target.get(),
            title.get(),
            text.get()));
  }

  private Optional<Target> target(ChannelSpec spec) {
    return switch (spec.getTargetCase()) {
      case SLACK ->
          called.secret("spec.slack.webhook", spec.getSlack().getWebhook()).map(Target.Slack::new);
      case TEAMS ->
          called.secret("spec.teams.webhook", spec.getTeams().getWebhook()).map(Target.Teams::new);
      case PAGER_DUTY -> {
        ChannelSpec.PagerDuty duty = spec.getPagerDuty();
        String url =
            duty.getUrl().isEmpty()
                ? Target.PagerDuty.DEFAULT_URL
                : called.url("spec.pagerDuty.url", duty.getUrl());
        yield called
            .secret("spec.pagerDuty.routingKey", duty.getRoutingKey())
            .map(key -> new Target.PagerDuty(key, url));
      }
      case EMAIL -> email(spec.getEmail());
      case WEBHOOK -> {
        ChannelSpec.Webhook webhook = spec.getWebhook();
        String url = called.url("spec.webhook.url", webhook.getUrl());
        Optional<Secret> secret =
            webhook.hasSecret()
                ? called.secret("spec.webhook.secret", webhook.getSecret())
                : Optional.empty();
        yield Optional.of(new Target.Webhook(url, secret));
      }
      case CLOUD_EVENTS ->
          Optional.of(
              new Target.CloudEvents(
                  called.url("spec.cloudEvents.url", spec.getCloudEvents().getUrl())));
      case TARGET_NOT_SET -> {
        findings.error(
            "spec",
            Code.MISSING,
            "nothing (expected: slack, teams, pagerDuty, email, webhook or cloudEvents)",
            "");
        yield Optional.empty();
      }
    };
  }

  private Optional<Target> email(ChannelSpec.Email email) {
    Optional<HostAndPort> server = server(email.getServer());
    mailbox("spec.email.from", email.getFrom());
    List<String> to = email.getToList();
    if (to.isEmpty()) {
      findings.error("spec.email.to", Code.MISSING, "nothing (expected: at least one address)", "");
    }
    checks.fits("spec.email.to", to, MAX_RECEIVERS);
    for (int i = 0; i < to.size(); i++) {
      mailbox("spec.email.to[" + i + "]", to.get(i));
    }
    if (!email.getUser().isEmpty()) {
      checks.value("spec.email.user", email.getUser());
      if (!email.hasPassword()) {
        findings.error(
            "spec.email.password", Code.MISSING, "nothing beside user (expected: env or file)", "");
      }
    }
    Optional<Secret> password =
        email.hasPassword()
            ? called.secret("spec.email.password", email.getPassword())
            : Optional.empty();
    String user = email.getUser().isEmpty() ? email.getFrom() : email.getUser();
    return server.map(at ->
        new Target.Email(
            at.getHost(), at.getPort(), email.getFrom(), ImmutableList.copyOf(to), user, password));
  }

  private Optional<HostAndPort> server(String text) {
    checks.value("spec.email.server", text);
    try {
      HostAndPort server = HostAndPort.fromString(text);
      if (server.hasPort() && server.getPort() > 0 && !server.getHost().isEmpty()) {
        return Optional.of(server);
      }
    } catch (IllegalArgumentException notOne) {
      // told below, like everything else that is none
    }
    if (!text.isEmpty()) {
      findings.error(
          "spec.email.server",
          Code.BAD_VALUE,
          Shown.value(text) + " (expected: HOST:PORT, as mail.example:587)",
          "");
    }
    return Optional.empty();
  }

  private void mailbox(String path, String text) {
    if (!MAILBOX.matcher(text).matches()) {
      findings.error(
          path,
          text.isEmpty() ? Code.MISSING : Code.BAD_VALUE,
          (text.isEmpty() ? "nothing" : Shown.value(text))
              + " (expected: an address, as ops@shop.example)",
          "");
    }
  }

  private Optional<Template> template(String path, String text, Template absent) {
    if (text.isEmpty()) {
      return Optional.of(absent);
    }
    ImmutableList<String> problems = Template.problems(text);
    problems.forEach(problem -> findings.error(path, Code.BAD_VALUE, problem, ""));
    return problems.isEmpty() ? Optional.of(new Template(text)) : Optional.empty();
  }
}
