package dev.serin.mesh.overlay;

import com.google.common.collect.ImmutableList;
import dev.serin.policy.MeshService.Endpoint;
import java.util.Optional;

/**
 * A cluster that a plan needs besides those of the versions, so that its statistics stand for one
 * kind of traffic alone.
 */
public sealed interface AddedCluster {
  String name();

  /** The version whose traffic is counted there. */
  String version();

  /**
   * Under what that traffic is counted apart from the randomised split; empty for the split itself.
   */
  Optional<String> cohort();

  /** A version's endpoints and settings under another name. */
  record Copy(String name, String version, Optional<String> cohort) implements AddedCluster {}

  /** A part of a version's endpoints, which its own cluster does without. */
  record Part(String name, String version, ImmutableList<Endpoint> endpoints)
      implements AddedCluster {
    @Override
    public Optional<String> cohort() {
      return Optional.of(Split.BASELINE);
    }
  }

  /**
   * An aggregate: each request is tried at {@code first}, the version's own cluster, and once more
   * at {@code then} when that fails.
   */
  record Fallback(String name, String version, Optional<String> cohort, String first, String then)
      implements AddedCluster {}
}
