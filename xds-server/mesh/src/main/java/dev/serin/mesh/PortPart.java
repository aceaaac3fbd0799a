package dev.serin.mesh;

import com.google.common.cache.CacheBuilder;
import com.google.common.collect.ImmutableList;
import com.google.protobuf.ByteString;
import dev.serin.mesh.overlay.Capabilities;
import dev.serin.mesh.overlay.Places;
import dev.serin.mesh.overlay.Refusal;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** One port: its listeners, and the RouteConfiguration with a virtual host a service. */
final class PortPart {
  /** Of the listener of a port, and of the RouteConfiguration that it asks for. */
  static String name(int port) {
    return "serin-" + port;
  }

  /** A RouteConfiguration, and the plans that it leaves out. */
  record Routes(Resource resource, ImmutableList<Refusal> refusals) {}

  private final int port;
  private final ImmutableList<ServicePart> services;
  private final Places places;
  private final Map<Capabilities, Routes> routes = new ConcurrentHashMap<>();
  private final Map<String, Resource> listeners;

  private PortPart(int port, ImmutableList<ServicePart> services, Map<String, Resource> listeners) {
    this.port = port;
    this.services = services;
    this.listeners = listeners;
    this.places = services.stream().map(ServicePart::places).reduce(Places.NONE, Places::and);
  }

  /** Returns {@code before} itself when none of the services changed. */
  static PortPart of(int port, List<ServicePart> services, @Nullable PortPart before) {
    if (before == null) {
      return new PortPart(
          port,
          ImmutableList.copyOf(services),
          // Proxies name the address, so what none of them is served any more must not stay.
          CacheBuilder.newBuilder().weakValues().<String, Resource>build().asMap());
    }
    // Parts have no equality but their identity: one that did not change is the same object.
    return before.services.equals(services)
        ? before
        : new PortPart(port, ImmutableList.copyOf(services), before.listeners);
  }

  /** The places that a plan of one of the services tells apart. */
  Places places() {
    return places;
  }

  Routes routes(Capabilities capabilities) {
    return routes.computeIfAbsent(capabilities.among(places), this::render);
  }

  /** The listener of this port on an IP address. */
  Resource listener(String bindAddress) {
    return listeners.computeIfAbsent(bindAddress, address -> Listeners.onPort(address, port));
  }

  /** The listeners that gRPC clients ask for: one an authority, without wildcards. */
  ImmutableList<Resource> clientListeners() {
    return services.stream()
        .flatMap(service -> service.hosts().stream())
        .filter(host -> !host.startsWith("*"))
        .map(host -> PublishedHosts.authority(host) + ":" + port)
        .map(authority ->
            listeners.computeIfAbsent(
                "client/" + authority, key -> Listeners.forAuthority(authority, port)))
        .collect(ImmutableList.toImmutableList());
  }

  /**
   * A message is the concatenation of its fields (protobuf encoding, "last one wins" aside), so the
   * virtual hosts that did not change are copied, not encoded again.
   */
  private Routes render(Capabilities capabilities) {
    String name = PortPart.name(port);
    List<ByteString> fields = new ArrayList<>(services.size() + 1);
    ImmutableList.Builder<Refusal> refusals = ImmutableList.builder();
    fields.add(Encoding.bytes(RouteConfiguration.newBuilder().setName(name).build()));
    for (ServicePart service : services) {
      ServicePart.Published host = service.published(capabilities);
      fields.add(host.field());
      refusals.addAll(host.refusals());
    }
    return new Routes(
        Resource.of(TypeUrls.ROUTES, name, Encoding.together(fields)), refusals.build());
  }
}
