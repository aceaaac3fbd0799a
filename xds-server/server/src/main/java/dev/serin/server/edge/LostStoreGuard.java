package dev.serin.server.edge;

import dev.serin.ads.Admission;
import dev.serin.ads.Proxy;
import io.grpc.Status;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Turns away proxies that bring configuration of Serin's making to a server that has made none: its
 * store is gone, and what it would answer takes away what they run. A proxy that came with nothing
 * has been met and may come back with what it was given here.
 */
public final class LostStoreGuard implements Admission {
  /** How the versions begin that Serin computes. */
  private static final String OURS = "s1-";

  private static final int MAX_SHOWN = 64;

  /** So many proxies have come to a server whose store was empty: it is nobody's remainder. */
  private static final int MAX_MET = 100_000;

  private final Consumer<String> lost;
  private final Set<String> met = ConcurrentHashMap.newKeySet();

  /**
   * A guard of a server whose store is in doubt.
   *
   * @param lost is told of every proxy that was turned away, in a sentence
   */
  public LostStoreGuard(Consumer<String> lost) {
    this.lost = lost;
  }

  @Override
  public Optional<Status> refusal(Proxy proxy, Collection<String> versions) {
    Optional<String> foreign = foreign(proxy.nodeId(), versions);
    if (foreign.isEmpty()) {
      return Optional.empty();
    }
    String what =
        "the store is empty, and proxy %s runs configuration that Serin made (%s)"
            .formatted(shown(proxy.nodeId()), shown(foreign.get()));
    lost.accept(what);
    return Optional.of(Status.FAILED_PRECONDITION.withDescription("STORE_LOST: " + what));
  }

  /** A version of ours that this server cannot have given to the proxy. */
  private Optional<String> foreign(String node, Collection<String> versions) {
    if (met.contains(node) || met.size() >= MAX_MET) {
      return Optional.empty();
    }
    Optional<String> ours = versions.stream().filter(v -> v.startsWith(OURS)).findFirst();
    if (ours.isEmpty()) {
      met.add(node);
    }
    return ours;
  }

  private static String shown(String text) {
    String visible = text.replaceAll("\\p{Cntrl}", "?");
    return visible.length() > MAX_SHOWN ? visible.substring(0, MAX_SHOWN) + "..." : visible;
  }
}
