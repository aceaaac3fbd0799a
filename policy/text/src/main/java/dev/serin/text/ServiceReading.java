package dev.serin.text;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.net.HostAndPort;
import com.google.common.net.InetAddresses;
import dev.serin.policy.MeshService;
import dev.serin.policy.MeshService.Backend;
import dev.serin.policy.MeshService.Endpoint;
import dev.serin.policy.MeshService.Protocol;
import dev.serin.policy.MeshService.Upstream;
import dev.serin.policy.ResourceName;
import dev.serin.text.Problem.Code;
import dev.serin.v1.MeshServiceSpec;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** A service's message into its record, with every problem that it has. */
final class ServiceReading {

  private static final Pattern HOST =
      Pattern.compile("[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*");
  private static final int MAX_HOST = 253;
  private static final Endpoint SOME = new Endpoint("x", 1);

  private final Checks checks;
  private final Findings findings;

  ServiceReading(Checks checks) {
    this.checks = checks;
    this.findings = checks.findings();
  }

  Optional<MeshService> read(dev.serin.v1.MeshService message) {
    checks.head(message.getApiVersion(), message.getKind(), Kind.MESH_SERVICE.word());
    Optional<ResourceName> name =
        checks.resourceName(
            message.getName(), message.getMetadata(), Kind.MESH_SERVICE.collection());
    MeshServiceSpec spec = message.getSpec();
    ImmutableSortedMap<String, Backend> versions = versions(spec);
    initialStable(spec);
    Protocol protocol = protocol(spec);
    List<String> hosts = hosts(spec);
    Upstream upstream = upstream(spec);
    if (findings.hasErrors() || name.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new MeshService(
            name.get(),
            ImmutableSortedMap.copyOf(message.getMetadata().getLabelsMap()),
            spec.getInitialStable(),
            protocol,
            versions,
            ImmutableList.copyOf(hosts),
            spec.getPort(),
            upstream));
  }

  private void initialStable(MeshServiceSpec spec) {
    String stable = spec.getInitialStable();
    Set<String> versions = new TreeSet<>(spec.getVersionsMap().keySet());
    if (stable.isEmpty()) {
      findings.error(
          "spec.initialStable",
          Code.MISSING,
          "nothing (expected: the version that has the traffic when the service is created)",
          versions.size() == 1
              ? "write initialStable: " + Shown.value(versions.iterator().next())
              : "");
    } else if (!versions.isEmpty() && !versions.contains(stable)) {
      findings.error(
          "spec.initialStable",
          Code.UNKNOWN_REFERENCE,
          Shown.value(stable) + " (expected: one of the versions)",
          Suggestion.hint(stable, versions));
    }
  }

  private Protocol protocol(MeshServiceSpec spec) {
    return switch (spec.getProtocol()) {
      case PROTOCOL_UNSPECIFIED, HTTP -> Protocol.HTTP;
      case HTTP2 -> Protocol.HTTP2;
      case GRPC -> Protocol.GRPC;
      case TCP -> {
        checks.notSupported("spec.protocol", true, "protocol tcp");
        yield Protocol.HTTP;
      }
      case UNRECOGNIZED -> {
        checks.unknownEnum("spec.protocol", spec.getProtocolValue());
        yield Protocol.HTTP;
      }
    };
  }

  private ImmutableSortedMap<String, Backend> versions(MeshServiceSpec spec) {
    if (spec.getVersionsMap().isEmpty()) {
      findings.error("spec.versions", Code.MISSING, "nothing (expected: at least one version)", "");
    }
    checks.fits("spec.versions", spec.getVersionsMap().keySet(), Checks.MAX_LIST);
    ImmutableSortedMap.Builder<String, Backend> versions = ImmutableSortedMap.naturalOrder();
    ImmutableSortedMap.copyOf(spec.getVersionsMap())
        .forEach((version, source) -> {
          String path = "spec.versions." + Shown.value(version);
          checks.name(path, version);
          versions.put(version, backend(path, source));
        });
    return versions.buildOrThrow();
  }

  private Backend backend(String path, MeshServiceSpec.Version source) {
    checks.notSupported(path + ".kubernetes", source.hasKubernetes(), "endpoints of Kubernetes");
    checks.notSupported(path + ".consul", source.hasConsul(), "endpoints of Consul");
    int sources =
        (source.getEnvoyCluster().isEmpty() ? 0 : 1)
            + (source.getEndpointsList().isEmpty() ? 0 : 1)
            + (source.getDns().isEmpty() ? 0 : 1)
            + (source.hasKubernetes() ? 1 : 0)
            + (source.hasConsul() ? 1 : 0);
    if (sources != 1) {
      findings.error(
          path,
          sources == 0 ? Code.MISSING : Code.CONFLICT,
          sources + " sources of endpoints (expected: one of envoyCluster, endpoints, dns)",
          "");
    }
    if (!source.getEndpointsList().isEmpty()) {
      return new Backend.Endpoints(endpoints(path + ".endpoints", source.getEndpointsList()));
    }
    return source.getDns().isEmpty()
        ? new Backend.EnvoyCluster(
            sources == 1 && !source.getEnvoyCluster().isEmpty()
                ? checks.value(path + ".envoyCluster", source.getEnvoyCluster())
                : "x")
        : new Backend.Dns(dns(path + ".dns", source.getDns()));
  }

  private ImmutableList<Endpoint> endpoints(String path, List<String> texts) {
    checks.fits(path, texts, 1000);
    ImmutableList.Builder<Endpoint> endpoints = ImmutableList.builder();
    Set<Endpoint> seen = new HashSet<>();
    for (int i = 0; i < texts.size(); i++) {
      String at = path + "[" + i + "]";
      String text = texts.get(i);
      endpoint(at, text)
          .ifPresent(endpoint -> {
            if (!InetAddresses.isInetAddress(endpoint.host())) {
              // Envoy resolves no names in endpoints: it refuses the whole assignment.
              findings.error(
                  at,
                  Code.BAD_VALUE,
                  Shown.value(text) + " (expected: ADDRESS:PORT)",
                  "a name goes under dns: " + Shown.value(text));
            } else if (!seen.add(endpoint)) {
              findings.error(at, Code.DUPLICATE, Shown.value(text) + " twice (expected: once)", "");
            }
            endpoints.add(endpoint);
          });
    }
    return endpoints.build();
  }

  private Endpoint dns(String path, String text) {
    Optional<Endpoint> target = endpoint(path, text);
    target
        .map(Endpoint::host)
        .filter(host -> host.length() > MAX_HOST || !HOST.matcher(host).matches())
        .filter(host -> !InetAddresses.isInetAddress(host))
        .ifPresent(host ->
            findings.error(
                path,
                Code.BAD_VALUE,
                Shown.value(text) + " (expected: name:port in lower case)",
                ""));
    return target.orElse(SOME);
  }

  private Optional<Endpoint> endpoint(String path, String text) {
    try {
      HostAndPort parsed = HostAndPort.fromString(text);
      if (parsed.hasPort() && parsed.getPort() > 0 && !parsed.getHost().isEmpty()) {
        return Optional.of(new Endpoint(parsed.getHost(), parsed.getPort()));
      }
    } catch (IllegalArgumentException e) {
      // said below
    }
    findings.error(
        path, Code.BAD_VALUE, Shown.value(text) + " (expected: host:port, the port 1..65535)", "");
    return Optional.empty();
  }

  private List<String> hosts(MeshServiceSpec spec) {
    List<String> hosts = spec.getHostsList();
    checks.fits("spec.hosts", hosts, Checks.MAX_LIST);
    checks.count("spec.port", spec.getPort(), 0, 65535);
    if (hosts.isEmpty() && spec.getPort() != 0) {
      findings.error(
          "spec.hosts",
          Code.MISSING,
          "nothing beside port " + spec.getPort() + " (expected: at least one host)",
          "");
    } else if (!hosts.isEmpty() && spec.getPort() == 0) {
      findings.error(
          "spec.port", Code.MISSING, "nothing beside hosts (expected: a port, 1..65535)", "");
    }
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < hosts.size(); i++) {
      String host = hosts.get(i);
      String at = "spec.hosts[" + i + "]";
      boolean isHost =
          host.length() <= MAX_HOST
              && (HOST.matcher(host).matches() || InetAddresses.isInetAddress(host));
      if (!isHost) {
        findings.error(
            at,
            Code.BAD_NAME,
            Shown.value(host) + " (expected: a host in lower case, without port or wildcard)",
            "");
      } else if (!seen.add(host)) {
        findings.error(at, Code.DUPLICATE, host + " twice (expected: once)", "");
      }
    }
    return hosts;
  }

  private Upstream upstream(MeshServiceSpec spec) {
    MeshServiceSpec.Upstream upstream = spec.getUpstream();
    MeshServiceSpec.UpstreamTls none = MeshServiceSpec.UpstreamTls.getDefaultInstance();
    checks.notSupported(
        "spec.upstream.tls", !upstream.getTls().equals(none), "TLS to the upstream");
    Duration timeout =
        checks.duration(
            "spec.upstream.timeout",
            upstream.hasTimeout(),
            upstream.getTimeout(),
            Upstream.DEFAULT.timeout(),
            Duration.ZERO);
    Duration idle =
        checks.duration(
            "spec.upstream.idleTimeout",
            upstream.hasIdleTimeout(),
            upstream.getIdleTimeout(),
            Upstream.DEFAULT.idleTimeout(),
            Duration.ZERO);
    if (!upstream.hasHealthCheck()) {
      return new Upstream(timeout, idle, Optional.empty());
    }
    String at = "spec.upstream.healthCheck.path";
    String path = checks.value(at, upstream.getHealthCheck().getPath());
    if (!path.isEmpty() && (!path.startsWith("/") || path.indexOf(' ') >= 0)) {
      findings.error(
          at, Code.BAD_VALUE, Shown.value(path) + " (expected: a path like /healthz)", "");
    }
    return new Upstream(timeout, idle, Optional.of(path));
  }
}
