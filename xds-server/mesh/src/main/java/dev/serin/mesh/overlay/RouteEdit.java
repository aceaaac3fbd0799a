package dev.serin.mesh.overlay;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.protobuf.Any;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.route.v3.RetryPolicy;
import io.envoyproxy.envoy.config.route.v3.RouteAction.HashPolicy;
import io.envoyproxy.envoy.config.route.v3.RouteAction.RequestMirrorPolicy;
import java.util.Optional;

/**
 * One of the routes that a base's route becomes: what is changed of it. Whatever an edit does not
 * name stays as the base says.
 *
 * @param suffix of the route's name
 * @param matchers that a request must meet besides the route's own
 * @param destination where the requests go
 * @param hashPolicies added to the route's own
 * @param mirrors the clusters that the route mirrors to and that are replaced, with those that
 *     replace them
 * @param shadows added to what the route mirrors to
 * @param retry fields that are set in the retry policy in force: the route's own, else its virtual
 *     host's, else an empty one
 */
public record RouteEdit(
    String suffix,
    ImmutableList<Matcher> matchers,
    Destination destination,
    ImmutableList<HashPolicy> hashPolicies,
    ImmutableMap<String, String> mirrors,
    ImmutableList<RequestMirrorPolicy> shadows,
    Optional<RetryPolicy> retry) {

  /** Where the requests of a route go. */
  public sealed interface Destination {
    /** Where they went. */
    record Same() implements Destination {}

    /** All to one cluster; the route is otherwise as it was. */
    record One(String cluster) implements Destination {}

    /**
     * Divided between clusters in this order, in parts per million of a total that never changes.
     * Headers of the version at the route itself are taken away, since they would overwrite those
     * of the chosen cluster.
     *
     * @param byHash whether the hash of the hash policies decides instead of a draw
     * @param own the clusters that the arms stand for where the base divides already: to what else
     *     it divides the same share goes as before ({@link OwnShare})
     * @param runtimeKeys where the runtime has the weights, which go before those of the arms
     */
    record Divided(
        ImmutableList<Arm> arms,
        boolean byHash,
        ImmutableSet<String> own,
        Optional<String> runtimeKeys)
        implements Destination {}
  }

  /**
   * One cluster of a division.
   *
   * @param ppm its weight
   * @param header the version header that is set on requests to it and on its answers
   * @param filters settings of HTTP filters for requests to it, by the filter's name in the
   *     listener
   * @param like the base's entries whose settings it takes, the first that exists
   */
  public record Arm(
      String cluster,
      int ppm,
      Optional<HeaderValueOption> header,
      ImmutableMap<String, Any> filters,
      ImmutableList<String> like) {}

  /** Nothing but another destination. */
  static RouteEdit to(Destination destination) {
    return new RouteEdit(
        "",
        ImmutableList.of(),
        destination,
        ImmutableList.of(),
        ImmutableMap.of(),
        ImmutableList.of(),
        Optional.empty());
  }

  RouteEdit withMirrors(ImmutableMap<String, String> replaced) {
    return new RouteEdit(suffix, matchers, destination, hashPolicies, replaced, shadows, retry);
  }

  /** What is asked by way of a matcher tree; at most one thing. */
  public Optional<Matcher.OneOf> oneOf() {
    return matchers.stream()
        .filter(Matcher.OneOf.class::isInstance)
        .map(Matcher.OneOf.class::cast)
        .findFirst();
  }
}
