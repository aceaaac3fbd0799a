package dev.serin.mesh.overlay;

import com.google.common.collect.ImmutableSet;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.config.route.v3.QueryParameterMatcher;
import io.envoyproxy.envoy.type.matcher.v3.FilterStateMatcher;
import io.envoyproxy.envoy.type.matcher.v3.MetadataMatcher;

/** What a route asks besides, mostly a message of one of the lists in {@code RouteMatch}. */
public sealed interface Matcher {
  /** In {@code headers}. */
  record Header(HeaderMatcher matcher) implements Matcher {}

  /** In {@code query_parameters}. */
  record Query(QueryParameterMatcher matcher) implements Matcher {}

  /** In {@code dynamic_metadata}. */
  record Metadata(MetadataMatcher matcher) implements Matcher {}

  /** In {@code filter_state}. */
  record State(FilterStateMatcher matcher) implements Matcher {}

  /** In {@code cookies}, which is newer than the generated classes. */
  record Cookie(NewerFields.CookieMatcher matcher) implements Matcher {}

  /**
   * A header has one of many values. Routes have no matcher for that: the routes of the virtual
   * host become a tree that finds them by the header's value. A table has at most one such header.
   *
   * @param values so many that a route each would cost every request
   */
  record OneOf(String header, ImmutableSet<String> values) implements Matcher {}
}
