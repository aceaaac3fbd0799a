package dev.serin.mesh.overlay;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedSet;
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
 * @param mirrored whether requests are copied as the plan says
 */
record Rule(
    String suffix,
    ImmutableList<Requirement> requirements,
    ImmutableList<Share> shares,
    Optional<StickySource> hashed,
    boolean mirrored) {

  /**
   * A version's part of the requests.
   *
   * @param stamp the version that the request is stamped with; empty keeps the stamp that it has
   * @param resting its part where the route table stands for all weights of the rollout, because
   *     the present ones come by the runtime layer: {@link RuntimeLayer}
   * @param base the version's cluster in the randomised split, which a base may have settings for
   * @param canary whether what is done to the canary only is done here
   */
  record Share(
      Optional<String> stamp, String cluster, String base, int ppm, int resting, boolean canary) {}

  /** The same for requests that meet one thing more, which are copied. */
  Rule mirroredFor(Requirement further) {
    return new Rule(
        suffix + "|mirror",
        ImmutableList.<Requirement>builder().addAll(requirements).add(further).build(),
        shares,
        hashed,
        true);
  }

  /** Whether a step of the rollout can change who gets what. */
  boolean divides() {
    return shares.size() > 1;
  }

  /** Whether who gets what is drawn for each request. */
  boolean draws() {
    return hashed.isEmpty() && shares.stream().filter(share -> share.ppm() > 0).count() > 1;
  }

  /**
   * Something that a request must have. A match is neither {@link TextMatch.In} nor around one. One
   * that is negated takes what is absent as Envoy does: for headers as it says itself, for all
   * others always.
   */
  sealed interface Requirement {
    /** A header, or one of the parts of the request that Envoy has as headers. */
    record Header(String name, TextMatch match) implements Requirement {}

    /** One of many values. */
    record HeaderOneOf(String name, ImmutableSet<String> values) implements Requirement {}

    record Cookie(String name, TextMatch match) implements Requirement {}

    record Query(String name, TextMatch match) implements Requirement {}

    /** What the filter of tokens has left under a key. */
    record Claim(String payload, ImmutableList<String> path, boolean anyElement, TextMatch match)
        implements Requirement {}

    /** The client's address, in one of these ranges. */
    record Source(ImmutableList<String> ranges) implements Requirement {}

    /** One of these methods. */
    record Method(ImmutableSortedSet<String> methods) implements Requirement {}

    /** The header is there and not empty: an empty one would make one user of many. */
    record HeaderFilled(String name) implements Requirement {}

    /** The cookie is there and not empty: Envoy takes no hash of an empty one. */
    record CookieFilled(String name) implements Requirement {}
  }
}
