package dev.serin.mesh;

import dev.serin.policy.ResourceName;
import java.util.Optional;

/**
 * What an Envoy cluster that Serin serves stands for. Telemetry arrives under Envoy cluster names
 * and is matched against these.
 *
 * @param cohort the cohort whose traffic it takes; empty for the randomised split
 */
public record ClusterRole(ResourceName service, String version, Optional<String> cohort) {}
