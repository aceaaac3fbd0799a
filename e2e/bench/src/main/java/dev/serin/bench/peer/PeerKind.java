package dev.serin.bench.peer;

import dev.serin.bench.content.Content;
import java.util.Locale;

/** The servers that run on the JVM. */
enum PeerKind {
  SERIN,
  JCP,
  TUNED,
  FLOOR;

  static PeerKind of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }

  /**
   * @param proxies how many proxies have a cluster of their own; 0: all share one configuration
   */
  Peer peer(Content content, int proxies) {
    return switch (this) {
      case SERIN -> new SerinPeer(content, proxies > 0);
      case JCP -> new ControlPlanePeer(content, proxies, false);
      case TUNED -> new ControlPlanePeer(content, proxies, true);
      case FLOOR -> new FloorPeer(content);
    };
  }
}
