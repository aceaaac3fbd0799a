package dev.serin.mesh;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.serin.plan.Terms;
import dev.serin.plan.TrafficPlan;
import dev.serin.policy.Cohort;
import dev.serin.policy.Conduct;
import dev.serin.policy.MeshService;
import dev.serin.policy.MeshService.Backend;
import dev.serin.policy.MeshService.Endpoint;
import dev.serin.policy.MeshService.Upstream;
import dev.serin.policy.ResourceName;
import dev.serin.policy.StickySource;
import dev.serin.policy.Treatment;
import dev.serin.policy.Variants;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** Short ways to write services, plans and proxies down. */
final class Mesh {
  static final ResourceName CHECKOUT = ResourceName.parse("checkout");
  static final ProxyGroup ENVOY_1_40 = envoy(40, "");
  static final ProxyGroup ENVOY_1_36 = envoy(36, "");
  static final ProxyGroup ENVOY_1_35 = envoy(35, "");

  /** It takes weights from Serin's runtime layer. */
  static final ProxyGroup LAYERED =
      new ProxyGroup("default", "", ProxyGroup.Client.ENVOY, 1, 40, "127.0.0.1", true);

  static final ProxyGroup GRPC =
      new ProxyGroup("default", "", ProxyGroup.Client.GRPC, 1, 85, "127.0.0.1");
  static final ProxyGroup UNKNOWN =
      new ProxyGroup("default", "", ProxyGroup.Client.UNKNOWN, 0, 0, "127.0.0.1");
  static final ServiceState CHECKOUT_SERVICE = service("checkout", 8080, "checkout");
  static final ImmutableList<ServiceState> SERVICES =
      ImmutableList.of(
          CHECKOUT_SERVICE, service("shop/cart", 8080, "cart"), service("pay", 8081, "pay"));

  private Mesh() {}

  static ProxyGroup envoy(int minor, String region) {
    return new ProxyGroup("default", region, ProxyGroup.Client.ENVOY, 1, minor, "127.0.0.1");
  }

  static ServiceState service(String name, int port, String... hosts) {
    return service(
        name,
        ImmutableSortedMap.of("v1", endpoints("10.0.0.1"), "v2", endpoints("10.0.0.2")),
        port,
        hosts);
  }

  static ServiceState service(
      String name, ImmutableSortedMap<String, Backend> versions, int port, String... hosts) {
    return new ServiceState(
        new MeshService(
            ResourceName.parse(name),
            ImmutableSortedMap.of(),
            "v1",
            MeshService.Protocol.HTTP,
            versions,
            ImmutableList.copyOf(hosts),
            port,
            Upstream.DEFAULT),
        "v1");
  }

  static Backend endpoints(String... addresses) {
    return new Backend.Endpoints(
        List.of(addresses).stream()
            .map(address -> new Endpoint(address, 9000))
            .collect(ImmutableList.toImmutableList()));
  }

  static PlanBuilder plan(int weightPpm) {
    return new PlanBuilder(
        CHECKOUT,
        weightPpm,
        ImmutableSortedMap.of(),
        ImmutableSortedMap.of(),
        ImmutableList.of(),
        Terms.NONE,
        Conduct.NONE);
  }

  /** A plan from v1 to v2. */
  record PlanBuilder(
      ResourceName service,
      int weightPpm,
      ImmutableSortedMap<String, Integer> shares,
      ImmutableSortedMap<String, Cohort> cohorts,
      ImmutableList<StickySource> sticky,
      Terms terms,
      Conduct conduct) {

    PlanBuilder of(String name) {
      return new PlanBuilder(
          ResourceName.parse(name), weightPpm, shares, cohorts, sticky, terms, conduct);
    }

    PlanBuilder sticky(StickySource... sources) {
      return new PlanBuilder(
          service, weightPpm, shares, cohorts, ImmutableList.copyOf(sources), terms, conduct);
    }

    PlanBuilder treated(Treatment treatment) {
      return terms(new Terms(terms.variants(), terms.excluded(), treatment));
    }

    PlanBuilder variant(String version, int ppm) {
      return terms(
          new Terms(
              new Variants(plus(terms.variants().ppm(), version, ppm)),
              terms.excluded(),
              terms.treatment()));
    }

    PlanBuilder exclude(Cohort cohort) {
      return new PlanBuilder(
              service,
              weightPpm,
              shares,
              plus(cohorts, cohort.name(), cohort),
              sticky,
              terms,
              conduct)
          .terms(
              new Terms(terms.variants(), ImmutableSortedSet.of(cohort.name()), terms.treatment()));
    }

    private PlanBuilder terms(Terms others) {
      return new PlanBuilder(service, weightPpm, shares, cohorts, sticky, others, conduct);
    }

    PlanBuilder retryAtStable() {
      return conduct(
          new Conduct(
              true, conduct.follow(), conduct.streams(), conduct.exclude(), conduct.baselinePpm()));
    }

    PlanBuilder followedBy(String... services) {
      return conduct(
          new Conduct(
              conduct.retryAtStable(),
              ImmutableSortedSet.copyOf(services),
              conduct.streams(),
              conduct.exclude(),
              conduct.baselinePpm()));
    }

    PlanBuilder baseline(int ppm) {
      return conduct(
          new Conduct(
              conduct.retryAtStable(),
              conduct.follow(),
              conduct.streams(),
              conduct.exclude(),
              OptionalInt.of(ppm)));
    }

    private PlanBuilder conduct(Conduct other) {
      return new PlanBuilder(service, weightPpm, shares, cohorts, sticky, terms, other);
    }

    PlanBuilder cohort(int ppm, Cohort cohort) {
      return new PlanBuilder(
          service,
          weightPpm,
          plus(shares, cohort.name(), ppm),
          plus(cohorts, cohort.name(), cohort),
          sticky,
          terms,
          conduct);
    }

    TrafficPlan build() {
      return new TrafficPlan(
          ResourceName.parse("to-v2"),
          service,
          "v1",
          "v2",
          weightPpm,
          shares,
          cohorts,
          sticky,
          "salt-" + service.name(),
          1,
          terms,
          conduct);
    }

    private static <V> ImmutableSortedMap<String, V> plus(Map<String, V> map, String key, V value) {
      return ImmutableSortedMap.<String, V>naturalOrder().putAll(map).put(key, value).build();
    }
  }

  static Cohort any(String name, Cohort.Condition... conditions) {
    return new Cohort(name, Cohort.Combine.ANY, ImmutableList.copyOf(conditions));
  }

  static Cohort all(String name, Cohort.Condition... conditions) {
    return new Cohort(name, Cohort.Combine.ALL, ImmutableList.copyOf(conditions));
  }

  static Cohort.Condition header(String name, String value) {
    return new Cohort.Condition.Header(name, new Cohort.TextMatch.Exact(value));
  }

  static Cohort.Condition cookie(String name, String value) {
    return new Cohort.Condition.Cookie(name, new Cohort.TextMatch.Exact(value));
  }

  static RouteConfiguration routes(Rendered rendered, int port) {
    try {
      return RouteConfiguration.parseFrom(
          rendered
              .snapshot()
              .resource(TypeUrls.ROUTES, "serin-" + port)
              .orElseThrow()
              .body()
              .getValue());
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  static List<Route> routesOf(Rendered rendered, int port, String virtualHost) {
    return routes(rendered, port).getVirtualHostsList().stream()
        .filter(host -> host.getName().equals(virtualHost))
        .findFirst()
        .orElseThrow()
        .getRoutesList();
  }

  static RouteSimulator.Answer.Routed ask(Rendered rendered, int port, SimulatedRequest request) {
    return ask(simulator(rendered, port), request);
  }

  static RouteSimulator.Answer.Routed ask(RouteSimulator simulator, SimulatedRequest request) {
    return (RouteSimulator.Answer.Routed) simulator.ask(request);
  }

  static RouteSimulator simulator(Rendered rendered, int port) {
    return RouteSimulator.of(rendered.snapshot(), "serin-" + port).orElseThrow();
  }
}
