package dev.serin.mesh.overlay;

import dev.serin.policy.ResourceName;

/**
 * A part of the configuration of a service that is not rendered as asked.
 *
 * @param reason one clause with the value and what was expected
 */
public record Refusal(ResourceName service, String reason) {}
