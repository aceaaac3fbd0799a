package dev.serin.mesh.overlay;

import dev.serin.policy.MeshService;
import dev.serin.policy.ResourceName;

/** The names of what Serin publishes. They hold no dots: Envoy cuts tagged statistics at dots. */
public final class ClusterNames {
  private ClusterNames() {}

  /** {@code SERVICE}, outside tenant {@code default} {@code TENANT/SERVICE}. */
  public static String service(ResourceName service) {
    return service.tenant().equals(ResourceName.DEFAULT_TENANT)
        ? service.name()
        : service.toString();
  }

  /** {@code SERVICE|VERSION}. */
  public static String cluster(ResourceName service, String version) {
    return service(service) + "|" + version;
  }

  /** {@code SERVICE|VERSION|cohort/NAME}. */
  public static String cohortCluster(ResourceName service, String version, String cohort) {
    return cluster(service, version) + "|cohort/" + cohort;
  }

  /** {@code SERVICE|VERSION|shadow}: copies of requests. */
  static String shadowCluster(ResourceName service, String version) {
    return cluster(service, version) + "|shadow";
  }

  /** {@code SERVICE|VERSION|chain}: requests that follow a version chosen before. */
  static String chainCluster(ResourceName service, String version) {
    return cluster(service, version) + "|chain";
  }

  /** {@code SERVICE|VERSION|baseline}: the part of stable that the canary is compared with. */
  static String baselineCluster(ResourceName service, String version) {
    return cluster(service, version) + "|baseline";
  }

  /** Of the aggregate that tries a cluster first. */
  static String fallbackCluster(String first) {
    return first + "|retry";
  }

  /** The cluster that the randomised split of a version goes to: ours, or the base's. */
  public static String splitCluster(MeshService service, String version) {
    return service.versions().get(version) instanceof MeshService.Backend.EnvoyCluster base
        ? base.cluster()
        : cluster(service.name(), version);
  }
}
