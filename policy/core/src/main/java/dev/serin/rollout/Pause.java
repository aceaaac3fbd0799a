package dev.serin.rollout;

import java.time.Instant;

/** A stop that a person made. */
public record Pause(Instant since, By by) {}
