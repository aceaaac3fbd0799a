package dev.serin.mesh;

/**
 * The xDS resource types by type URL: those that Serin publishes, and those it treats specially.
 */
public final class TypeUrls {
  public static final String CLUSTER = "type.googleapis.com/envoy.config.cluster.v3.Cluster";
  public static final String ENDPOINTS =
      "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment";
  public static final String LISTENER = "type.googleapis.com/envoy.config.listener.v3.Listener";
  public static final String ROUTES =
      "type.googleapis.com/envoy.config.route.v3.RouteConfiguration";

  /** What chooses a RouteConfiguration by a part of the request. */
  public static final String SCOPED_ROUTES =
      "type.googleapis.com/envoy.config.route.v3.ScopedRouteConfiguration";

  /** What an Envoy asks for one at a time when a host is first asked of it. */
  public static final String VIRTUAL_HOST = "type.googleapis.com/envoy.config.route.v3.VirtualHost";

  public static final String RUNTIME = "type.googleapis.com/envoy.service.runtime.v3.Runtime";
  public static final String SECRET =
      "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret";
  public static final String EXTENSION =
      "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig";

  private TypeUrls() {}
}
