package dev.serin.telemetry;

import dev.serin.judge.Window;
import dev.serin.policy.ResourceName;

/** A finished second of evidence for a rollout. */
public record ClosedWindow(ResourceName rollout, Window window) {}
