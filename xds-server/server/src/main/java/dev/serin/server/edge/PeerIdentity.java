package dev.serin.server.edge;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.serin.server.config.NameTemplate;
import io.grpc.Context;
import java.security.cert.Certificate;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Who a peer is by the certificate that it has shown. Within a gRPC method {@link #current()} is
 * the one whose call it is.
 *
 * @param names the alternative names of its certificate, URIs and DNS names; empty: it showed none
 */
public record PeerIdentity(ImmutableSet<String> names) {

  /** A peer that has shown no certificate. */
  public static final PeerIdentity UNKNOWN = new PeerIdentity(ImmutableSet.of());

  static final Context.Key<PeerIdentity> KEY = Context.keyWithDefault("serin-peer", UNKNOWN);

  // RFC 5280, 4.2.1.6: GeneralName
  private static final int DNS_NAME = 2;
  private static final int URI = 6;

  /** The peer of the present call; {@link #UNKNOWN} outside of one. */
  public static PeerIdentity current() {
    return KEY.get();
  }

  /** Whether its certificate is that of the node, by one of the templates. */
  public boolean is(ImmutableList<NameTemplate> templates, String nodeId, String nodeCluster) {
    return templates.stream()
        .anyMatch(template -> names.contains(template.of(nodeId, nodeCluster)));
  }

  static PeerIdentity of(@Nullable SSLSession session) {
    if (session == null) {
      return UNKNOWN;
    }
    try {
      Certificate[] chain = session.getPeerCertificates();
      return chain[0] instanceof X509Certificate own ? of(own) : UNKNOWN;
    } catch (SSLPeerUnverifiedException none) {
      return UNKNOWN;
    }
  }

  private static PeerIdentity of(X509Certificate certificate) {
    try {
      var alternatives = certificate.getSubjectAlternativeNames();
      ImmutableSet.Builder<String> names = ImmutableSet.builder();
      for (List<?> alternative : alternatives == null ? List.<List<?>>of() : alternatives) {
        Object kind = alternative.get(0);
        if ((kind.equals(DNS_NAME) || kind.equals(URI)) && alternative.get(1) instanceof String s) {
          names.add(s);
        }
      }
      return new PeerIdentity(names.build());
    } catch (CertificateParsingException unreadable) {
      return UNKNOWN;
    }
  }
}
