package dev.serin.server.edge;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.grpc.MethodDescriptor;
import io.grpc.protobuf.ProtoMethodDescriptorSupplier;
import java.io.IOException;
import java.util.Optional;

/**
 * Finds the nodes that requests of a method name, in {@code node} or {@code identifier.node}, in
 * their bytes: whatever a service makes of a message, these are the bytes it makes it of. A node
 * that says two things of itself is no node, because readers differ in which of them they take.
 */
final class NodeClaims {
  private final ImmutableList<Integer> path;

  /** What a peer says that it is. */
  record Claim(String id, String cluster) {}

  private NodeClaims(ImmutableList<Integer> path) {
    this.path = path;
  }

  /** Empty where requests name no node. */
  static Optional<NodeClaims> of(MethodDescriptor<?, ?> method) {
    if (method.getSchemaDescriptor() instanceof ProtoMethodDescriptorSupplier known) {
      ImmutableList<Integer> path = path(known.getMethodDescriptor().getInputType());
      return path.isEmpty() ? Optional.empty() : Optional.of(new NodeClaims(path));
    }
    throw new IllegalArgumentException(
        "method: " + method.getFullMethodName() + " without a schema (expected: a known message)");
  }

  private static ImmutableList<Integer> path(Descriptor type) {
    FieldDescriptor node = type.findFieldByName("node");
    if (node != null && isNode(node)) {
      return ImmutableList.of(node.getNumber());
    }
    FieldDescriptor identifier = type.findFieldByName("identifier");
    if (identifier == null || identifier.getJavaType() != FieldDescriptor.JavaType.MESSAGE) {
      return ImmutableList.of();
    }
    FieldDescriptor inner = identifier.getMessageType().findFieldByName("node");
    return inner != null && isNode(inner)
        ? ImmutableList.of(identifier.getNumber(), inner.getNumber())
        : ImmutableList.of();
  }

  private static boolean isNode(FieldDescriptor field) {
    return field.getJavaType() == FieldDescriptor.JavaType.MESSAGE
        && field.getMessageType().getFullName().equals(Node.getDescriptor().getFullName());
  }

  /**
   * Every node that a message names, in their order.
   *
   * @throws IOException when the bytes are no message
   */
  ImmutableList<Claim> read(byte[] message) throws IOException {
    ImmutableList.Builder<Claim> claims = ImmutableList.builder();
    read(CodedInputStream.newInstance(message), 0, claims);
    return claims.build();
  }

  private void read(CodedInputStream in, int depth, ImmutableList.Builder<Claim> claims)
      throws IOException {
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (!isField(tag, path.get(depth))) {
        skip(in, tag);
        continue;
      }
      ByteString inner = in.readBytes();
      if (depth + 1 < path.size()) {
        read(inner.newCodedInput(), depth + 1, claims);
      } else {
        claims.add(claim(inner));
      }
    }
  }

  private static Claim claim(ByteString node) throws IOException {
    String id = null;
    String cluster = null;
    CodedInputStream in = node.newCodedInput();
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (isField(tag, Node.ID_FIELD_NUMBER)) {
        id = once(id, in);
      } else if (isField(tag, Node.CLUSTER_FIELD_NUMBER)) {
        cluster = once(cluster, in);
      } else {
        skip(in, tag);
      }
    }
    return new Claim(id == null ? "" : id, cluster == null ? "" : cluster);
  }

  private static String once(@org.jspecify.annotations.Nullable String before, CodedInputStream in)
      throws IOException {
    if (before != null) {
      throw new InvalidProtocolBufferException("a node that says twice who it is");
    }
    return in.readStringRequireUtf8();
  }

  private static boolean isField(int tag, int number) {
    return WireFormat.getTagFieldNumber(tag) == number
        && WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED;
  }

  private static void skip(CodedInputStream in, int tag) throws IOException {
    if (!in.skipField(tag)) {
      throw new InvalidProtocolBufferException("a group ends that never began");
    }
  }
}
