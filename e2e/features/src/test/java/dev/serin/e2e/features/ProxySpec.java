package dev.serin.e2e.features;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.serin.mesh.bootstrap.Bootstrap;
import dev.serin.mesh.bootstrap.BootstrapOptions;
import dev.serin.mesh.bootstrap.BootstrapOptions.Ads;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * A proxy of the mesh under test.
 *
 * @param bind the loopback address of its listeners
 * @param change what its operator wrote differently from {@code serin bootstrap}
 * @param layer whether it takes the weights of rollouts from a runtime layer
 */
record ProxySpec(
    String node,
    String meshCluster,
    String region,
    String bind,
    Ads ads,
    UnaryOperator<String> change,
    boolean layer) {

  ProxySpec(
      String node,
      String meshCluster,
      String region,
      String bind,
      Ads ads,
      UnaryOperator<String> change) {
    this(node, meshCluster, region, bind, ads, change, false);
  }

  /** Two mesh clusters; the first has a proxy of each variant of ADS. */
  static final ImmutableList<ProxySpec> THREE =
      ImmutableList.of(
          new ProxySpec("a-1", "a", "eu-west", "127.0.0.1", Ads.DELTA, s -> s),
          new ProxySpec("a-2", "a", "eu-west", "127.0.0.2", Ads.STATE_OF_THE_WORLD, s -> s),
          new ProxySpec("b-1", "b", "us-east", "127.0.0.3", Ads.DELTA, s -> s));

  /** Three of one mesh cluster. */
  static final ImmutableList<ProxySpec> THREE_OF_A =
      THREE.stream()
          .map(p -> new ProxySpec(p.node(), "a", p.region(), p.bind(), p.ads(), p.change()))
          .collect(ImmutableList.toImmutableList());

  ProxySpec with(UnaryOperator<String> other) {
    return new ProxySpec(node, meshCluster, region, bind, ads, other, layer);
  }

  ProxySpec withLayer() {
    return new ProxySpec(node, meshCluster, region, bind, ads, change, true);
  }

  String bootstrap(int xdsPort) {
    return change.apply(bootstrap(xdsPort, Optional.empty()));
  }

  /** Whatever else is done to a bootstrap, this one carries a token. */
  ProxySpec withToken(int xdsPort, String token) {
    return with(text -> change.apply(bootstrap(xdsPort, Optional.of(token))));
  }

  private String bootstrap(int xdsPort, Optional<String> token) {
    return Bootstrap.yaml(
        new BootstrapOptions(
            new BootstrapOptions.Node(
                node, "gateway", Optional.of(region), Optional.empty(), metadata()),
            new BootstrapOptions.Server(
                new BootstrapOptions.Address("127.0.0.1", xdsPort), Optional.empty(), token),
            new BootstrapOptions.Address("127.0.0.1", 0),
            ads));
  }

  private ImmutableSortedMap<String, String> metadata() {
    ImmutableSortedMap.Builder<String, String> metadata =
        ImmutableSortedMap.<String, String>naturalOrder()
            .put("CLUSTER_ID", meshCluster)
            .put("SERIN_BIND", bind);
    if (layer) {
      metadata.put("SERIN_RUNTIME", "serin");
    }
    return metadata.buildOrThrow();
  }

  /** The same proxy; its admin interface also tells what it was sent and refused. */
  ProxySpec countingUpdates() {
    String matched = "- exact: server.live";
    String more =
        """
        - safe_regex: {regex: '.*\\.update_(success|rejected)'}
        - exact: control_plane.connected_state
        """;
    return with(text -> replace(change.apply(text), matched, matched + "\n" + more.indent(8)));
  }

  /** Replaces what has to be there: a bootstrap that changed its words must not weaken a test. */
  static String replace(String bootstrap, String part, String by) {
    if (!bootstrap.contains(part)) {
      throw new IllegalStateException("no \"" + part + "\" in the bootstrap");
    }
    return bootstrap.replace(part, by);
  }
}
