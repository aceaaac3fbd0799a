package dev.serin.mesh.overlay;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableList;
import com.google.common.hash.Hashing;
import com.google.common.net.InetAddresses;
import dev.serin.plan.TrafficPlan;
import dev.serin.policy.Conduct;
import dev.serin.policy.MeshService;
import dev.serin.policy.MeshService.Backend;
import dev.serin.policy.MeshService.Endpoint;
import dev.serin.policy.Ppm;
import java.util.Comparator;
import java.util.Optional;

/**
 * A control group of the canary's size without another deployment: a part of stable's endpoints in
 * a cluster of its own, which stable's own cluster does without for as long as the plan is in force
 * and the canary has a weight.
 *
 * @param version the stable version
 * @param cluster the name of the control group's cluster
 * @param endpoints those of the control group: at least one
 * @param rest those that stay in stable's own cluster: at least one
 */
public record Baseline(
    String version,
    String cluster,
    ImmutableList<Endpoint> endpoints,
    ImmutableList<Endpoint> rest) {

  /**
   * The control group that a plan asks for, and the service has the endpoints for. Without a weight
   * there is nothing to compare, and stable has all that it has: a release that was rolled back
   * takes nothing from it.
   */
  static Optional<Baseline> of(MeshService service, TrafficPlan plan) {
    boolean wanted = plan.weightPpm() > 0 && plan.conduct().baselinePpm().isPresent();
    return wanted && problem(service, plan.stable(), plan.conduct()).isEmpty()
        ? Optional.of(carve(service, plan.stable(), plan.conduct().baselinePpm().getAsInt()))
        : Optional.empty();
  }

  /** Why a service cannot have the control group that a policy asks for. */
  public static Optional<String> problem(MeshService service, String stable, Conduct conduct) {
    if (conduct.baselinePpm().isEmpty()) {
      return Optional.empty();
    }
    String where = "baseline of version " + stable + ": ";
    return switch (service.versions().get(stable)) {
      // That there is no such version is said elsewhere.
      case null -> Optional.empty();
      case Backend.EnvoyCluster(String cluster) ->
          Optional.of(
              where
                  + "Envoy cluster "
                  + cluster
                  + " (expected: endpoints that Serin publishes, to take some of them)");
      case Backend.Dns(Endpoint target) ->
          Optional.of(where + "dns " + target + " (expected: endpoints, to take some of them)");
      case Backend.Endpoints(ImmutableList<Endpoint> endpoints) -> problem(where, endpoints);
    };
  }

  private static Optional<String> problem(String where, ImmutableList<Endpoint> endpoints) {
    if (endpoints.size() < 2) {
      return Optional.of(where + "1 endpoint (expected: at least 2, one stays in stable)");
    }
    return endpoints.stream()
        .filter(endpoint -> !InetAddresses.isInetAddress(endpoint.host()))
        .findFirst()
        // They stand in the Cluster itself, which no step may change.
        .map(named -> where + "endpoint " + named + " (expected: addresses, not names)");
  }

  /** By a hash: who is in the control group does not change with who else comes and goes. */
  private static Baseline carve(MeshService service, String version, int ppm) {
    ImmutableList<Endpoint> endpoints =
        ((Backend.Endpoints) java.util.Objects.requireNonNull(service.versions().get(version)))
            .endpoints();
    int wanted = Math.toIntExact(Math.ceilDiv((long) ppm * endpoints.size(), (long) Ppm.ALL));
    int taken = Math.min(wanted, endpoints.size() - 1);
    ImmutableList<Endpoint> ordered =
        ImmutableList.sortedCopyOf(
            Comparator.comparing(endpoint -> hash(service, endpoint)), endpoints);
    return new Baseline(
        version,
        ClusterNames.baselineCluster(service.name(), version),
        ordered.subList(0, taken),
        ordered.subList(taken, ordered.size()));
  }

  private static String hash(MeshService service, Endpoint endpoint) {
    return Hashing.sha256().hashString(service.name() + " " + endpoint, UTF_8).toString();
  }

  /** What stands behind a version's own cluster while the control group is apart. */
  public Backend backend(MeshService service, String of) {
    return of.equals(version)
        ? new Backend.Endpoints(rest)
        : java.util.Objects.requireNonNull(service.versions().get(of), of);
  }
}
