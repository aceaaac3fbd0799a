package dev.serin.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.google.common.collect.ImmutableList;
import dev.serin.policy.Channel;
import dev.serin.policy.Channel.Target;
import dev.serin.policy.Secret;
import dev.serin.policy.Template;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ChannelTest {

  private static final String CHANNEL =
      """
      apiVersion: serin.dev/v1
      kind: Channel
      metadata: {name: room, tenant: shop, labels: {team: pay}}
      spec: {%s}
      """;

  private static final String POLICY =
      """
      apiVersion: serin.dev/v1
      kind: CanaryPolicy
      metadata: {name: p, tenant: shop}
      spec:
        sticky: sourceIp
        notify: [{channel: room, events: [held]}]
      """;

  private static Reading read(String spec) {
    return ResourceReader.read("f.yaml", CHANNEL.formatted(spec));
  }

  private static Channel channel(Reading reading) {
    assertThat(reading.problems()).isEmpty();
    return ((Parsed.Channel) reading.resources().getFirst()).channel();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "slack: {webhook: {env: SLACK_URL}}",
        "teams: {webhook: {file: /run/secrets/teams}}",
        "pagerDuty: {routingKey: {env: KEY}}",
        "pagerDuty: {routingKey: {env: KEY}, url: 'https://events.eu.example/v2/enqueue'}",
        "email: {server: 'mail.example:587', from: a@b.example, to: [c@d.example],"
            + " password: {env: PASS}, user: u}",
        "email: {server: '[::1]:25', from: a@b.example, to: [c@d.example, e@f.example]}",
        "webhook: {url: 'https://ci.example/told', secret: {env: KEY}}",
        "webhook: {url: 'http://ci.example/told'}",
        "cloudEvents: {url: 'http://broker.example/'},"
            + " templates: {title: 'at {{ step }}', text: '{{reason}}'}",
      })
  void everyChannelIsReadBackFromItsMessageItsTextAndTheStore(String spec) {
    Channel channel = channel(read(spec));
    dev.serin.v1.Channel message = ProtoCodec.toProto(channel);
    assertThat(ProtoCodec.check(message).value()).contains(channel);
    assertThat(channel(ResourceReader.read("f.yaml", ResourceText.yaml(message))))
        .isEqualTo(channel);
    assertThat(RecordJson.read(RecordJson.write(channel), Channel.class)).isEqualTo(channel);
  }

  @Test
  void whatNobodySaysIsTheDefault() {
    Channel channel = channel(read("slack: {webhook: {env: SLACK_URL}}"));
    assertThat(channel.target()).isEqualTo(new Target.Slack(new Secret.Env("SLACK_URL")));
    assertThat(channel.title()).isEqualTo(Template.DEFAULT_TITLE);
    assertThat(channel.text()).isEqualTo(Template.DEFAULT_TEXT);
  }

  @Test
  void everyMistakeIsToldAtOnce() {
    assertThat(
            read("email: {server: mail.example, from: nobody, to: [], user: u},"
                    + " templates: {title: '{{rolout}} }}', text: '{{reason'},"
                    + " links: {approve: true}")
                .problems())
        .extracting(Problem::path, Problem::message)
        .containsExactly(
            tuple("spec.email.server", "mail.example (expected: HOST:PORT, as mail.example:587)"),
            tuple("spec.email.from", "nobody (expected: an address, as ops@shop.example)"),
            tuple("spec.email.to", "nothing (expected: at least one address)"),
            tuple("spec.email.password", "nothing beside user (expected: env or file)"),
            tuple(
                "spec.templates.title",
                "{{rolout}} (expected: one of tenant, rollout, service, from, to, policy, event,"
                    + " phase, step, weight, reason, time)"),
            tuple(
                "spec.templates.title",
                "{{ and }} that are no pair (expected: a place, as {{rollout}})"),
            tuple(
                "spec.templates.text",
                "{{ and }} that are no pair (expected: a place, as {{rollout}})"),
            tuple("spec.links", "not supported yet: links to approve and to reject"));
    assertThat(read("").problems()).extracting(Problem::path).containsExactly("spec");
  }

  @Test
  void aSecretIsNeverPartOfAChannel() {
    assertThat(read("slack: {webhook: 'https://hooks.example/T/B'}").hasErrors()).isTrue();
    assertThat(read("webhook: {url: 'https://user:pass@ci.example/'}").problems())
        .extracting(Problem::path)
        .containsExactly("spec.webhook.url");
  }

  @Test
  void theChannelThatAPolicyTellsHasToBeThere() {
    ImmutableList<Parsed> policy = ResourceReader.read("p.yaml", POLICY).resources();
    assertThat(References.check(policy, Catalog.EMPTY, References.Mode.LINT))
        .extracting(Problem::path, Problem::severity)
        .containsExactly(tuple("spec.notify[0].channel", Problem.Severity.WARNING));
    assertThat(References.check(policy, Catalog.EMPTY, References.Mode.APPLY))
        .extracting(Problem::path, Problem::severity)
        .containsExactly(tuple("spec.notify[0].channel", Problem.Severity.ERROR));
    Reading both =
        ResourceReader.read(
            "f.yaml", CHANNEL.formatted("slack: {webhook: {env: S}}") + "---\n" + POLICY);
    assertThat(References.lint(both)).isEmpty();
    Reading unsound = ResourceReader.read("f.yaml", CHANNEL.formatted("") + "---\n" + POLICY);
    assertThat(References.lint(unsound)).isEmpty();
  }

  @Test
  void whatFillsATemplateIsNotATemplate() {
    Template template = new Template("{{rollout}}: {{ reason }}");
    assertThat(
            template.fill(
                Map.of(Template.Place.ROLLOUT, "a$1", Template.Place.REASON, "{{tenant}} \\ $0")))
        .isEqualTo("a$1: {{tenant}} \\ $0");
  }
}
