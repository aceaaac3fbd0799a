package dev.serin.ads;

import com.google.common.collect.ImmutableList;
import java.util.Optional;

/** What every proxy of the last hour was sent and answered. Thread-safe. */
public interface FleetView {
  /** All proxies by node id, those that went away within the hour included. */
  ImmutableList<ProxyView> proxies();

  /** One of them; its price does not depend on how many there are. */
  Optional<ProxyView> proxy(String nodeId);

  /** Adds a listener; what happened before is not told to it. */
  void addListener(FleetListener listener);
}
