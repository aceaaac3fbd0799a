package dev.serin.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.serin.mesh.RouteSimulator.Answer;
import dev.serin.mesh.RouteSimulator.Answer.Routed;
import dev.serin.mesh.RouteSimulator.Share;
import dev.serin.mesh.tree.EnvoyDocuments;
import dev.serin.mesh.tree.TreeRoutes;
import org.junit.jupiter.api.Test;

/** Tables with what no class of ours knows; the rest of the simulation is a contract of forms. */
final class TreeSimulatorTest {
  private static Answer ask(String routes, String path) {
    EnvoyDocuments table =
        EnvoyDocuments.parse(
            "table.yaml",
            """
            name: table
            virtual_hosts:
            - name: shop
              domains: [shop]
              routes:
            """
                + routes.indent(2));
    assertThat(table.problems()).isEmpty();
    return TreeRoutes.simulator(table.resources().getFirst().tree())
        .ask(SimulatedRequest.to("shop", path));
  }

  @Test
  void whatDoesNotDecideWhereARequestGoesNeedNotBeKnown() {
    Routed answer =
        (Routed)
            ask(
                """
                - name: pay
                  match: {prefix: /pay}
                  field_of_tomorrow: 1
                  typed_per_filter_config: {acme: {"@type": type.googleapis.com/acme.Unknown, a: 1}}
                  route:
                    timeout_of_tomorrow: 7s
                    retry_policy: {what: {ever: true}}
                    weighted_clusters:
                      clusters:
                      - {name: v1, weight: 3, tomorrow: 1}
                      - {name: v2, weight: 1}
                """,
                "/pay");
    assertThat(answer.route()).isEqualTo("pay");
    assertThat(answer.shares()).containsExactly(new Share("v1", 750_000), new Share("v2", 250_000));
  }

  @Test
  void aMatcherOfTomorrowIsUndecidedOnlyWhereTheRestTakesTheRequest() {
    String routes =
        """
        - name: new
          match: {prefix: /pay, planet: mars}
          route: {cluster: v1}
        - match: {prefix: /}
          route: {cluster: v2}
        """;
    assertThat(ask(routes, "/cart")).isInstanceOf(Routed.class);
    assertThat(ask(routes, "/pay"))
        .isEqualTo(
            new Answer.Undecided("new", "field planet of RouteMatch, newer than this build"));
  }

  @Test
  void aRouteThatCannotBeReadIsUndecidedWithTheReason() {
    Answer answer =
        ask(
            """
            - name: broken
              match: {prefix: /, headers: [{name: x-a, string_match: {tomorrow: 1}}]}
              route: {cluster: v1}
            """,
            "/");
    assertThat(answer)
        .isInstanceOfSatisfying(
            Answer.Undecided.class,
            undecided -> {
              assertThat(undecided.route()).isEqualTo("broken");
              assertThat(undecided.reason()).contains("match.headers[0].string_match", "tomorrow");
            });
  }

  @Test
  void aRedirectOfAnyMakeReachesNoCluster() {
    assertThat(ask("- {match: {prefix: /}, redirect: {to: tomorrow}}", "/"))
        .isInstanceOf(Answer.NotRouted.class);
  }
}
