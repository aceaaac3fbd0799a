package dev.serin.mesh;

import static dev.serin.mesh.Mesh.plan;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.serin.mesh.overlay.Capabilities;
import dev.serin.mesh.overlay.HttpFilters;
import dev.serin.mesh.tree.BasePlanner;
import dev.serin.mesh.tree.EnvoyDocuments;
import dev.serin.mesh.tree.EnvoyResource;
import dev.serin.mesh.tree.PlannedBase;
import dev.serin.mesh.tree.PlannedBase.Added;
import dev.serin.policy.Cohort;
import dev.serin.policy.Cohort.Condition;
import dev.serin.policy.Cohort.TextMatch;
import dev.serin.policy.Fault;
import dev.serin.policy.MeshService.Backend;
import dev.serin.policy.Mirror;
import dev.serin.policy.Treatment;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Plans laid over a base of trees, and the clusters that they bring. */
final class BasePlannerTest {
  private static final Capabilities NEW = new Capabilities(true, Capabilities.Cookies.NATIVE, "");
  private static final ServiceState CHECKOUT =
      Mesh.service(
          "checkout",
          ImmutableSortedMap.of(
              "v1", new Backend.EnvoyCluster("theirs"), "v2", Mesh.endpoints("10.0.0.2")),
          0);
  private static final ServiceState CART =
      Mesh.service(
          "cart",
          ImmutableSortedMap.of(
              "v1", new Backend.EnvoyCluster("cart"), "v2", Mesh.endpoints("10.0.0.3")),
          0);

  private static final String BASE =
      """
      - name: table
        virtual_hosts:
        - name: all
          domains: ["*"]
          routes:
          - {match: {prefix: /cart}, route: {cluster: cart}}
          - {match: {prefix: /}, route: {cluster: theirs}}
      ---
      - {name: theirs, type: EDS, eds_cluster_config: {service_name: kept, eds_config: {ads: {}}}}
      ---
      name: l
      filter_chains:
      - filters:
        - name: hcm
          typed_config:
            "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
            rds: {route_config_name: table}
            http_filters: [FILTERS]
      """;
  private static final String FAULT_FILTER =
      "{name: chaos, typed_config: {\"@type\": type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault}}";

  @Test
  void aServiceThatFollowsIsChangedThoughItHasNoRolloutOfItsOwn() {
    PlannedBase planned = planned(plan(10_000).followedBy("cart"), "");
    assertThat(names(planned))
        .containsExactly("cart|v2|chain", "checkout|v2", "cart|v2|chain", "checkout|v2");
    assertThat(planned.edited().get(0).at("/virtual_hosts/0/routes")).hasSize(3);
    assertThat(planned.edited().get(0).at("/internal_only_headers/0").asText())
        .isEqualTo("x-serin-version");
  }

  @Test
  void aDetachedServiceStaysAsItIsWritten() {
    EnvoyDocuments base = EnvoyDocuments.parse("base.yaml", BASE.replace("FILTERS", ""));
    PlannedBase planned =
        new BasePlanner(base)
            .plan(
                List.of(CART, CHECKOUT.at("v2").as(Attachment.DETACHED)),
                List.of(plan(10_000).build()),
                NEW);
    assertThat(planned.documents())
        .isEqualTo(base.documents().stream().map(d -> d.with(EnvoyResource::tree)).toList());
    assertThat(planned.added()).isEmpty();
    assertThat(planned.refusals())
        .singleElement()
        .satisfies(refusal -> assertThat(refusal.reason()).contains("is detached"));
  }

  @Test
  void aCanaryThatFallsBackBringsItsAggregateAndWhatThatIsMadeOf() {
    PlannedBase planned = planned(plan(10_000).retryAtStable(), "");
    assertThat(names(planned))
        .contains("checkout|v2|retry", "checkout|v2")
        .doesNotContain("theirs");
  }

  @Test
  void copiesOfRequestsGoToAClusterOfTheirOwn() {
    Mirror all = new Mirror(1_000_000, Mirror.SAFE, false, ImmutableList.of("v1"));
    PlannedBase planned =
        planned(
            plan(0).treated(new Treatment(Optional.of(all), Optional.empty(), Optional.empty())),
            "");
    Added shadow = planned.added().getFirst();
    assertThat(shadow.name()).isEqualTo("checkout|v1|shadow");
    assertThat(shadow.tree().at("/eds_cluster_config/service_name").asText()).isEqualTo("kept");
  }

  @Test
  void aFaultIsSetUnderTheNameThatItsFilterHasInTheListenersOrRefused() {
    Treatment fault =
        new Treatment(
            Optional.empty(),
            Optional.of(
                new Fault(
                    Optional.of(new Fault.Delay(Duration.ofMillis(9), 50_000)), Optional.empty())),
            Optional.empty());
    PlannedBase carried = planned(plan(10_000).treated(fault), FAULT_FILTER);
    assertThat(carried.refusals()).isEmpty();
    assertThat(
            carried
                .edited()
                .get(0)
                .at("/virtual_hosts/0/routes/1/route/weighted_clusters/clusters/0")
                .at("/typed_per_filter_config/chaos/delay/fixed_delay")
                .asText())
        .isEqualTo("0.009s");

    PlannedBase refused = planned(plan(10_000).treated(fault), "");
    assertThat(refused.refusals())
        .singleElement()
        .satisfies(refusal ->
            assertThat(refusal.reason())
                .isEqualTo(
                    "fault: listener l (base.yaml:11) without a filter for it (expected: "
                        + HttpFilters.FAULT
                        + ")"));
    assertThat(refused.edited().get(0)).isEqualTo(refused.base().resources().get(0).tree());
    assertThat(refused.added()).isEmpty();
  }

  @Test
  void aClaimIsSeenByRoutesThatAreChosenAgainOnceItsTokenIsVerified() {
    String filter =
        """
        {name: tokens, typed_config: {"@type": type.googleapis.com/%s,
         providers: {a: {payloadInMetadata: jwt_payload, clear_route_cache: %s}}}}\
        """
            .formatted(HttpFilters.JWT, "%s")
            .replace("\n", "");
    Cohort gold =
        Mesh.any(
            "gold",
            new Condition.Claim(
                "jwt_payload", ImmutableList.of("tier"), false, new TextMatch.Exact("gold")));

    assertThat(planned(plan(0).cohort(1_000_000, gold), filter.formatted("true")).refusals())
        .isEmpty();
    assertThat(planned(plan(0).cohort(1_000_000, gold), filter.formatted("false")).refusals())
        .singleElement()
        .satisfies(refusal ->
            assertThat(refusal.reason())
                .startsWith("cohort gold: a claim: payloads under [] (expected: a provider with"));
  }

  @Test
  void aControlGroupOfAVersionThatSerinPublishesIsAddedApartFromTheRestOfIt() {
    ServiceState ours =
        Mesh.service(
            "checkout",
            ImmutableSortedMap.of(
                "v1", Mesh.endpoints("10.0.0.1", "10.0.0.2", "10.0.0.3"),
                "v2", Mesh.endpoints("10.0.0.4")),
            0);
    EnvoyDocuments base =
        EnvoyDocuments.parse(
            "base.yaml",
            BASE.replace("FILTERS", "").replace("cluster: theirs", "cluster: checkout|v1"));
    PlannedBase planned =
        new BasePlanner(base)
            .plan(List.of(ours), List.of(plan(10_000).baseline(300_000).build()), NEW);

    assertThat(planned.refusals()).isEmpty();
    assertThat(
            planned.added().stream()
                .filter(added -> added.type().equals("ClusterLoadAssignment"))
                .map(added ->
                    added.name() + " " + added.tree().findValues("lb_endpoints").getFirst().size()))
        .containsExactlyInAnyOrder("checkout|v1 2", "checkout|v1|baseline 1", "checkout|v2 1");
  }

  @Test
  void aControlGroupOfTheBasesOwnEndpointsIsRefusedAndNothingIsChanged() {
    PlannedBase planned = planned(plan(10_000).baseline(300_000), "");

    assertThat(planned.refusals())
        .singleElement()
        .satisfies(refusal ->
            assertThat(refusal.reason())
                .startsWith("baseline of version v1: Envoy cluster theirs"));
    assertThat(planned.edited().get(0)).isEqualTo(planned.base().resources().get(0).tree());
  }

  private static List<String> names(PlannedBase planned) {
    return planned.added().stream().map(Added::name).toList();
  }

  private static PlannedBase planned(Mesh.PlanBuilder plan, String filters) {
    EnvoyDocuments base = EnvoyDocuments.parse("base.yaml", BASE.replace("FILTERS", filters));
    assertThat(base.problems()).isEmpty();
    return new BasePlanner(base).plan(List.of(CART, CHECKOUT), List.of(plan.build()), NEW);
  }
}
