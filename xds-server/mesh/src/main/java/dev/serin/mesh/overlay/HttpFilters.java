package dev.serin.mesh.overlay;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import java.util.Optional;

/**
 * The HTTP filters of the listeners that use a route table, as far as a step may need one. A route
 * sets a filter by the name that it has in the listener; where the listeners differ, or one lacks
 * the filter, it cannot be set.
 *
 * @param names by the type of the filter's configuration, without {@code type.googleapis.com/}
 * @param lacking which listeners lack a filter, as a clause, by its type; of none where that is not
 *     known
 * @param payloads the keys under which the payloads of verified tokens are kept for a route that is
 *     chosen after that
 */
public record HttpFilters(
    ImmutableMap<String, String> names,
    ImmutableMap<String, String> lacking,
    ImmutableSet<String> payloads) {
  public static final String FAULT = "envoy.extensions.filters.http.fault.v3.HTTPFault";
  public static final String LOCAL_RATE_LIMIT =
      "envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit";
  public static final String JWT = "envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication";
  public static final String SET_FILTER_STATE =
      "envoy.extensions.filters.http.set_filter_state.v3.Config";

  /** The types that a step may need. */
  public static final ImmutableList<String> ALL =
      ImmutableList.of(FAULT, LOCAL_RATE_LIMIT, JWT, SET_FILTER_STATE);

  /** Those of listeners that are not known by name. */
  public HttpFilters(ImmutableMap<String, String> names, ImmutableSet<String> payloads) {
    this(names, ImmutableMap.of(), payloads);
  }

  /** A listener without any of them. */
  public static final HttpFilters NONE = new HttpFilters(ImmutableMap.of(), ImmutableSet.of());

  /** The listeners that Serin publishes. */
  public static final HttpFilters PUBLISHED =
      new HttpFilters(
          ImmutableMap.of(
              FAULT, "envoy.filters.http.fault",
              LOCAL_RATE_LIMIT, "envoy.filters.http.local_ratelimit",
              // Of the connection, before any HTTP filter: its peer is the client.
              SET_FILTER_STATE, "envoy.filters.network.set_filter_state"),
          ImmutableSet.of());

  /** The name of the filter of a type; empty where it is lacking. */
  public Optional<String> name(String type) {
    return Optional.ofNullable(names.get(type));
  }

  /** Why a filter that is lacking cannot be set, with what was expected. */
  String lack(String type) {
    return lacking.getOrDefault(
        type, "no filter for it (expected: " + type + " in the listeners of these routes)");
  }

  /**
   * Why nobody would be found by a claim of this payload, with what was expected; empty where
   * somebody may. Envoy chooses the route before it verifies the token, and again only when told.
   */
  Optional<String> lackOfPayload(String payload) {
    if (name(JWT).isEmpty()) {
      return Optional.of(lack(JWT));
    }
    return payloads.contains(payload)
        ? Optional.empty()
        : Optional.of(
            "payloads under %s (expected: a provider with payload_in_metadata %s and clear_route_cache in the listeners of these routes)"
                .formatted(payloads, payload));
  }

  /** What both have under the same name: of listeners that share a table. */
  public HttpFilters and(HttpFilters other) {
    ImmutableMap.Builder<String, String> both = ImmutableMap.builder();
    names.forEach((type, name) -> {
      if (name.equals(other.names.get(type))) {
        both.put(type, name);
      }
    });
    return new HttpFilters(
        both.buildOrThrow(), Sets.intersection(payloads, other.payloads).immutableCopy());
  }
}
