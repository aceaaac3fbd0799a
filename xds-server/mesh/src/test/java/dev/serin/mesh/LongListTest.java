package dev.serin.mesh;

import static dev.serin.mesh.Mesh.plan;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import dev.serin.mesh.overlay.HttpFilters;
import dev.serin.mesh.overlay.Overlay;
import dev.serin.mesh.overlay.Refusal;
import dev.serin.mesh.overlay.ServiceRouting;
import dev.serin.plan.TrafficPlan;
import dev.serin.policy.Cohort;
import dev.serin.policy.Cohort.Condition;
import dev.serin.policy.Cohort.TextMatch;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Cohorts of thousands of tenants, which are found by a look-up and not one after the other. */
final class LongListTest {
  private static final ProxyGroup ENVOY = Mesh.envoy(40, "");
  private static final int TENANTS = 5_000;

  @Test
  void aListOfThousandsOfTenantsIsOneLookUpInATree() {
    Rendered rendered = render(plan(100_000).cohort(1_000_000, tenants("big", "t")).build());

    VirtualHost host = Mesh.routes(rendered, 8080).getVirtualHosts(0);
    assertThat(host.getRoutesList()).isEmpty();
    assertThat(host.getMatcher().getMatcherTree().getExactMatchMap().getMapMap()).hasSize(TENANTS);
    assertThat(ask(rendered, "t4999").ppm("checkout|v2|cohort/big")).isEqualTo(1_000_000);
    assertThat(ask(rendered, "u1").ppm("checkout|v2")).isEqualTo(100_000);
    assertThat(Mesh.ask(rendered, 8080, SimulatedRequest.to("checkout", "/")).ppm("checkout|v2"))
        .isEqualTo(100_000);
  }

  @Test
  void whereTwoListsOverlapTheLargerShareWins() {
    Rendered rendered =
        render(
            plan(0)
                .cohort(500_000, tenants("half", "t"))
                .cohort(
                    1_000_000, Mesh.any("whole", new Condition.Header("x-tenant", in("t", 200))))
                .build());

    assertThat(ask(rendered, "t199").ppm("checkout|v2|cohort/whole")).isEqualTo(1_000_000);
    assertThat(ask(rendered, "t200").ppm("checkout|v2|cohort/half")).isEqualTo(500_000);
  }

  @Test
  void otherCohortsStandBesideALongList() {
    Rendered rendered =
        render(
            plan(0)
                .cohort(1_000_000, tenants("big", "t"))
                .cohort(1_000_000, Mesh.any("staff", Mesh.header("x-role", "staff")))
                .build());

    assertThat(
            Mesh.ask(
                    rendered,
                    8080,
                    SimulatedRequest.to("checkout", "/").withHeader("x-role", "staff"))
                .ppm("checkout|v2|cohort/staff"))
        .isEqualTo(1_000_000);
    assertThat(ask(rendered, "t7").ppm("checkout|v2|cohort/big")).isEqualTo(1_000_000);
  }

  @Test
  void longListsOfTwoHeadersAreRefused() {
    Cohort users = Mesh.any("users", new Condition.Header("x-user", in("u", 200)));

    assertThat(reasons(plan(0).cohort(1, tenants("big", "t")).cohort(1, users).build(), ENVOY))
        .containsExactly(
            "lists of more than 100 values of headers [x-tenant, x-user] (expected: of one header)");
  }

  @Test
  void twoLongListsForOneCohortAreRefused() {
    Condition some = new Condition.Header("x-tenant", in("t", 200));
    Condition more = new Condition.Header("x-tenant", in("t", 201));

    assertThat(reasons(plan(0).cohort(1, Mesh.all("both", some, more)).build(), ENVOY))
        .singleElement()
        .asString()
        .contains("as one list");
  }

  @Test
  void aGrpcClientIsRefusedALongList() {
    ProxyGroup grpc = new ProxyGroup("default", "", ProxyGroup.Client.GRPC, 1, 85, "127.0.0.1");

    assertThat(reasons(plan(0).cohort(1, tenants("big", "t")).build(), grpc))
        .singleElement()
        .asString()
        .contains("expected: an Envoy proxy, or fewer");
  }

  @Test
  void anotherServicesRoutesInsideTheTreeAreStillFound() {
    Route cart =
        Route.newBuilder()
            .setName("cart")
            .setMatch(RouteMatch.newBuilder().setPrefix("/cart"))
            .setRoute(RouteAction.newBuilder().setCluster("cart|v1"))
            .build();
    Route rest =
        cart.toBuilder()
            .setName("rest")
            .setMatch(RouteMatch.newBuilder().setPrefix("/"))
            .setRoute(RouteAction.newBuilder().setCluster("checkout|v1"))
            .build();
    RouteConfiguration base =
        RouteConfiguration.newBuilder()
            .addVirtualHosts(
                VirtualHost.newBuilder().addDomains("*").addRoutes(cart).addRoutes(rest))
            .build();
    RouteSimulator simulator =
        new RouteSimulator(
            Overlay.apply(
                    base,
                    List.of(
                        routing("checkout", plan(0).cohort(1_000_000, tenants("big", "t")).build()),
                        routing("cart", plan(250_000).of("cart").build())),
                    ENVOY.capabilities(),
                    HttpFilters.NONE)
                .routes());

    for (String tenant : List.of("t1", "other")) {
      assertThat(
              Mesh.ask(
                      simulator,
                      SimulatedRequest.to("any", "/cart/1").withHeader("x-tenant", tenant))
                  .ppm("cart|v2"))
          .isEqualTo(250_000);
    }
    assertThat(
            Mesh.ask(simulator, SimulatedRequest.to("any", "/").withHeader("x-tenant", "t1"))
                .ppm("checkout|v2|cohort/big"))
        .isEqualTo(1_000_000);
  }

  private static ServiceRouting routing(String service, TrafficPlan plan) {
    return ServiceRouting.of(
        Mesh.service(service, 0).service(), plan.stable(), Optional.of(plan), List.of());
  }

  private static Cohort tenants(String name, String prefix) {
    return Mesh.any(name, new Condition.Header("x-tenant", in(prefix, TENANTS)));
  }

  private static TextMatch in(String prefix, int count) {
    return new TextMatch.In(
        IntStream.range(0, count)
            .mapToObj(i -> prefix + i)
            .collect(ImmutableList.toImmutableList()));
  }

  private static RouteSimulator.Answer.Routed ask(Rendered rendered, String tenant) {
    return Mesh.ask(
        rendered, 8080, SimulatedRequest.to("checkout", "/").withHeader("x-tenant", tenant));
  }

  private static Rendered render(TrafficPlan plan) {
    Rendered rendered = MeshConfig.of(List.of(Mesh.CHECKOUT_SERVICE), List.of(plan)).render(ENVOY);
    assertThat(rendered.refusals()).isEmpty();
    return rendered;
  }

  private static List<String> reasons(TrafficPlan plan, ProxyGroup group) {
    return MeshConfig.of(List.of(Mesh.CHECKOUT_SERVICE), List.of(plan))
        .render(group)
        .refusals()
        .stream()
        .map(Refusal::reason)
        .toList();
  }
}
