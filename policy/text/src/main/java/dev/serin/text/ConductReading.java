package dev.serin.text;

import com.google.common.collect.ImmutableSortedSet;
import dev.serin.policy.Conduct;
import dev.serin.policy.Step;
import dev.serin.text.Problem.Code;
import dev.serin.v1.CanaryPolicySpec;
import dev.serin.v1.Retry;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/** How a policy wants requests handled in all of its steps. */
final class ConductReading {

  private final Checks checks;
  private final Findings findings;

  ConductReading(Checks checks) {
    this.checks = checks;
    this.findings = checks.findings();
  }

  Conduct conduct(
      CanaryPolicySpec spec, Set<String> cohorts, List<Step> steps, OptionalInt baseline) {
    return new Conduct(
        retry(spec.getRetry()),
        follow(spec.getChain().getFollowList()),
        streams(spec.getStreams()),
        exclude(spec.getExcludeList(), cohorts, steps),
        baseline);
  }

  /** The other way round a release that fails would hide behind the one that works. */
  private boolean retry(Retry retry) {
    if (retry.equals(Retry.getDefaultInstance())) {
      return false;
    }
    arm("spec.retry.to", retry.getTo(), retry.getToValue(), Retry.Arm.STABLE, "stable");
    arm(
        "spec.retry.countAgainst",
        retry.getCountAgainst(),
        retry.getCountAgainstValue(),
        Retry.Arm.CANARY,
        "canary");
    return true;
  }

  private void arm(String path, Retry.Arm arm, int number, Retry.Arm only, String word) {
    if (arm == Retry.Arm.UNRECOGNIZED) {
      checks.unknownEnum(path, number);
    } else if (arm != only && arm != Retry.Arm.ARM_UNSPECIFIED) {
      findings.error(
          path,
          Code.NOT_ALLOWED,
          arm.name().toLowerCase(java.util.Locale.ROOT) + " (expected: " + word + ")",
          "a failed attempt at the canary is tried at stable and counts against the canary");
    }
  }

  private ImmutableSortedSet<String> follow(List<String> services) {
    checks.fits("spec.chain.follow", services, Checks.MAX_LIST);
    List<String> names = new ArrayList<>();
    for (int i = 0; i < services.size(); i++) {
      String path = "spec.chain.follow[" + i + "]";
      String service = checks.name(path, services.get(i));
      if (names.contains(service)) {
        findings.error(path, Code.DUPLICATE, service + " twice (expected: once)", "");
      }
      names.add(service);
    }
    return ImmutableSortedSet.copyOf(names);
  }

  /** Better refused than written down and not done. */
  private Conduct.Streams streams(dev.serin.v1.Streams streams) {
    return switch (streams.getAtZero()) {
      case AT_ZERO_UNSPECIFIED, KEEP -> Conduct.Streams.KEEP;
      case DRAIN -> {
        findings.error(
            "spec.streams.atZero",
            Code.NOT_SUPPORTED,
            "drain (expected: keep)",
            "Envoy ends no stream under way when the weight, endpoints or cluster behind it go;"
                + " have the canary's processes end theirs");
        yield Conduct.Streams.KEEP;
      }
      case UNRECOGNIZED -> {
        checks.unknownEnum("spec.streams.atZero", streams.getAtZeroValue());
        yield Conduct.Streams.KEEP;
      }
    };
  }

  private ImmutableSortedSet<String> exclude(
      List<String> excluded, Set<String> cohorts, List<Step> steps) {
    checks.fits("spec.exclude", excluded, Checks.MAX_LIST);
    for (int i = 0; i < excluded.size(); i++) {
      String cohort = excluded.get(i);
      String path = "spec.exclude[" + i + "]";
      if (!cohorts.contains(cohort)) {
        findings.error(
            path,
            Code.UNKNOWN_REFERENCE,
            "cohort " + Shown.value(cohort) + " (expected: one of spec.cohorts)",
            Suggestion.hint(cohort, new TreeSet<>(cohorts)));
      } else if (excluded.indexOf(cohort) < i) {
        findings.error(path, Code.DUPLICATE, cohort + " twice (expected: once)", "");
      } else if (steps.stream().anyMatch(s -> s.cohortPpm().getOrDefault(cohort, 0) > 0)) {
        findings.error(
            path,
            Code.CONFLICT,
            cohort + " has a share in a step (expected: either excluded or a share)",
            "");
      }
    }
    return ImmutableSortedSet.copyOf(excluded);
  }
}
