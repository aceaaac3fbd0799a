package dev.serin.cli.demo;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/**
 * Where the proxies listen: all on one port, as the proxies of a mesh do, so each on a loopback
 * address of its own. Linux has sixteen million of those; elsewhere there may be only two.
 */
record Addresses(int port, ImmutableList<String> hosts) {
  private static final int FIRST_PORT = 8080;
  private static final int LAST_PORT = 8999;

  /**
   * Finds addresses that are free now; fewer than wanted where the system has no more.
   *
   * @throws DemoFailure when not even one is free
   */
  static Addresses find(int wanted) {
    for (int port = FIRST_PORT; port <= LAST_PORT; port++) {
      ImmutableList<String> free = free(port, wanted);
      if (free.size() == wanted) {
        return new Addresses(port, free);
      }
    }
    for (int port = FIRST_PORT; port <= LAST_PORT; port++) {
      ImmutableList<String> free = free(port, wanted);
      if (!free.isEmpty()) {
        return new Addresses(port, free);
      }
    }
    throw new DemoFailure(
        "no free loopback port (expected: one of %d..%d)".formatted(FIRST_PORT, LAST_PORT));
  }

  private static ImmutableList<String> free(int port, int wanted) {
    ImmutableList.Builder<String> free = ImmutableList.builder();
    int found = 0;
    for (int i = 1; i <= wanted + 1 && found < wanted; i++) {
      String host = i <= wanted ? "127.0.0." + i : "::1";
      if (canBind(host, port)) {
        free.add(host);
        found++;
      }
    }
    return free.build();
  }

  private static boolean canBind(String host, int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(InetAddress.getByName(host), port));
      return true;
    } catch (IOException taken) {
      return false;
    }
  }
}
