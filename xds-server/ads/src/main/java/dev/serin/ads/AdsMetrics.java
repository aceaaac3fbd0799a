package dev.serin.ads;

import com.google.common.collect.ImmutableList;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** What the ADS server counts. No tag grows with the number of proxies. Thread-safe. */
final class AdsMetrics {
  /** Mesh clusters come from what nodes say of themselves; those past this many count as one. */
  private static final int MAX_CLUSTERS = 200;

  private final MeterRegistry registry;
  private final Map<String, AtomicInteger> streams = new ConcurrentHashMap<>();
  private final Timer push;
  private final Counter nacks;
  private final Counter refusals;
  private final MultiGauge proxies;

  AdsMetrics(MeterRegistry registry) {
    this.registry = registry;
    this.push =
        Timer.builder("serin.xds.push")
            .description("From the trigger of a change to the last answer of the fleet")
            .publishPercentileHistogram()
            .register(registry);
    this.nacks =
        Counter.builder("serin.xds.nacks")
            .description("Responses that proxies rejected")
            .register(registry);
    this.refusals =
        Counter.builder("serin.xds.refused.streams")
            .description("Streams ended for a request without a valid node or beyond a limit")
            .register(registry);
    this.proxies =
        MultiGauge.builder("serin.proxies")
            .description("Proxies of the last hour by mesh cluster; state connected or unreachable")
            .register(registry);
  }

  /** The gauge of open streams of one service. */
  AtomicInteger streams(String type) {
    return streams.computeIfAbsent(
        type,
        t -> {
          AtomicInteger open = new AtomicInteger();
          Gauge.builder("serin.xds.streams", open, AtomicInteger::get)
              .description("Open xDS streams by service and variant")
              .tag("type", t)
              .register(registry);
          return open;
        });
  }

  void pushed(long nanos) {
    push.record(nanos, TimeUnit.NANOSECONDS);
  }

  void nacked() {
    nacks.increment();
  }

  void refused() {
    refusals.increment();
  }

  void fleet(ImmutableList<Fleet.Node> nodes) {
    Map<String, int[]> counts = new TreeMap<>();
    for (Fleet.Node node : nodes) {
      String cluster = node.proxy().group().meshCluster();
      String key = counts.containsKey(cluster) || counts.size() < MAX_CLUSTERS ? cluster : "other";
      counts.computeIfAbsent(key, c -> new int[2])[node.gone() == null ? 0 : 1]++;
    }
    ImmutableList.Builder<MultiGauge.Row<?>> rows = ImmutableList.builder();
    counts.forEach((cluster, count) -> {
      rows.add(MultiGauge.Row.of(Tags.of("cluster", cluster, "state", "connected"), count[0]));
      rows.add(MultiGauge.Row.of(Tags.of("cluster", cluster, "state", "unreachable"), count[1]));
    });
    proxies.register(rows.build(), true);
  }
}
