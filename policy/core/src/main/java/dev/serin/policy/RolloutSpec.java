package dev.serin.policy;

import com.google.common.collect.ImmutableSortedMap;

/**
 * The wish to move a service to a version by a policy.
 *
 * @param service in the same tenant
 * @param to the version to promote
 * @param policy the name of a policy in the same tenant, or {@code default}
 * @param draft kept, not started, until {@code start} is called
 */
public record RolloutSpec(
    ResourceName name,
    ImmutableSortedMap<String, String> labels,
    ResourceName service,
    String to,
    String policy,
    boolean draft) {}
