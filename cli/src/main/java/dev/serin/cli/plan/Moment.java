package dev.serin.cli.plan;

import com.google.common.collect.ImmutableList;
import dev.serin.mesh.ServiceState;
import dev.serin.plan.TrafficPlan;

/**
 * What is in force at one point of the rollouts.
 *
 * @param key as {@code --step} names it
 * @param title for a reader
 */
public record Moment(
    String key,
    String title,
    ImmutableList<ServiceState> services,
    ImmutableList<TrafficPlan> plans) {}
