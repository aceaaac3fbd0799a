package dev.serin.server.control;

import com.google.common.collect.ImmutableList;
import dev.serin.server.control.SoakProxy.Mood;
import io.grpc.ManagedChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** The proxies of the soak: three mesh clusters, two versions, both variants; they come and go. */
final class SoakFleet {
  static final int PROXIES = 60;

  private static final ImmutableList<String> MESH_CLUSTERS =
      ImmutableList.of("east", "north", "west");

  /** So many stall at a time. */
  private static final int MOST_STALLED = 3;

  private final Random random;
  private final ManagedChannel channel;
  private final List<SoakProxy> proxies = new ArrayList<>();
  private final Map<SoakProxy, Integer> backAt = new HashMap<>();

  SoakFleet(Random random, ManagedChannel channel, Set<String> routeNames, SoakRules rules) {
    this.random = random;
    this.channel = channel;
    for (int i = 0; i < PROXIES; i++) {
      SoakProxy proxy =
          new SoakProxy(
              "proxy-%02d".formatted(i),
              MESH_CLUSTERS.get(i % 3),
              38 + i / 3 % 2 * 2,
              i / 6 % 2 == 0,
              routeNames,
              rules);
      proxies.add(proxy);
      proxy.connect(channel, true);
    }
    rules.cranky = proxies.getLast().id;
  }

  List<SoakProxy> proxies() {
    return proxies;
  }

  /** What becomes of it in one second. */
  void second(int second) {
    comeAndGo(second);
    stall();
    if (second % 7 == 0) {
      proxies.get(random.nextInt(PROXIES)).lie();
    }
    if (second % 20 == 0) {
      crankyIsNeverTheEldest();
    }
  }

  /** Everybody is there, and well. */
  void calmDown() {
    for (SoakProxy proxy : proxies) {
      if (proxy.connected()) {
        proxy.wake();
      } else {
        proxy.mood = Mood.WELL;
        proxy.connect(channel, false);
      }
    }
    settle();
  }

  private void comeAndGo(int second) {
    for (SoakProxy proxy : proxies) {
      if (!proxy.connected() && backAt.getOrDefault(proxy, 0) <= second) {
        proxy.mood = Mood.WELL;
        proxy.connect(channel, random.nextInt(3) == 0);
      } else if (proxy.connected() && random.nextInt(600) == 0) {
        leave(proxy, second + 1 + random.nextInt(60));
      }
    }
    if (random.nextInt(300) == 0) { // a part of the fleet is cut off at once
      String cut = MESH_CLUSTERS.get(random.nextInt(3));
      proxies.stream()
          .filter(proxy -> proxy.meshCluster.equals(cut) && random.nextInt(3) == 0)
          .forEach(proxy -> leave(proxy, second + 5 + random.nextInt(10)));
    }
  }

  private void leave(SoakProxy proxy, int until) {
    if (proxy.connected()) {
      proxy.disconnect();
      backAt.put(proxy, until);
    }
  }

  private void stall() {
    for (SoakProxy proxy : proxies) {
      if (proxy.connected() && proxy.mood != Mood.WELL && random.nextInt(15) == 0) {
        proxy.wake();
      }
    }
    long stalled = proxies.stream().filter(proxy -> proxy.mood != Mood.WELL).count();
    if (stalled < MOST_STALLED && random.nextInt(10) == 0) {
      SoakProxy one = proxies.get(random.nextInt(PROXIES));
      if (one.atOnce()) {
        one.mood = random.nextBoolean() ? Mood.SILENT : Mood.DEAF;
      }
    }
  }

  /** A probe's refusal counts for its kind, so the one that always refuses must not be a probe. */
  private void crankyIsNeverTheEldest() {
    SoakProxy cranky = proxies.getLast();
    if (cranky.connected()) {
      cranky.disconnect();
      cranky.mood = Mood.WELL;
      cranky.connect(channel, false);
    }
  }

  /** Lets everybody answer until nobody has anything to answer. */
  void settle() {
    boolean any = true;
    while (any) {
      any = false;
      for (SoakProxy proxy : proxies) {
        any |= proxy.answer();
      }
    }
  }
}
