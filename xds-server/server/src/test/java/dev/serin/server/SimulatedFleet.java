package dev.serin.server;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.ads.FleetListener;
import dev.serin.ads.FleetView;
import dev.serin.ads.Proxy;
import dev.serin.ads.ProxyView;
import dev.serin.ads.ProxyView.Nack;
import dev.serin.ads.ProxyView.ResourceView;
import dev.serin.ads.ProxyView.TypeView;
import dev.serin.mesh.ProxyGroup;
import dev.serin.mesh.ProxyGroup.Client;
import dev.serin.mesh.TypeUrls;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A fleet that is what a test says it is. */
public final class SimulatedFleet implements FleetView {
  public static final Instant T0 = Instant.parse("2026-11-22T12:00:00Z");

  private static final String VERSION = "s1-0123456789abcdef";

  private final TreeMap<String, ProxyView> proxies = new TreeMap<>();
  private final CopyOnWriteArrayList<FleetListener> listeners = new CopyOnWriteArrayList<>();
  private int looks;

  @Override
  public synchronized ImmutableList<ProxyView> proxies() {
    looks++;
    return ImmutableList.copyOf(proxies.values());
  }

  @Override
  public synchronized Optional<ProxyView> proxy(String nodeId) {
    return Optional.ofNullable(proxies.get(nodeId));
  }

  @Override
  public void addListener(FleetListener listener) {
    listeners.add(listener);
  }

  /** How often it was looked at. */
  public synchronized int looks() {
    return looks;
  }

  /** Puts proxies there: of a hundred the first refuses, the second waits, the third is away. */
  public SimulatedFleet fill(int count, int resources) {
    for (int i = 0; i < count; i++) {
      ResourceView state =
          switch (i % 100) {
            case 0 -> refused("no such cluster (%05d)".formatted(i));
            case 1 -> sent();
            default -> synced();
          };
      put(view("proxy-%05d".formatted(i), "cluster-" + i % 3, i % 100 != 2, i, resources, state));
    }
    return this;
  }

  /** Puts a proxy there, or replaces it, and tells the listeners. */
  public void put(ProxyView view) {
    synchronized (this) {
      proxies.put(view.proxy().nodeId(), view);
    }
    listeners.forEach(l -> l.acked(view.proxy(), TypeUrls.ROUTES, "r", "v", T0));
  }

  /** Forgets a proxy, and tells nobody, as it is. */
  public synchronized void forget(String nodeId) {
    proxies.remove(nodeId);
  }

  /**
   * A proxy as old as that in seconds, which also makes its version and its route.
   *
   * @param first the state of its first resource; the others are in sync
   */
  public static ProxyView view(
      String nodeId,
      String cluster,
      boolean connected,
      int age,
      int resources,
      ResourceView first) {
    Map<String, ResourceView> routes = new TreeMap<>();
    for (int i = 0; i < resources; i++) {
      routes.put("outbound|80||service-%05d".formatted(i), i == 0 ? first : synced());
    }
    TypeView type = TypeView.of(false, ImmutableSortedSet.of(), ImmutableSortedMap.copyOf(routes));
    return new ProxyView(
        new Proxy(
            nodeId,
            "gateway",
            new ProxyGroup(cluster, "eu", Client.ENVOY, 1, 30 + age % 10, "127.0.0.1")),
        connected,
        connected ? 1 : 0,
        T0.minusSeconds(age),
        T0.plusSeconds(age),
        ImmutableSortedMap.of(TypeUrls.ROUTES, type));
  }

  public static ResourceView synced() {
    return new ResourceView(
        Optional.of(VERSION),
        Optional.of(T0),
        Optional.of(VERSION),
        Optional.of(T0),
        Optional.empty());
  }

  public static ResourceView sent() {
    return new ResourceView(
        Optional.of(VERSION),
        Optional.of(T0),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  public static ResourceView refused(String words) {
    return new ResourceView(
        Optional.of("s1-bad"),
        Optional.of(T0),
        Optional.of(VERSION),
        Optional.of(T0),
        Optional.of(new Nack("s1-bad", words, T0)));
  }
}
