package dev.serin.server.config;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a certificate has to call itself for a node to be its own: a text in which {@code {id}} and
 * {@code {cluster}} stand for the node's. Compared whole, so that nothing in a node's id can stand
 * for more than itself.
 *
 * @param text such as {@code spiffe://mesh.example/proxy/{id}}
 */
public record NameTemplate(String text) {
  private static final int MAX_LENGTH = 512;
  private static final String ID = "{id}";
  private static final String CLUSTER = "{cluster}";
  private static final Pattern LEGAL =
      Pattern.compile("(?:[^\\s{},]|\\{id}|\\{cluster}){1," + MAX_LENGTH + "}");

  public NameTemplate {
    if (!isLegal(text)) {
      throw new IllegalArgumentException(
          "text: '" + text + "' (expected: a name with " + ID + " or " + CLUSTER + ")");
    }
  }

  static Optional<NameTemplate> parse(String text) {
    return isLegal(text) ? Optional.of(new NameTemplate(text)) : Optional.empty();
  }

  private static boolean isLegal(String text) {
    return LEGAL.matcher(text).matches() && (text.contains(ID) || text.contains(CLUSTER));
  }

  /** The name that this node's certificate must have. */
  public String of(String nodeId, String nodeCluster) {
    StringBuilder name = new StringBuilder();
    for (int i = 0; i < text.length(); ) {
      // One pass: a node's id that reads {cluster} is an id.
      if (text.startsWith(ID, i)) {
        name.append(nodeId);
        i += ID.length();
      } else if (text.startsWith(CLUSTER, i)) {
        name.append(nodeCluster);
        i += CLUSTER.length();
      } else {
        name.append(text.charAt(i++));
      }
    }
    return name.toString();
  }
}
