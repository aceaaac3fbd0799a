package dev.serin.cli;

import dev.serin.mesh.ClusterRule;
import dev.serin.mesh.ProxyGroup;
import dev.serin.mesh.overlay.Capabilities;
import dev.serin.mesh.tree.NodeDocument;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.type.v3.SemanticVersion;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The proxy that a plan is made for. */
final class PlanNode {
  /** The newest Envoy that Serin is tested with. */
  private static final SemanticVersion CURRENT =
      SemanticVersion.newBuilder().setMajorNumber(1).setMinorNumber(40).build();

  private PlanNode() {}

  /**
   * What the node of a file honours; what a current Envoy honours where no file is named. Weights
   * are shown in the routes, also of a proxy that takes them from its runtime layer.
   */
  static Capabilities capabilities(@Nullable Path file) {
    if (file == null) {
      return group(Node.newBuilder()).capabilities().withoutLayer();
    }
    return switch (NodeDocument.read(file)) {
      case NodeDocument.Result.Read(Node node) ->
          group(node.toBuilder()).capabilities().withoutLayer();
      case NodeDocument.Result.Unread(var problems) ->
          throw new CommandFailure(
              Exit.FAILED,
              problems.stream().map(Object::toString).reduce((a, b) -> a + "\n" + b).orElse(""));
    };
  }

  private static ProxyGroup group(Node.Builder node) {
    if (node.getUserAgentName().isEmpty()) {
      node.setUserAgentName("envoy");
    }
    if (node.getUserAgentName().equals("envoy") && !node.hasUserAgentBuildVersion()) {
      node.getUserAgentBuildVersionBuilder().setVersion(CURRENT);
    }
    Node known = node.build();
    return ProxyGroup.of(known, ClusterRule.meshCluster(ClusterRule.DEFAULT_RULES, known));
  }
}
