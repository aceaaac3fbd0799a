package dev.serin.text;

import com.google.common.collect.ImmutableSortedMap;
import dev.serin.policy.ResourceName;
import dev.serin.policy.RolloutSpec;
import java.util.Optional;

/** A rollout's message into its record, with every problem that it has. */
final class RolloutReading {

  /** The name of the built-in policy. */
  static final String DEFAULT_POLICY = "default";

  private final Checks checks;

  RolloutReading(Checks checks) {
    this.checks = checks;
  }

  Optional<RolloutSpec> read(dev.serin.v1.Rollout message) {
    checks.head(message.getApiVersion(), message.getKind(), Kind.ROLLOUT.word());
    Optional<ResourceName> name =
        checks.resourceName(message.getName(), message.getMetadata(), Kind.ROLLOUT.collection());
    dev.serin.v1.RolloutSpec spec = message.getSpec();
    String service = checks.name("spec.service", spec.getService());
    String to = checks.name("spec.to", spec.getTo());
    String policy =
        spec.getPolicy().isEmpty() ? DEFAULT_POLICY : checks.name("spec.policy", spec.getPolicy());
    checks.notSupported("spec.upToPpm", spec.hasUpToPpm(), "upTo");
    checks.notSupported("spec.dependsOn", spec.getDependsOnCount() > 0, "dependsOn");
    checks.notSupported("spec.observe", spec.getObserve(), "observe");
    if (checks.findings().hasErrors() || name.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new RolloutSpec(
            name.get(),
            ImmutableSortedMap.copyOf(message.getMetadata().getLabelsMap()),
            new ResourceName(name.get().tenant(), service),
            to,
            policy,
            spec.getDraft()));
  }
}
