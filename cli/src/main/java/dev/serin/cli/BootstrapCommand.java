package dev.serin.cli;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.net.HostAndPort;
import dev.serin.mesh.ProxyGroup;
import dev.serin.mesh.bootstrap.Bootstrap;
import dev.serin.mesh.bootstrap.BootstrapOptions;
import dev.serin.mesh.overlay.RuntimeLayer;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code serin bootstrap --id NODE}; needs no server. */
@Command(
    name = "bootstrap",
    description = "Print the file that an Envoy is started with to be led by this server.")
final class BootstrapCommand implements Callable<Integer> {
  /** The values of {@code --ads}. */
  enum Variant {
    delta,
    sotw
  }

  @Option(names = "--id", required = true, description = "The node's id, unique in the fleet.")
  String id = "";

  @Option(
      names = "--cluster",
      paramLabel = "MESH_CLUSTER",
      description = "The mesh cluster (the node's metadata CLUSTER_ID).")
  @Nullable String meshCluster;

  @Option(
      names = "--node-cluster",
      description = "The kind of proxy, as Envoy's node.cluster (default: ${DEFAULT-VALUE}).")
  String nodeCluster = "gateway";

  @Option(names = "--region", description = "The region of the node's locality.")
  @Nullable String region;

  @Option(names = "--zone", description = "The zone of the node's locality.")
  @Nullable String zone;

  @Option(
      names = "--bind",
      paramLabel = "ADDRESS",
      description = "The address its listeners bind (the node's metadata SERIN_BIND).")
  @Nullable String bind;

  @Option(
      names = "--runtime-layer",
      description =
          "Take the weights of rollouts from a runtime layer (RTDS), for route tables too large to be"
              + " sent at every step (the node's metadata SERIN_RUNTIME).")
  boolean runtimeLayer;

  @Option(
      names = "--xds",
      paramLabel = "HOST:PORT",
      description = "The server's xDS listener (default: ${DEFAULT-VALUE}).")
  String xds = "127.0.0.1:18000";

  @Option(
      names = "--admin",
      paramLabel = "HOST:PORT",
      description = "Envoy's admin interface (default: ${DEFAULT-VALUE}).")
  String admin = "127.0.0.1:19000";

  @Option(names = "--ads", description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
  Variant ads = Variant.delta;

  @Option(names = "--tls-ca", paramLabel = "FILE", description = "Who signs the server's name.")
  @Nullable String tlsCa;

  @Option(names = "--tls-cert", paramLabel = "FILE", description = "The proxy's certificates.")
  @Nullable String tlsCert;

  @Option(names = "--tls-key", paramLabel = "FILE", description = "The proxy's private key.")
  @Nullable String tlsKey;

  @Option(
      names = "--token",
      description =
          "The bearer token that the server asks proxies for (SERIN_XDS_TOKEN); it will stand in the"
              + " file in clear.")
  @Nullable String token = System.getenv("SERIN_XDS_TOKEN");

  @Spec @Nullable CommandSpec spec;

  @Override
  public Integer call() {
    ImmutableSortedMap.Builder<String, String> metadata = ImmutableSortedMap.naturalOrder();
    if (meshCluster != null) {
      metadata.put("CLUSTER_ID", meshCluster);
    }
    if (bind != null) {
      metadata.put("SERIN_BIND", bind);
    }
    if (runtimeLayer) {
      metadata.put(ProxyGroup.RUNTIME, RuntimeLayer.NAME);
    }
    BootstrapOptions options =
        new BootstrapOptions(
            new BootstrapOptions.Node(
                id,
                nodeCluster,
                Optional.ofNullable(region),
                Optional.ofNullable(zone),
                metadata.build()),
            new BootstrapOptions.Server(
                address("--xds", xds),
                tls(),
                Optional.ofNullable(token).filter(text -> !text.isEmpty())),
            address("--admin", admin),
            switch (ads) {
              case delta -> BootstrapOptions.Ads.DELTA;
              case sotw -> BootstrapOptions.Ads.STATE_OF_THE_WORLD;
            });
    ImmutableList<String> problems = options.problems();
    if (!problems.isEmpty()) {
      throw new CommandFailure(Exit.USAGE, String.join("\nserin: ", problems));
    }
    Console.out(spec).print(Bootstrap.yaml(options));
    Console.out(spec).flush();
    return Exit.DONE;
  }

  private Optional<BootstrapOptions.Tls> tls() {
    if ((tlsCert == null) != (tlsKey == null)) {
      throw new CommandFailure(Exit.USAGE, "--tls-cert and --tls-key go together");
    }
    if (tlsCa == null) {
      if (tlsCert != null) {
        throw new CommandFailure(
            Exit.USAGE, "--tls-cert without --tls-ca (expected: the authority of the server, too)");
      }
      return Optional.empty();
    }
    Optional<BootstrapOptions.Identity> identity =
        tlsCert != null && tlsKey != null
            ? Optional.of(new BootstrapOptions.Identity(tlsCert, tlsKey))
            : Optional.empty();
    return Optional.of(new BootstrapOptions.Tls(tlsCa, identity));
  }

  private static BootstrapOptions.Address address(String option, String text) {
    try {
      HostAndPort parsed = HostAndPort.fromString(text);
      if (parsed.hasPort() && !parsed.getHost().isEmpty()) {
        return new BootstrapOptions.Address(parsed.getHost(), parsed.getPort());
      }
    } catch (IllegalArgumentException malformed) {
      // The same answer as for a missing part.
    }
    throw new CommandFailure(Exit.USAGE, option + ": " + text + " (expected: HOST:PORT)");
  }
}
