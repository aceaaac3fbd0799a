package dev.serin.ads;

import dev.serin.mesh.ProxyGroup;

/**
 * A proxy as it named itself in the first message of a stream.
 *
 * @param nodeId its {@code node.id}, not empty
 * @param nodeCluster its {@code node.cluster}, may be empty
 * @param group what its configuration depends on
 */
public record Proxy(String nodeId, String nodeCluster, ProxyGroup group) {}
