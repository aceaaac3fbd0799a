package dev.serin.telemetry;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import dev.serin.mesh.ClusterRole;
import dev.serin.mesh.bootstrap.Bootstrap;
import dev.serin.policy.ResourceName;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which Envoy clusters stand for which version, and what has to be known to read their statistics.
 * Immutable; replaced whole when the mesh changes.
 */
public final class ServedClusters {
  /** Nothing is served: every statistic is of an unknown cluster. */
  public static final ServedClusters NONE =
      of(ImmutableMap.of(), ImmutableSet.of(), ImmutableMap.of());

  /** By the origin of the request, by the endpoint's canary mark, of retried tries. */
  private static final ImmutableList<String> COPIES =
      ImmutableList.of(".external", ".internal", ".canary", ".retry");

  private final ImmutableMap<String, ClusterRole> byStatName;
  private final ImmutableSet<ResourceName> grpcServices;
  private final ImmutableMap<ResourceName, String> stable;

  /** Of a cluster that falls back, by the name of that which it tries first. */
  private final ImmutableMap<String, String> countedUnder;

  private ServedClusters(
      ImmutableMap<String, ClusterRole> byStatName,
      ImmutableSet<ResourceName> grpcServices,
      ImmutableMap<ResourceName, String> stable) {
    this.byStatName = byStatName;
    this.grpcServices = grpcServices;
    this.stable = stable;
    this.countedUnder = fallingBack(byStatName);
  }

  private static ImmutableMap<String, String> fallingBack(Map<String, ClusterRole> byStatName) {
    Map<ClusterRole, String> names = new HashMap<>();
    byStatName.forEach((name, role) -> names.put(role, name));
    Map<String, String> under = new HashMap<>();
    names.forEach((role, name) -> {
      String first =
          role.fallsBack()
              ? names.get(new ClusterRole(role.service(), role.version(), role.cohort()))
              : null;
      if (first != null) {
        under.put(first, name);
      }
    });
    return ImmutableMap.copyOf(under);
  }

  /**
   * The served clusters.
   *
   * @param roles by Envoy cluster name
   * @param grpcServices the services of protocol grpc: judged by grpc-status
   * @param stable each service's stable version
   */
  public static ServedClusters of(
      Map<String, ClusterRole> roles,
      Set<ResourceName> grpcServices,
      Map<ResourceName, String> stable) {
    return new ServedClusters(
        unambiguous(roles), ImmutableSet.copyOf(grpcServices), ImmutableMap.copyOf(stable));
  }

  /**
   * Envoy writes a colon in a cluster's name as an underscore, and keeps copies of a cluster's
   * statistics under its name and a suffix. Names that cannot be told apart under these rules are
   * left out: better not judged than judged by another's traffic.
   */
  private static ImmutableMap<String, ClusterRole> unambiguous(Map<String, ClusterRole> roles) {
    Map<String, ClusterRole> named = new HashMap<>();
    Set<String> ambiguous = new HashSet<>();
    roles.forEach((cluster, role) -> {
      String statName = cluster.replace(':', '_');
      if (named.put(statName, role) != null) {
        ambiguous.add(statName);
      }
    });
    for (String statName : named.keySet()) {
      for (String suffix : COPIES) {
        if (named.containsKey(statName + suffix)) {
          ambiguous.add(statName + suffix);
        }
      }
    }
    named.keySet().removeAll(ambiguous);
    return ImmutableMap.copyOf(named);
  }

  /** What the cluster that Envoy reports under this name stands for. */
  Optional<ClusterRole> role(String statName) {
    return Optional.ofNullable(byStatName.get(statName));
  }

  /**
   * The name under which what Envoy reports of a cluster is to be counted. Of tries through a
   * cluster that falls back Envoy reports some under its name and some under that of the cluster
   * that was tried.
   */
  String countedUnder(String statName) {
    return countedUnder.getOrDefault(statName, statName);
  }

  /** Whether a name that is not served is one that every proxy has for reasons of its own. */
  static boolean isExpected(String statName) {
    return statName.equals(Bootstrap.XDS_CLUSTER) || COPIES.stream().anyMatch(statName::endsWith);
  }

  boolean isGrpc(ResourceName service) {
    return grpcServices.contains(service);
  }

  Optional<String> stableVersion(ResourceName service) {
    return Optional.ofNullable(stable.get(service));
  }
}
