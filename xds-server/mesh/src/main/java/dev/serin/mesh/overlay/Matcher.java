package dev.serin.mesh.overlay;

import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.config.route.v3.QueryParameterMatcher;
import io.envoyproxy.envoy.type.matcher.v3.FilterStateMatcher;
import io.envoyproxy.envoy.type.matcher.v3.MetadataMatcher;

/** One matcher that is added to a route, a message of the list in {@code RouteMatch} it is for. */
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
}
