package dev.serin.mesh.tree;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.envoyproxy.envoy.config.core.v3.Node;
import java.nio.file.Path;

/** A proxy's own description of itself in a file: as Envoy sends it, or in a bootstrap. */
public final class NodeDocument {
  private NodeDocument() {}

  /** A node, or why there is none. */
  public sealed interface Result {
    record Read(Node node) implements Result {}

    record Unread(ImmutableList<DocumentProblem> problems) implements Result {}
  }

  /** Fields that are newer than our classes are left out: nothing of Serin depends on them. */
  public static Result read(Path file) {
    TreeBudget budget = EnvoyDocuments.trees(file);
    if (budget.problems().isEmpty()
        && (budget.documents().size() != 1 || !budget.documents().getFirst().isObject())) {
      budget.problem(1, budget.documents().size() + " documents (expected: one map, a node)");
    }
    if (!budget.problems().isEmpty()) {
      return new Result.Unread(ImmutableList.copyOf(budget.problems()));
    }
    JsonNode document = budget.documents().getFirst();
    JsonNode tree = document.path("node").isObject() ? document.path("node") : document;
    Node.Builder node = Node.newBuilder();
    try {
      JsonFormat.parser().ignoringUnknownFields().merge(tree.toString(), node);
    } catch (InvalidProtocolBufferException e) {
      budget.problem(1, TreeBudget.shown(String.valueOf(e.getMessage())) + " (expected: a node)");
      return new Result.Unread(ImmutableList.copyOf(budget.problems()));
    }
    if (node.build().equals(Node.getDefaultInstance())) {
      budget.problem(1, "a map without a field of a node (expected: id, locality, metadata, ...)");
      return new Result.Unread(ImmutableList.copyOf(budget.problems()));
    }
    return new Result.Read(node.build());
  }
}
