package dev.serin.policy;

import com.google.common.collect.ImmutableSortedMap;

/**
 * The wish to move a service to a version by a policy.
 *
 * @param service in the same tenant
 * @param to the version to promote
 * @param policy the name of a policy in the same tenant, or {@code default}
 * @param draft kept, not started, until {@code start} is called
 * @param variants fixed shares of further versions
 * @param reach how far it goes, and after whom
 */
public record RolloutSpec(
    ResourceName name,
    ImmutableSortedMap<String, String> labels,
    ResourceName service,
    String to,
    String policy,
    boolean draft,
    Variants variants,
    Reach reach) {

  public RolloutSpec {
    if (variants.ppm().containsKey(to)) {
      throw new IllegalArgumentException(
          "variants " + variants.ppm().keySet() + " (expected: without " + to + ", the canary)");
    }
  }

  /** A rollout between two versions. */
  public RolloutSpec(
      ResourceName name,
      ImmutableSortedMap<String, String> labels,
      ResourceName service,
      String to,
      String policy,
      boolean draft) {
    this(name, labels, service, to, policy, draft, Variants.NONE, Reach.WHOLE);
  }

  /** The same, no longer a draft. */
  public RolloutSpec begun() {
    return new RolloutSpec(name, labels, service, to, policy, false, variants, reach);
  }
}
