package dev.serin.rollout;

import com.google.common.collect.ImmutableSortedMap;
import dev.serin.judge.Baseline;
import java.util.OptionalDouble;

/**
 * What was known of the service when its rollout started.
 *
 * @param baseline stable's own history
 * @param clusterWeights each mesh cluster's part of the evidence; sums to 1
 * @param requestsPerSecond of the whole service; empty where it is not known
 */
public record Opening(
    Baseline baseline,
    ImmutableSortedMap<String, Double> clusterWeights,
    OptionalDouble requestsPerSecond) {}
