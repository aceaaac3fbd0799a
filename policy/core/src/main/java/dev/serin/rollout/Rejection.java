package dev.serin.rollout;

/** A proxy's own words about a split that it refused. */
public record Rejection(long generation, String node, String cluster, String words) {}
