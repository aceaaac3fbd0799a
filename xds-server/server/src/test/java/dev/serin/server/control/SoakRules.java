package dev.serin.server.control;

import com.google.common.collect.ImmutableSortedMap;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.serin.mesh.ClusterRole;
import dev.serin.mesh.TypeUrls;
import dev.serin.policy.ResourceName;
import dev.serin.server.control.SoakResponse.Kept;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster.ClusterWeight;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.ToIntBiFunction;
import org.jspecify.annotations.Nullable;

/**
 * The invariants of the fleet, looked at with every response: what a proxy is sent, what it applies
 * and what it has refused. They are noted when broken, and the soak fails at the end of the second.
 */
final class SoakRules {
  /** The version that every proxy refuses. */
  static final String BAD = "bad";

  /** So many refusals of a proxy are remembered by the server at least. */
  private static final int REMEMBERED = 200;

  private static final int TOTAL = 1_000_000;

  private final ImmutableSortedMap<String, ClusterRole> roles;

  /** The share of a version that the journal allows now, in parts per million. */
  private final ToIntBiFunction<ResourceName, String> allowed;

  private final Map<String, Set<ByteString>> rejected = new HashMap<>();
  private final Map<String, Set<String>> tookBad = new HashMap<>();
  private final Map<String, Integer> leftWhileBad = new HashMap<>();

  /** What each proxy has accepted last, and who has refused something since. */
  private final Map<SoakProxy, ByteString> lastGood = new HashMap<>();

  private final Set<String> refusing = new HashSet<>();
  private final List<String> broken = new ArrayList<>();
  @Nullable String cranky;
  long responses;
  long nacks;

  SoakRules(
      ImmutableSortedMap<String, ClusterRole> roles,
      ToIntBiFunction<ResourceName, String> allowed) {
    this.roles = roles;
    this.allowed = allowed;
  }

  List<String> broken() {
    return broken;
  }

  void left(SoakProxy proxy) {
    leftWhileBad.merge(proxy.kind(), 1, Integer::sum);
  }

  void broke(SoakProxy proxy, Throwable error) {
    broken.add(proxy.id + " lost its stream: " + error);
  }

  /** A rollout to the bad version begins: from now on it is counted who is sent it. */
  void badBegins() {
    tookBad.clear();
    leftWhileBad.clear();
  }

  void sent(SoakProxy proxy, SoakResponse response, boolean unanswered) {
    responses++;
    require(!unanswered, proxy, "two unanswered responses of " + response.type());
    if (!response.type().equals(TypeUrls.ROUTES)) {
      return;
    }
    response
        .resources()
        .forEach((name, kept) -> {
          require(
              !rejected.getOrDefault(proxy.id, Set.of()).contains(kept.body()),
              proxy,
              "was sent again what it has rejected of " + name);
          RouteConfiguration routes = parsed(kept.body());
          if (!isLastGood(proxy, kept)) {
            routes.getVirtualHostsList().forEach(host -> sharesAreApproved(proxy, host));
          }
          if (clusters(routes).stream().anyMatch(SoakRules::isBad)) {
            tookBad.computeIfAbsent(proxy.kind(), k -> new TreeSet<>()).add(proxy.id);
            badStaysWithItsProbes(proxy);
          }
        });
  }

  /**
   * Who refuses what there is, or refused the like of it once, stays with, and is given again, what
   * it accepted last.
   */
  private boolean isLastGood(SoakProxy proxy, Kept kept) {
    return kept.body().equals(lastGood.get(proxy))
        && (refusing.contains(proxy.id) || hasRejectedWhatItsKindHas(proxy));
  }

  private boolean hasRejectedWhatItsKindHas(SoakProxy proxy) {
    Set<ByteString> known = rejected.getOrDefault(proxy.id, Set.of());
    return lastGood.entrySet().stream()
        .anyMatch(e -> e.getKey().kind().equals(proxy.kind()) && known.contains(e.getValue()));
  }

  /** One probe of each kind tries it, and another one in the place of one that went away. */
  private void badStaysWithItsProbes(SoakProxy proxy) {
    Set<String> took = tookBad.getOrDefault(proxy.kind(), Set.of());
    int most = 1 + leftWhileBad.getOrDefault(proxy.kind(), 0);
    require(
        took.size() <= most,
        proxy,
        "of its kind %s were sent what a probe rejects (expected: at most %d)"
            .formatted(took, most));
  }

  private void sharesAreApproved(SoakProxy proxy, VirtualHost host) {
    for (Route route : host.getRoutesList()) {
      Map<String, Integer> shares = shares(route.getRoute());
      if (route.getRoute().hasWeightedClusters()) {
        int sum = shares.values().stream().mapToInt(Integer::intValue).sum();
        require(sum == TOTAL, proxy, "weights of " + host.getName() + " sum to " + sum);
      }
      shares.forEach((cluster, share) -> {
        ClusterRole role = roles.get(cluster);
        if (role != null) {
          int most = allowed.applyAsInt(role.service(), role.version());
          require(
              share <= most,
              proxy,
              "was sent %d ppm of %s of %s (expected: at most %d)"
                  .formatted(share, role.version(), role.service(), most));
        }
      });
    }
  }

  /** What a rollout that was taken back has left at a proxy. */
  void holdsNoMoreThanAllowed(SoakProxy proxy) {
    proxy
        .accepted(TypeUrls.ROUTES)
        .values()
        .forEach(kept -> {
          if (!isLastGood(proxy, kept)) {
            parsed(kept.body())
                .getVirtualHostsList()
                .forEach(host -> sharesAreApproved(proxy, host));
          }
        });
  }

  /** No cluster goes that its routes still name, and not everything at once. */
  void applies(SoakProxy proxy, String type, Map<String, Kept> before, Map<String, Kept> after) {
    require(before.isEmpty() || !after.isEmpty(), proxy, "everything was taken of " + type);
    if (type.equals(TypeUrls.ROUTES)) {
      for (Kept kept : after.values()) {
        if (!kept.body().equals(lastGood.put(proxy, kept.body()))) {
          refusing.remove(proxy.id);
        }
      }
    }
    if (!type.equals(TypeUrls.CLUSTER)) {
      return;
    }
    Set<String> gone = new TreeSet<>(before.keySet());
    gone.removeAll(after.keySet());
    proxy
        .accepted(TypeUrls.ROUTES)
        .values()
        .forEach(kept -> {
          Set<String> missing = new TreeSet<>(gone);
          missing.retainAll(clusters(parsed(kept.body())));
          require(missing.isEmpty(), proxy, "its routes still name " + missing + ", which went");
        });
  }

  /** Why the proxy refuses the response; null when it takes it. */
  @Nullable String objection(SoakProxy proxy, SoakResponse response) {
    if (!response.type().equals(TypeUrls.ROUTES)) {
      return null;
    }
    for (Kept kept : response.resources().values()) {
      Set<String> clusters = clusters(parsed(kept.body()));
      if (clusters.stream().anyMatch(SoakRules::isBad)) {
        return "no such thing as " + BAD;
      }
      if (proxy.id.equals(cranky) && clusters.size() > 2) {
        return "not today";
      }
    }
    return null;
  }

  private static boolean isBad(String cluster) {
    return cluster.endsWith(BAD);
  }

  void rejected(SoakProxy proxy, SoakResponse response) {
    nacks++;
    refusing.add(proxy.id);
    if (response.resources().size() == 1) {
      rejected
          .computeIfAbsent(proxy.id, id -> new LinkedHashSet<>())
          .add(response.resources().values().iterator().next().body());
      Set<ByteString> all = rejected.getOrDefault(proxy.id, Set.of());
      if (all.size() > REMEMBERED) {
        all.remove(all.iterator().next());
      }
    }
  }

  private static Map<String, Integer> shares(RouteAction action) {
    Map<String, Integer> shares = new HashMap<>();
    if (action.hasWeightedClusters()) {
      for (ClusterWeight weight : action.getWeightedClusters().getClustersList()) {
        shares.merge(weight.getName(), weight.getWeight().getValue(), Integer::sum);
      }
    } else if (!action.getCluster().isEmpty()) {
      shares.put(action.getCluster(), TOTAL);
    }
    return shares;
  }

  private static Set<String> clusters(RouteConfiguration routes) {
    Set<String> found = new TreeSet<>();
    for (VirtualHost host : routes.getVirtualHostsList()) {
      host.getRoutesList().forEach(route -> found.addAll(shares(route.getRoute()).keySet()));
    }
    return found;
  }

  private static RouteConfiguration parsed(ByteString body) {
    try {
      return RouteConfiguration.parseFrom(body);
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  private void require(boolean holds, SoakProxy proxy, String what) {
    if (!holds) {
      broken.add(proxy.id + " (" + proxy.kind() + ", " + proxy.mood + "): " + what);
    }
  }
}
