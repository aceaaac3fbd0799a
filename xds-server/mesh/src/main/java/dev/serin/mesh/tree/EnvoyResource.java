package dev.serin.mesh.tree;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/**
 * One resource as it stands in a file. Its tree is shared and never changed: whoever edits makes a
 * new one.
 *
 * @param line where it begins
 * @param typeUrl {@code type.googleapis.com/envoy...}, also where the file names no type
 * @param name empty where it has none
 * @param versionInfo of the DiscoveryResponse that it came in
 */
public record EnvoyResource(
    String file,
    int line,
    String typeUrl,
    String name,
    ObjectNode tree,
    KeyStyle style,
    Optional<String> versionInfo) {

  /** The same in its place with another tree. */
  EnvoyResource with(ObjectNode other) {
    return new EnvoyResource(file, line, typeUrl, name, other, style, versionInfo);
  }

  DocumentProblem problem(String message) {
    return new DocumentProblem(file, line, message);
  }

  /** The type's own name, for people. */
  public String type() {
    return typeUrl.substring(typeUrl.lastIndexOf('.') + 1);
  }
}
