package dev.serin.mesh;

import static dev.serin.mesh.Mesh.CHECKOUT;
import static dev.serin.mesh.Mesh.SERVICES;
import static dev.serin.mesh.Mesh.plan;
import static org.assertj.core.api.Assertions.assertThat;

import dev.serin.policy.Cohort;
import dev.serin.policy.ResourceName;
import dev.serin.policy.StickySource;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a fleet has to be asked about first, and what is a mere weight. */
final class StructuralChangeTest {
  private static final ProxyGroup EU =
      new ProxyGroup("default", "eu-west", ProxyGroup.Client.ENVOY, 1, 40, "127.0.0.1");

  /** A kind of proxy that nobody runs must not make a mere weight a matter of probes. */
  @Test
  void structureIsWhatTheProxiesThatAreThereSee() {
    MeshConfig ninety =
        MeshConfig.of(
            SERVICES, List.of(plan(900_000).sticky(new StickySource.Cookie("sid")).build()));
    MeshConfig all =
        ninety.with(
            SERVICES, List.of(plan(1_000_000).sticky(new StickySource.Cookie("sid")).build()));
    assertThat(ninety.structurallyEqual(CHECKOUT, all, List.of(Mesh.ENVOY_1_40))).isTrue();
    assertThat(ninety.structurallyEqual(CHECKOUT, all, List.of(Mesh.ENVOY_1_40, Mesh.GRPC)))
        .as("refused until promotion")
        .isFalse();
    assertThat(ninety.structurallyEqual(CHECKOUT, all, List.of())).isTrue();
  }

  @Test
  void aWeightIsNoStructureButACohortIs() {
    MeshConfig one = MeshConfig.of(SERVICES, List.of(plan(10_000).build()));
    MeshConfig five = one.with(SERVICES, List.of(plan(50_000).build()));
    MeshConfig cohort =
        one.with(
            SERVICES,
            List.of(plan(10_000).cohort(1, Mesh.any("staff", Mesh.header("x-role", "a"))).build()));
    MeshConfig sticky =
        one.with(SERVICES, List.of(plan(10_000).sticky(new StickySource.Cookie("sid")).build()));
    MeshConfig none = one.with(SERVICES, List.of());

    assertThat(structurallyEqual(one, CHECKOUT, five)).isTrue();
    assertThat(structurallyEqual(one, CHECKOUT, cohort)).isFalse();
    assertThat(structurallyEqual(one, CHECKOUT, sticky)).isFalse();
    assertThat(structurallyEqual(one, CHECKOUT, none)).isFalse();
    assertThat(structurallyEqual(one, ResourceName.parse("pay"), none)).isTrue();
    assertThat(structurallyEqual(one, ResourceName.parse("nobody"), none)).isFalse();
  }

  @Test
  void aCohortThatOnlyOneRegionSeesIsStructureToo() {
    MeshConfig one = MeshConfig.of(SERVICES, List.of(plan(10_000).build()));
    MeshConfig regional =
        one.with(
            SERVICES,
            List.of(
                plan(10_000)
                    .cohort(1, Mesh.any("eu", new Cohort.Condition.ProxyRegion("eu-west")))
                    .build()));

    assertThat(structurallyEqual(one, CHECKOUT, regional)).isFalse();
  }

  private static boolean structurallyEqual(MeshConfig one, ResourceName service, MeshConfig other) {
    return one.structurallyEqual(
        service, other, List.of(Mesh.ENVOY_1_40, Mesh.ENVOY_1_35, Mesh.GRPC, EU));
  }
}
