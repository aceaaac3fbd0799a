package dev.serin.text;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.policy.Ppm;
import dev.serin.policy.Reach;
import dev.serin.policy.ResourceName;
import dev.serin.policy.RolloutSpec;
import dev.serin.policy.Variants;
import dev.serin.text.Problem.Code;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/** A rollout's message into its record, with every problem that it has. */
final class RolloutReading {

  /** The name of the built-in policy. */
  static final String DEFAULT_POLICY = "default";

  private static final int MAX_VARIANTS = 20;

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
    Reach reach = reach(spec, name);
    checks.notSupported("spec.observe", spec.getObserve(), "observe");
    Variants variants = variants(spec.getVariantsPpmMap(), to);
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
            spec.getDraft(),
            variants,
            reach));
  }

  private Reach reach(dev.serin.v1.RolloutSpec spec, Optional<ResourceName> name) {
    OptionalInt upTo =
        spec.hasUpToPpm()
            ? OptionalInt.of(checks.share("spec.upToPpm", spec.getUpToPpm(), 1, Ppm.ALL))
            : OptionalInt.empty();
    checks.fits("spec.dependsOn", spec.getDependsOnList(), Checks.MAX_LIST);
    for (int i = 0; i < spec.getDependsOnCount(); i++) {
      String path = "spec.dependsOn[" + i + "]";
      String other = checks.name(path, spec.getDependsOn(i));
      if (name.filter(n -> n.name().equals(other)).isPresent()) {
        checks
            .findings()
            .error(path, Code.CONFLICT, other + " is itself (expected: another rollout)", "");
      }
    }
    return new Reach(upTo, ImmutableSortedSet.copyOf(spec.getDependsOnList()), false);
  }

  private Variants variants(Map<String, Integer> shares, String canary) {
    checks.fits("spec.variants", shares.keySet(), MAX_VARIANTS);
    TreeMap<String, Integer> checked = new TreeMap<>();
    long total = 0;
    for (Map.Entry<String, Integer> share : ImmutableSortedMap.copyOf(shares).entrySet()) {
      String path = "spec.variantsPpm." + Shown.value(share.getKey());
      String version = checks.name(path, share.getKey());
      if (version.equals(canary)) {
        checks
            .findings()
            .error(
                path,
                Code.CONFLICT,
                version + " is the canary, whose share is its weight (expected: another version)",
                "");
      }
      int ppm = checks.share(path, share.getValue(), 1, Ppm.ALL);
      total += ppm;
      checked.put(version, ppm);
    }
    if (total > Ppm.ALL) {
      checks
          .findings()
          .error(
              "spec.variantsPpm",
              Code.OUT_OF_RANGE,
              Units.percent((int) Math.min(total, Integer.MAX_VALUE))
                  + "% together (expected: at most 100%)",
              "");
      return Variants.NONE;
    }
    return new Variants(ImmutableSortedMap.copyOfSorted(checked));
  }
}
