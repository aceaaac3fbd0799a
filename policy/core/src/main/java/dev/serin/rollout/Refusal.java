package dev.serin.rollout;

/**
 * A command that made no sense now. Nothing changed.
 *
 * @param reason one sentence that ends in the verb that would work, where one would
 */
public record Refusal(String verb, String reason) {}
