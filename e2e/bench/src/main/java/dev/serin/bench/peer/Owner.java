package dev.serin.bench.peer;

import com.google.common.collect.ImmutableList;

/** Whose code a class is. */
enum Owner {
  BENCH("the benchmark's peer", "dev.serin.bench."),
  SERIN("Serin", "dev.serin."),
  GRPC("gRPC", "io.grpc.", "io.perfmark."),
  NETTY("Netty", "io.netty."),
  PROTOBUF("protobuf", "com.google.protobuf."),
  GUAVA("Guava", "com.google.common."),
  CONTROL_PLANE("java-control-plane", "io.envoyproxy.controlplane."),
  ENVOY_API("Envoy's messages", "io.envoyproxy.envoy."),
  JDK("JDK", "java.", "javax.", "jdk.", "sun.", "com.sun."),
  OTHER("others", "");

  private final String title;
  private final ImmutableList<String> prefixes;

  Owner(String title, String... prefixes) {
    this.title = title;
    this.prefixes = ImmutableList.copyOf(prefixes);
  }

  String title() {
    return title;
  }

  /** Whether it is a control plane's, and no library that one uses. */
  boolean serves() {
    return switch (this) {
      case BENCH, SERIN, CONTROL_PLANE -> true;
      case GRPC, NETTY, PROTOBUF, GUAVA, ENVOY_API, JDK, OTHER -> false;
    };
  }

  /** The first whose classes begin so. */
  static Owner of(String className) {
    for (Owner owner : values()) {
      if (owner.prefixes.stream().anyMatch(className::startsWith)) {
        return owner;
      }
    }
    throw new IllegalStateException("class: " + className + " (expected: an owner)");
  }
}
