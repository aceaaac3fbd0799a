package dev.serin.mesh;

import io.envoyproxy.envoy.config.route.v3.Route;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** A virtual host, in whatever form its table is kept, for {@link RouteSimulator}. */
public interface SimulatedHost {
  /**
   * A route that may take a request.
   *
   * @param name may be empty
   * @param route what of it decides where requests go; empty where that cannot be read
   * @param unread what keeps it from being decided, should the rest of it take a request; empty for
   *     nothing
   */
  record Candidate(String name, Optional<Route> route, String unread) {
    /** One that is read to its end. */
    public static Candidate of(Route route) {
      return new Candidate(route.getName(), Optional.of(route), "");
    }
  }

  String name();

  List<String> domains();

  /**
   * The routes that may take a request, in order.
   *
   * @param header a header's value in the request
   * @throws IllegalArgumentException where the host has something that no simulation follows; the
   *     message says what it has
   */
  List<Candidate> candidates(Function<String, Optional<String>> header);
}
