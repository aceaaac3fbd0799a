package dev.serin.mesh.overlay;

import com.google.common.collect.ImmutableList;
import dev.serin.policy.Cohort.TextMatch;
import dev.serin.policy.StickySource;
import java.util.Optional;

/**
 * One of the routes that a base route becomes: whom it takes and how it divides them. The form of
 * the route table, protobuf or a tree of JSON, is no concern of a rule.
 *
 * @param suffix of the route's name; empty for the rule that takes all who are left
 * @param requirements what a request must have besides what the base route asks; all of them
 * @param shares who gets which part, in the order in which a hash is compared with them
 * @param hashed what the division hangs on; empty is a draw per request
 */
record Rule(
    String suffix,
    ImmutableList<Requirement> requirements,
    ImmutableList<Share> shares,
    Optional<StickySource> hashed) {

  /**
   * A version's part of the requests.
   *
   * @param version may be that of several clusters: a cohort has its own
   * @param base the version's cluster in the randomised split, which a base may have settings for
   */
  record Share(String version, String cluster, String base, int ppm) {}

  /** Something that a request must have. {@code match} is never {@link TextMatch.In}. */
  sealed interface Requirement {
    record Header(String name, TextMatch match) implements Requirement {}

    record Cookie(String name, TextMatch match) implements Requirement {}

    /** The header is there and not empty: an empty one would make one user of many. */
    record HeaderFilled(String name) implements Requirement {}

    /** The cookie is there and not empty: Envoy takes no hash of an empty one. */
    record CookieFilled(String name) implements Requirement {}
  }
}
