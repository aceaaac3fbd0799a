package dev.serin.mesh;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Lists;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Value;
import dev.serin.mesh.RequestMatch.Undecidable;
import dev.serin.mesh.SimulatedHost.Candidate;
import dev.serin.mesh.overlay.MatcherTrees;
import dev.serin.mesh.overlay.NewerFields;
import dev.serin.mesh.overlay.RuntimeLayer;
import dev.serin.policy.Ppm;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteAction.HashPolicy;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster.ClusterWeight;
import io.envoyproxy.envoy.service.runtime.v3.Runtime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/**
 * Answers from a route table alone where a request goes, without a proxy.
 *
 * <p>It follows Envoy's rules of virtual host search, of matching in order, of weights and of hash
 * keys. What it cannot know it says, and never guesses.
 */
public final class RouteSimulator {

  /** Where a request goes. */
  public sealed interface Answer {

    /**
     * To one of these clusters.
     *
     * @param route the name of the route that takes it
     * @param shares the clusters in the order of the route, with their probabilities, which sum to
     *     1,000,000
     * @param hashKey what is hashed to choose among them: requests with an equal key go to the same
     *     one. Empty where each request is drawn
     */
    record Routed(
        String virtualHost, String route, ImmutableList<Share> shares, Optional<String> hashKey)
        implements Answer {

      /** The probability of a cluster, in parts per million; 0 for one that is not listed. */
      public int ppm(String cluster) {
        return shares.stream()
            .filter(share -> share.cluster().equals(cluster))
            .mapToInt(Share::ppm)
            .sum();
      }

      /** The cluster of a draw or a hash that falls on {@code bucket} of 0..999,999. */
      public String cluster(int bucket) {
        int passed = 0;
        for (Share share : shares) {
          passed += share.ppm();
          if (bucket < passed) {
            return share.cluster();
          }
        }
        throw new IllegalArgumentException("bucket: " + bucket + " (expected: 0..999999)");
      }
    }

    /** No cluster takes it. */
    record NotRouted(String reason) implements Answer {}

    /** It depends on something that only a proxy has. */
    record Undecided(String route, String reason) implements Answer {}
  }

  /** A cluster and its probability in parts per million. */
  public record Share(String cluster, int ppm) {}

  private final ImmutableList<? extends SimulatedHost> hosts;
  private final ImmutableMap<String, Value> runtime;

  /** A proxy whose runtime says nothing. */
  public RouteSimulator(RouteConfiguration routes) {
    this(routes, Runtime.getDefaultInstance());
  }

  /** Simulates a table of these virtual hosts. */
  public RouteSimulator(List<? extends SimulatedHost> hosts) {
    this(hosts, ImmutableMap.of());
  }

  private RouteSimulator(List<? extends SimulatedHost> hosts, ImmutableMap<String, Value> runtime) {
    this.hosts = ImmutableList.copyOf(hosts);
    this.runtime = runtime;
  }

  private record ProtoHost(VirtualHost host) implements SimulatedHost {
    @Override
    public String name() {
      return host.getName();
    }

    @Override
    public List<String> domains() {
      return host.getDomainsList();
    }

    @Override
    public List<Candidate> candidates(Function<String, Optional<String>> header) {
      List<Route> routes =
          host.hasMatcher() ? MatcherTrees.find(host.getMatcher(), header) : host.getRoutesList();
      return Lists.transform(routes, Candidate::of);
    }
  }

  /**
   * A proxy with the numbers of one runtime layer.
   *
   * @param runtime with its keys as Envoy looks them up, not nested
   */
  public RouteSimulator(RouteConfiguration routes, Runtime runtime) {
    this(
        routes.getVirtualHostsList().stream().map(ProtoHost::new).toList(),
        ImmutableMap.copyOf(runtime.getLayer().getFieldsMap()));
  }

  /**
   * Simulates a RouteConfiguration of a snapshot, with Serin's runtime layer where it has that;
   * empty when the snapshot has no such RouteConfiguration.
   */
  public static Optional<RouteSimulator> of(Snapshot snapshot, String routeConfiguration) {
    return snapshot
        .resource(TypeUrls.ROUTES, routeConfiguration)
        .map(resource -> {
          try {
            Optional<Resource> layer = snapshot.resource(TypeUrls.RUNTIME, RuntimeLayer.NAME);
            return new RouteSimulator(
                RouteConfiguration.parseFrom(resource.body().getValue()),
                layer.isEmpty()
                    ? Runtime.getDefaultInstance()
                    : Runtime.parseFrom(layer.get().value()));
          } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(resource + " is no RouteConfiguration", e);
          }
        });
  }

  /** Whether a virtual host takes requests to this authority. */
  public boolean hasHost(String authority) {
    return DomainSearch.find(hosts, authority).isPresent();
  }

  /** Where the request goes. */
  public Answer ask(SimulatedRequest request) {
    Optional<? extends SimulatedHost> found = DomainSearch.find(hosts, request.host());
    if (found.isEmpty()) {
      return new Answer.NotRouted("no virtual host for " + request.host());
    }
    SimulatedHost host = found.get();
    List<Candidate> candidates;
    try {
      candidates = host.candidates(request::header);
    } catch (IllegalArgumentException e) {
      return new Answer.Undecided("", "virtual host " + host.name() + " has " + e.getMessage());
    }
    RequestMatch match = new RequestMatch(request);
    for (Candidate candidate : candidates) {
      if (candidate.route().isEmpty()) {
        return new Answer.Undecided(candidate.name(), candidate.unread());
      }
      Route route = candidate.route().get();
      try {
        if (match.takes(route.getMatch())) {
          return candidate.unread().isEmpty()
              ? route(host, route, request)
              : new Answer.Undecided(candidate.name(), candidate.unread());
        }
      } catch (Undecidable | IllegalArgumentException e) {
        return new Answer.Undecided(route.getName(), Objects.toString(e.getMessage()));
      }
    }
    return new Answer.NotRouted("no route of virtual host " + host.name());
  }

  private Answer route(SimulatedHost host, Route route, SimulatedRequest request) {
    if (!route.hasRoute()) {
      return new Answer.NotRouted(
          "route " + route.getName() + " answers by " + route.getActionCase());
    }
    RouteAction action = route.getRoute();
    return switch (action.getClusterSpecifierCase()) {
      case CLUSTER -> whole(host, route, action.getCluster());
      case CLUSTER_HEADER ->
          request
              .header(action.getClusterHeader())
              .map(cluster -> whole(host, route, cluster))
              .orElseGet(() -> new Answer.NotRouted("no header " + action.getClusterHeader()));
      case WEIGHTED_CLUSTERS -> divided(host, route, request);
      case CLUSTER_SPECIFIER_PLUGIN, INLINE_CLUSTER_SPECIFIER_PLUGIN, CLUSTERSPECIFIER_NOT_SET ->
          new Answer.Undecided(route.getName(), "an extension chooses the cluster");
    };
  }

  private static Answer whole(SimulatedHost host, Route route, String cluster) {
    return new Answer.Routed(
        host.name(),
        route.getName(),
        ImmutableList.of(new Share(cluster, Ppm.ALL)),
        Optional.empty());
  }

  private Answer divided(SimulatedHost host, Route route, SimulatedRequest request) {
    WeightedCluster weighted = route.getRoute().getWeightedClusters();
    if (!weighted.getHeaderName().isEmpty()) {
      return new Answer.Undecided(
          route.getName(), "a number in header " + weighted.getHeaderName() + " decides");
    }
    long total = 0;
    for (ClusterWeight weight : weighted.getClustersList()) {
      total += weight(weighted, weight);
    }
    if (total == 0) {
      return new Answer.NotRouted("route " + route.getName() + " has no weight above zero");
    }
    ImmutableList.Builder<Share> shares = ImmutableList.builder();
    long passed = 0;
    long given = 0;
    for (ClusterWeight weight : weighted.getClustersList()) {
      passed += weight(weighted, weight);
      long upTo = passed * Ppm.ALL / total; // Rounds the borders, so that the sum stays whole.
      shares.add(new Share(weight.getName(), (int) (upTo - given)));
      given = upTo;
    }
    Optional<String> key =
        NewerFields.usesHashPolicy(weighted)
            ? hashKey(route.getRoute().getHashPolicyList(), request)
            : Optional.empty();
    return new Answer.Routed(host.name(), route.getName(), shares.build(), key);
  }

  /** The runtime's, where it has a number that Envoy takes, else the route's. */
  private long weight(WeightedCluster weighted, ClusterWeight entry) {
    long configured = Integer.toUnsignedLong(entry.getWeight().getValue());
    if (weighted.getRuntimeKeyPrefix().isEmpty()) {
      return configured;
    }
    Value value = runtime.get(weighted.getRuntimeKeyPrefix() + "." + entry.getName());
    return value == null || !value.hasNumberValue() || value.getNumberValue() < 0
        ? configured
        : (long) value.getNumberValue();
  }

  /** The texts that go into the hash, in order; empty where no policy contributes. */
  private static Optional<String> hashKey(List<HashPolicy> policies, SimulatedRequest request) {
    List<String> parts = new ArrayList<>();
    for (HashPolicy policy : policies) {
      Optional<String> part = hashed(policy, request);
      part.ifPresent(parts::add);
      if (policy.getTerminal() && part.isPresent()) {
        break;
      }
    }
    return parts.isEmpty() ? Optional.empty() : Optional.of(String.join("\0", parts));
  }

  private static Optional<String> hashed(HashPolicy policy, SimulatedRequest request) {
    return switch (policy.getPolicySpecifierCase()) {
      case HEADER -> {
        HashPolicy.Header header = policy.getHeader();
        Optional<String> value = request.header(header.getHeaderName());
        yield header.hasRegexRewrite()
            ? value.map(text ->
                RequestMatch.compiled(header.getRegexRewrite().getPattern().getRegex())
                    .matcher(text)
                    .replaceAll(replacement(header.getRegexRewrite().getSubstitution())))
            : value;
      }
      case COOKIE ->
          Optional.ofNullable(request.cookies().get(policy.getCookie().getName()))
              .filter(value -> !value.isEmpty());
      case CONNECTION_PROPERTIES -> Optional.of(request.source());
      case QUERY_PARAMETER ->
          Optional.ofNullable(request.query().get(policy.getQueryParameter().getName()));
      case FILTER_STATE, POLICYSPECIFIER_NOT_SET -> Optional.empty();
    };
  }

  /** RE2's {@code \1} is re2j's {@code $1}. */
  private static String replacement(String substitution) {
    StringBuilder replacement = new StringBuilder();
    for (int i = 0; i < substitution.length(); i++) {
      char c = substitution.charAt(i);
      if (c == '\\' && i + 1 < substitution.length()) {
        char next = substitution.charAt(++i);
        replacement.append(Character.isDigit(next) ? "$" : "\\").append(next);
      } else {
        replacement.append(c == '$' ? "\\$" : String.valueOf(c));
      }
    }
    return replacement.toString();
  }

  /**
   * Envoy's order of virtual hosts: the exact domain, the longest {@code *suffix}, the longest
   * {@code prefix*}, then {@code *}.
   */
  private static final class DomainSearch {
    static Optional<? extends SimulatedHost> find(
        List<? extends SimulatedHost> hosts, String authority) {
      String host = authority.toLowerCase(Locale.ROOT);
      SimulatedHost best = null;
      int bestRank = 0;
      for (SimulatedHost candidate : hosts) {
        for (String domain : candidate.domains()) {
          int rank = rank(domain.toLowerCase(Locale.ROOT), host);
          if (rank > bestRank) {
            best = candidate;
            bestRank = rank;
          }
        }
      }
      return Optional.ofNullable(best);
    }

    /** Higher is better, 0 is no match; lengths of domains stay far below the steps. */
    private static int rank(String domain, String host) {
      int length = domain.length();
      if (domain.equals(host)) {
        return 3_000_000;
      }
      if (domain.equals("*")) {
        return 1;
      }
      if (domain.startsWith("*")) {
        return host.length() >= length && host.endsWith(domain.substring(1))
            ? 2_000_000 + length
            : 0;
      }
      if (domain.endsWith("*")) {
        return host.length() >= length && host.startsWith(domain.substring(0, length - 1))
            ? 1_000_000 + length
            : 0;
      }
      return 0;
    }
  }
}
