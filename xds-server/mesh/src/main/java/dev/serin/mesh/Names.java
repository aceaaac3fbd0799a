package dev.serin.mesh;

import dev.serin.policy.MeshService;
import dev.serin.policy.ResourceName;

/** The names of what Serin publishes. They hold no dots: Envoy cuts tagged statistics at dots. */
final class Names {
  private Names() {}

  /** {@code SERVICE}, outside tenant {@code default} {@code TENANT/SERVICE}. */
  static String service(ResourceName service) {
    return service.tenant().equals(ResourceName.DEFAULT_TENANT)
        ? service.name()
        : service.toString();
  }

  /** {@code SERVICE|VERSION}. */
  static String cluster(ResourceName service, String version) {
    return service(service) + "|" + version;
  }

  /** {@code SERVICE|VERSION|cohort/NAME}. */
  static String cohortCluster(ResourceName service, String version, String cohort) {
    return cluster(service, version) + "|cohort/" + cohort;
  }

  /** The cluster that the randomised split of a version goes to: ours, or the base's. */
  static String splitCluster(MeshService service, String version) {
    return service.versions().get(version) instanceof MeshService.Backend.EnvoyCluster base
        ? base.cluster()
        : cluster(service.name(), version);
  }

  /** Of the listener of a port, and of the RouteConfiguration that it asks for. */
  static String port(int port) {
    return "serin-" + port;
  }
}
