package dev.serin.mesh;

import static dev.serin.mesh.Mesh.ENVOY_1_40;
import static dev.serin.mesh.Mesh.SERVICES;
import static dev.serin.mesh.Mesh.plan;
import static org.assertj.core.api.Assertions.assertThat;

import dev.serin.policy.Cohort;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What has not changed, or does not differ between proxies, is one object. */
final class SharedResourcesTest {
  @Test
  void aWeightChangeKeepsEveryOtherResourceObject() {
    MeshConfig before = MeshConfig.of(SERVICES, List.of(plan(10_000).build()));
    MeshConfig after = before.with(SERVICES, List.of(plan(50_000).build()));

    Snapshot old = before.render(ENVOY_1_40).snapshot();
    Snapshot next = after.render(ENVOY_1_40).snapshot();

    for (String type : next.typeUrls()) {
      next.resources(type)
          .forEach((name, resource) -> {
            if (type.equals(TypeUrls.ROUTES) && name.equals("serin-8080")) {
              assertThat(resource).isNotEqualTo(old.resources(type).get(name));
            } else {
              assertThat(resource).isSameAs(old.resources(type).get(name));
            }
          });
    }
    assertThat(next.resources(TypeUrls.CLUSTER)).isSameAs(old.resources(TypeUrls.CLUSTER));
  }

  @Test
  void aCohortThatGoesToZeroKeepsItsClusters() {
    Cohort staff = Mesh.any("staff", Mesh.header("x-role", "staff"));
    MeshConfig some = MeshConfig.of(SERVICES, List.of(plan(10_000).cohort(500_000, staff).build()));
    MeshConfig none = some.with(SERVICES, List.of(plan(0).cohort(0, staff).build()));

    assertThat(none.render(ENVOY_1_40).snapshot().resources(TypeUrls.CLUSTER))
        .isSameAs(some.render(ENVOY_1_40).snapshot().resources(TypeUrls.CLUSTER));
    assertThat(none.clusterRoles()).isSameAs(some.clusterRoles());
    assertThat(Mesh.routesOf(none.render(ENVOY_1_40), 8080, "checkout")).hasSize(1);
  }

  /** A thousand proxies, each in a cluster and a region of its own, which no plan tells apart. */
  @Test
  void groupsWithEqualNeedsAreServedOneObject() {
    MeshConfig config = MeshConfig.of(SERVICES, List.of(plan(10_000).build()));
    Rendered first = config.render(ENVOY_1_40);
    for (int i = 0; i < 1_000; i++) {
      ProxyGroup group =
          new ProxyGroup(
              "cluster-" + i,
              "region-" + i,
              ENVOY_1_40.client(),
              ENVOY_1_40.major(),
              ENVOY_1_40.minor() + i % 3,
              ENVOY_1_40.bindAddress());
      assertThat(config.render(group)).isSameAs(first);
    }
  }

  /** Sidecars that listen on addresses of their own share all but their listeners. */
  @Test
  void groupsThatDifferInTheirAddressShareTheRest() {
    MeshConfig config = MeshConfig.of(SERVICES, List.of(plan(10_000).build()));
    Snapshot first = config.render(ENVOY_1_40).snapshot();
    for (int i = 1; i < 100; i++) {
      Snapshot other =
          config
              .render(
                  new ProxyGroup(
                      "c", "", ENVOY_1_40.client(), ENVOY_1_40.major(), 40, "10.0.0." + i))
              .snapshot();
      for (String type : List.of(TypeUrls.CLUSTER, TypeUrls.ENDPOINTS, TypeUrls.ROUTES)) {
        assertThat(other.ofType(type)).isSameAs(first.ofType(type));
      }
      assertThat(other.ofType(TypeUrls.LISTENER)).isNotSameAs(first.ofType(TypeUrls.LISTENER));
    }
  }
}
