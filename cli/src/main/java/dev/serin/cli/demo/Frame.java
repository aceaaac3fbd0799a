package dev.serin.cli.demo;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.serin.v1.Rollout;
import java.time.Duration;

/**
 * One picture of a release.
 *
 * @param steps how many the policy has
 * @param elapsed since the release was asked for
 * @param rates answers a second by version, by the load's count
 * @param counts what the load got since the demo began
 * @param versions that are shown, stable first
 */
record Frame(
    Rollout rollout,
    int steps,
    Duration elapsed,
    ImmutableSortedMap<String, Double> rates,
    Ledger.Counts counts,
    ImmutableList<String> versions) {}
