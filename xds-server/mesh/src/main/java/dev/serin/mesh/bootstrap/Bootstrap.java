package dev.serin.mesh.bootstrap;

import com.google.common.net.InetAddresses;
import dev.serin.mesh.ProxyGroup;
import dev.serin.mesh.overlay.RuntimeLayer;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;

/**
 * Renders the file that an Envoy is started with to take its configuration from Serin and to report
 * to it.
 *
 * <p>Statistics go out every second under their flat names: Envoy's tag extraction cuts cluster
 * names at the first dot, and a mesh has names with dots.
 */
public final class Bootstrap {
  /** The cluster by which the proxy reaches Serin. */
  public static final String XDS_CLUSTER = "serin_xds";

  private Bootstrap() {}

  /**
   * The bootstrap as YAML.
   *
   * @throws IllegalArgumentException listing every one of {@link BootstrapOptions#problems()}
   */
  public static String yaml(BootstrapOptions options) {
    var problems = options.problems();
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(String.join("; ", problems));
    }
    return node(options.node())
        + admin(options.admin())
        + discovery(options.ads(), options.server().token())
        + (options.node().metadata().containsKey(ProxyGroup.RUNTIME) ? runtime() : "")
        + statistics(options.server().token())
        + xdsCluster(options.server());
  }

  private static String node(BootstrapOptions.Node node) {
    StringBuilder yaml =
        new StringBuilder("node:\n")
            .append("  id: " + quoted(node.id()) + "\n")
            .append("  cluster: " + quoted(node.cluster()) + "\n");
    if (node.region().isPresent() || node.zone().isPresent()) {
      yaml.append("  locality:\n");
      node.region().ifPresent(region -> yaml.append("    region: " + quoted(region) + "\n"));
      node.zone().ifPresent(zone -> yaml.append("    zone: " + quoted(zone) + "\n"));
    }
    if (!node.metadata().isEmpty()) {
      yaml.append("  metadata:\n");
      for (Map.Entry<String, String> entry : node.metadata().entrySet()) {
        yaml.append("    " + quoted(entry.getKey()) + ": " + quoted(entry.getValue()) + "\n");
      }
    }
    return yaml.toString();
  }

  private static String admin(BootstrapOptions.Address admin) {
    return """
    admin:
      address:
        socket_address: {address: %s, port_value: %d}
    """
        .formatted(quoted(admin.host()), admin.port());
  }

  private static String discovery(BootstrapOptions.Ads ads, Optional<String> token) {
    String apiType =
        switch (ads) {
          case DELTA -> "DELTA_GRPC";
          case STATE_OF_THE_WORLD -> "GRPC";
        };
    return """
    dynamic_resources:
      ads_config:
        api_type: %s
        transport_api_version: V3
        set_node_on_first_message_only: true
        grpc_services:
          - envoy_grpc:
              cluster_name: %s
              # Envoy's own default waits up to 30 s: too long to be told of a rollback.
              retry_policy:
                retry_back_off: {base_interval: 0.2s, max_interval: 2s}
    %s  cds_config: {resource_api_version: V3, ads: {}}
      lds_config: {resource_api_version: V3, ads: {}}
    """
        .formatted(apiType, XDS_CLUSTER, metadata(token, 8));
  }

  /**
   * Of two layers the later one counts: what somebody sets at the admin interface must not undo
   * what Serin believes to be in force.
   */
  private static String runtime() {
    return """
    layered_runtime:
      layers:
        - name: admin
          admin_layer: {}
        - name: %1$s
          rtds_layer:
            name: %1$s
            rtds_config: {resource_api_version: V3, ads: {}}
    """
        .formatted(RuntimeLayer.NAME);
  }

  /** What a call of the proxy carries to be let in. */
  private static String metadata(Optional<String> token, int indent) {
    return token
        .map(value ->
            " ".repeat(indent)
                + "initial_metadata: [{key: authorization, value: "
                + quoted("Bearer " + value)
                + "}]\n")
        .orElse("");
  }

  private static String statistics(Optional<String> token) {
    return """
    # What Serin judges by: a few counters and one histogram a cluster, as deltas, every second.
    stats_flush_interval: 1s
    stats_sinks:
      - name: envoy.stat_sinks.metrics_service
        typed_config:
          "@type": type.googleapis.com/envoy.config.metrics.v3.MetricsServiceConfig
          transport_api_version: V3
          grpc_service:
            envoy_grpc: {cluster_name: %s}
    %s      report_counters_as_deltas: true
          emit_tags_as_labels: false
          histogram_emit_mode: HISTOGRAM
    stats_config:
      stats_matcher:
        inclusion_list:
          patterns:
            - exact: %s
            - safe_regex:
                regex: '%s'
      histogram_bucket_settings:
        - match: {suffix: %s}
          # Milliseconds. Two significant digits each: Envoy counts exactly at these.
          buckets: %s
    """
        .formatted(
            XDS_CLUSTER,
            metadata(token, 8),
            ReportedStats.HEARTBEAT,
            ReportedStats.inclusionRegex(),
            ReportedStats.TIME,
            LatencyBuckets.yaml());
  }

  private static String xdsCluster(BootstrapOptions.Server server) {
    String host = server.address().host();
    boolean isAddress = InetAddresses.isInetAddress(host);
    return """
    static_resources:
      clusters:
        - name: %1$s
          type: %2$s
          connect_timeout: 1s
          typed_extension_protocol_options:
            envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
              "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
              explicit_http_config:
                http2_protocol_options:
                  # A server that vanished without a word is noticed within 40 s.
                  connection_keepalive: {interval: 30s, timeout: 10s}
          load_assignment:
            cluster_name: %1$s
            endpoints:
              - lb_endpoints:
                  - endpoint:
                      address:
                        socket_address: {address: %3$s, port_value: %4$d}
    """
            .formatted(
                XDS_CLUSTER,
                isAddress ? "STATIC" : "STRICT_DNS",
                quoted(host),
                server.address().port())
        + server.tls().map(tls -> transportSocket(tls, host, isAddress)).orElse("");
  }

  private static String transportSocket(BootstrapOptions.Tls tls, String host, boolean isAddress) {
    StringJoiner yaml = new StringJoiner("\n", "", "\n");
    yaml.add("      transport_socket:");
    yaml.add("        name: envoy.transport_sockets.tls");
    yaml.add("        typed_config:");
    yaml.add(
        "          \"@type\": type.googleapis.com/"
            + "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext");
    if (!isAddress) {
      yaml.add("          sni: " + quoted(host));
    }
    yaml.add("          common_tls_context:");
    yaml.add("            alpn_protocols: [h2]");
    tls.identity()
        .ifPresent(identity -> {
          yaml.add("            tls_certificates:");
          yaml.add(
              "              - certificate_chain: {filename: " + quoted(identity.certFile()) + "}");
          yaml.add("                private_key: {filename: " + quoted(identity.keyFile()) + "}");
        });
    yaml.add("            validation_context:");
    yaml.add("              trusted_ca: {filename: " + quoted(tls.caFile()) + "}");
    yaml.add("              # A signature alone would let every holder of a certificate be Serin.");
    yaml.add("              match_typed_subject_alt_names:");
    yaml.add("                - san_type: " + (isAddress ? "IP_ADDRESS" : "DNS"));
    yaml.add("                  matcher: {exact: " + quoted(host) + "}");
    return yaml.toString();
  }

  /** A YAML double-quoted scalar; control characters were refused before. */
  private static String quoted(String value) {
    return '"' + value.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
