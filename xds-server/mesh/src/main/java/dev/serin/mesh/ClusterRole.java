package dev.serin.mesh;

import dev.serin.policy.ResourceName;
import java.util.Optional;

/**
 * What an Envoy cluster that Serin serves stands for. Telemetry arrives under Envoy cluster names
 * and is matched against these.
 *
 * @param cohort the cohort whose traffic it takes; empty for the randomised split
 * @param fallsBack whether a failed try is tried once more at stable: answers are then counted
 *     under this cluster's name whoever gave them
 */
public record ClusterRole(
    ResourceName service, String version, Optional<String> cohort, boolean fallsBack) {

  /** A cluster that answers itself whatever it is asked. */
  public ClusterRole(ResourceName service, String version, Optional<String> cohort) {
    this(service, version, cohort, false);
  }
}
