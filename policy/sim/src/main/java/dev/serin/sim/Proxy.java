package dev.serin.sim;

import dev.serin.plan.TrafficPlan;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A proxy, and beside it what the server knows of it. Instants are milliseconds of the run. */
final class Proxy {
  final int id;
  final String cluster;

  // The proxy itself.
  Act.Way way = Act.Way.ACKS;
  boolean connected = true;
  int connection;
  Optional<TrafficPlan> applied = Optional.empty();

  // What the server knows.
  final Set<TrafficPlan> refused = new HashSet<>();
  long connectedAt;
  long lastSeen;
  @Nullable TrafficPlan sent;
  long sentAt;
  @Nullable TrafficPlan acked;
  long ackedAt;

  Proxy(int id, String cluster) {
    this.id = id;
    this.cluster = cluster;
  }

  String node() {
    return "envoy-" + id;
  }
}
