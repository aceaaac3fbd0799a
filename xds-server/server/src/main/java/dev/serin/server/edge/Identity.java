package dev.serin.server.edge;

import com.google.common.collect.ImmutableList;
import dev.serin.server.config.NameTemplate;
import dev.serin.server.edge.NodeClaims.Claim;
import io.grpc.Status;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Whether a peer may be the nodes that it names: whoever has some certificate of the mesh gets his
 * own configuration, and reports his own statistics, not anybody's.
 *
 * @param templates empty: anybody may be anyone
 */
record Identity(ImmutableList<NameTemplate> templates) {
  private static final int MOST_SHOWN = 80;

  boolean isCompared() {
    return !templates.isEmpty();
  }

  /** Why not; empty: it may. */
  Optional<Status> refusal(List<Claim> claims, PeerIdentity peer) {
    return claims.stream()
        .filter(claim -> !peer.is(templates, claim.id(), claim.cluster()))
        .findFirst()
        .map(claim -> Status.PERMISSION_DENIED.withDescription(words(claim, peer)));
  }

  private String words(Claim claim, PeerIdentity peer) {
    String expected =
        templates.stream()
            .map(template -> template.of(shown(claim.id()), shown(claim.cluster())))
            .collect(Collectors.joining(" or "));
    String shows =
        peer.names().isEmpty()
            ? "the certificate names nobody"
            : "the certificate is of " + String.join(", ", peer.names());
    return "node.id: " + shows + " (expected: " + expected + ")";
  }

  private static String shown(String text) {
    return text.length() <= MOST_SHOWN ? text : text.substring(0, MOST_SHOWN) + "...";
  }
}
