package dev.serin.e2e.traffic;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongFunction;

/**
 * What to send.
 *
 * @param rate requests a second over all targets, 0 for a pause, at most 100,000
 * @param targets where to, in turn; at least one
 * @param connections the most keep-alive connections a target; a request waits for a free one
 * @param request the request of a number; runs on the load's thread and must not block
 * @param timeout after which a request counts as lost, counted from when it was due
 */
public record LoadPlan(
    double rate,
    ImmutableList<Target> targets,
    int connections,
    LongFunction<Request> request,
    Duration timeout) {

  static final double HIGHEST_RATE = 100_000;

  /**
   * A proxy's listener, under the name that outcomes carry.
   *
   * @param from the client's own address; empty for the one that the system chooses
   */
  public record Target(String name, InetSocketAddress address, Optional<InetAddress> from) {
    public Target(String name, InetSocketAddress address) {
      this(name, address, Optional.empty());
    }
  }

  /**
   * One request without a body.
   *
   * @param method in capitals
   * @param host the Host header, by which a proxy finds the service
   * @param headers further headers, cookies included; names in lower case
   */
  public record Request(
      String method, String host, String path, ImmutableMap<String, String> headers) {

    /** A GET request. */
    public Request(String host, String path, ImmutableMap<String, String> headers) {
      this("GET", host, path, headers);
    }
  }

  public LoadPlan {
    requireRate(rate);
    if (targets.isEmpty()) {
      throw new IllegalArgumentException("targets: none (expected: at least one)");
    }
    if (connections < 1) {
      throw new IllegalArgumentException("connections: " + connections + " (expected: >= 1)");
    }
    if (!timeout.isPositive()) {
      throw new IllegalArgumentException("timeout: " + timeout + " (expected: > 0)");
    }
  }

  static void requireRate(double rate) {
    if (!(rate >= 0 && rate <= HIGHEST_RATE)) {
      throw new IllegalArgumentException(
          "rate: " + rate + " (expected: 0 to " + HIGHEST_RATE + " a second)");
    }
  }
}
