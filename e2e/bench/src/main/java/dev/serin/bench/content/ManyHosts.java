package dev.serin.bench.content;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.serin.mesh.Base;
import dev.serin.mesh.BaseSnapshots;
import dev.serin.mesh.Resource;
import dev.serin.mesh.ServiceState;
import dev.serin.plan.TrafficPlan;
import dev.serin.policy.MeshService;
import dev.serin.policy.MeshService.Backend;
import dev.serin.policy.MeshService.Endpoint;
import dev.serin.policy.ResourceName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * A mesh of many virtual hosts, one of which leads to a service under rollout: what a base has, as
 * the bytes that came, and Serin's services over it.
 *
 * @param title for a reader
 * @param services those that Serin knows
 * @param base by type; nothing where Serin publishes all
 * @param table the RouteConfiguration that holds the host
 */
public record ManyHosts(
    String title,
    ImmutableList<ServiceState> services,
    ImmutableSortedMap<String, ImmutableList<Encoded>> base,
    String table) {

  /** A resource as another control plane sends it. */
  public record Encoded(String name, ByteString bytes) {}

  private static final int PORT = 8080;

  /** The host under rollout stands in the midst of the others. */
  private static int rolledOut(int hosts) {
    return hosts / 2;
  }

  /** Hosts of a base in so many RouteConfigurations of equal size, with a cluster each. */
  public static ManyHosts ofBase(int hosts, int tables) {
    int each = hosts / tables;
    ImmutableList.Builder<Encoded> routes = ImmutableList.builder();
    ImmutableList.Builder<Encoded> clusters = ImmutableList.builder();
    ImmutableList.Builder<Encoded> endpoints = ImmutableList.builder();
    for (int i = 0; i < tables; i++) {
      String name = tableName(i);
      routes.add(encoded(name, Resources.plainRoutes(name, i * each, (i + 1) * each)));
    }
    for (int i = 0; i < hosts; i++) {
      clusters.add(encoded(Resources.clusterName(i), Resources.cluster(i)));
      endpoints.add(encoded(Resources.clusterName(i), Resources.endpoints(i)));
    }
    int of = rolledOut(hosts);
    return new ManyHosts(
        "a base's, in %,d RouteConfiguration%s".formatted(tables, tables == 1 ? "" : "s"),
        ImmutableList.of(
            service(
                of,
                new Backend.EnvoyCluster(Resources.clusterName(of)),
                new Backend.EnvoyCluster(Resources.clusterName(of + 1)),
                ImmutableList.of(),
                0)),
        ImmutableSortedMap.of(
            XdsType.ROUTES.url(), routes.build(),
            XdsType.CLUSTERS.url(), clusters.build(),
            XdsType.ENDPOINTS.url(), endpoints.build()),
        tableName(of / each));
  }

  /** As many services that Serin publishes, all on one port: one RouteConfiguration. */
  public static ManyHosts ofServices(int hosts) {
    return new ManyHosts(
        "Serin's own services, on one port",
        IntStream.range(0, hosts)
            .mapToObj(i ->
                service(
                    i,
                    endpoints(i, 1),
                    endpoints(i, 2),
                    ImmutableList.of("service-%04d.shop.svc".formatted(i)),
                    PORT))
            .collect(ImmutableList.toImmutableList()),
        ImmutableSortedMap.of(),
        "serin-" + PORT);
  }

  private static String tableName(int i) {
    return "routes-%05d".formatted(i);
  }

  private static Encoded encoded(String name, Message message) {
    return new Encoded(name, message.toByteString());
  }

  private static Backend endpoints(int i, int version) {
    return new Backend.Endpoints(
        ImmutableList.of(new Endpoint("10.%d.%d.%d".formatted(i / 250, i % 250, version), 8080)));
  }

  private static ServiceState service(
      int i, Backend stable, Backend canary, ImmutableList<String> hosts, int port) {
    MeshService service =
        new MeshService(
            name(i),
            ImmutableSortedMap.of(),
            "v1",
            MeshService.Protocol.HTTP,
            ImmutableSortedMap.of("v1", stable, "v2", canary),
            hosts,
            port,
            MeshService.Upstream.DEFAULT);
    return new ServiceState(service, "v1");
  }

  private static ResourceName name(int i) {
    return ResourceName.parse("service-%04d".formatted(i));
  }

  /** The plan of the one rollout. */
  public TrafficPlan plan(int weightPpm) {
    ResourceName service = services.get(services.size() / 2).service().name();
    return new TrafficPlan(
        ResourceName.parse("to-v2"),
        service,
        "v1",
        "v2",
        weightPpm,
        ImmutableSortedMap.of(),
        ImmutableSortedMap.of(),
        ImmutableList.of(),
        "salt",
        1);
  }

  /** What the base has, made from its bytes. */
  public Base made(BaseSnapshots snapshots) {
    TreeMap<String, dev.serin.mesh.TypeResources> sets = new TreeMap<>();
    base.forEach((type, all) -> {
      List<Resource> resources = new ArrayList<>();
      all.forEach(one -> resources.add(Resource.of(type, one.name(), one.bytes())));
      sets.put(type, snapshots.set(resources, Optional.empty()));
    });
    return base.isEmpty()
        ? Base.NONE
        : snapshots.around(ImmutableList.of(), ImmutableList.of(snapshots.snapshot(sets)));
  }
}
