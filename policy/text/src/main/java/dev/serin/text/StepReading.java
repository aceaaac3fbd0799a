package dev.serin.text;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.Ppm;
import dev.serin.policy.ResourceName;
import dev.serin.policy.Step;
import dev.serin.policy.Threshold;
import dev.serin.policy.Treatment;
import dev.serin.text.Problem.Code;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/** The steps of a policy. */
final class StepReading {

  private final Checks checks;
  private final Findings findings;

  StepReading(Checks checks) {
    this.checks = checks;
    this.findings = checks.findings();
  }

  ImmutableList<Step> steps(List<dev.serin.v1.Step> messages, Set<String> cohorts) {
    if (!checks.fits("spec.steps", messages, Checks.MAX_LIST)) {
      return ImmutableList.of();
    }
    ImmutableList.Builder<Step> steps = ImmutableList.builder();
    Set<String> names = new HashSet<>();
    for (int i = 0; i < messages.size(); i++) {
      Duration bake = CanaryPolicy.defaultBake(i, messages.size());
      steps.add(step(i, messages.get(i), bake, cohorts, names));
    }
    warnOfFallingWeights(messages);
    return steps.build();
  }

  private Step step(
      int index,
      dev.serin.v1.Step message,
      Duration defaultBake,
      Set<String> cohorts,
      Set<String> names) {
    String path = "spec.steps[" + index + "]";
    if (!namesSomething(message)) {
      findings.error(
          path,
          Code.NAMES_NOTHING,
          "a step that names neither a change, an approval nor a bake",
          "name at least one, as weight: 5%");
    }
    OptionalInt weight =
        message.hasWeightPpm()
            ? OptionalInt.of(checks.share(path + ".weightPpm", message.getWeightPpm()))
            : OptionalInt.empty();
    ImmutableSortedMap<String, Integer> shares =
        shares(path + ".cohortPpm", message.getCohortPpmMap(), cohorts);
    boolean onlyAsks = message.hasApproval() && !changesSomething(message);
    Duration bake =
        checks.duration(
            path + ".bake",
            message.hasBake(),
            message.getBake(),
            onlyAsks ? Duration.ZERO : defaultBake,
            Duration.ZERO);
    long least = message.getLeast().getCanaryRequests();
    if (least < 0) {
      findings.error(
          path + ".least.canaryRequests", Code.OUT_OF_RANGE, least + " (expected: 0 or more)", "");
    }
    String derived = StepNames.derive(index, weight, shares, names);
    String name = name(path + ".name", message.getName(), derived);
    if (!names.add(name)) {
      findings.error(path + ".name", Code.DUPLICATE, name + " names two steps (expected: one)", "");
    }
    Treatment treatment = new TreatmentReading(checks).treatment(path, message);
    Threshold threshold = new ProceedingsReading(checks).threshold(path, message);
    boolean isNothing =
        weight.isEmpty()
            && shares.isEmpty()
            && treatment.isNone()
            && bake.isZero()
            && threshold.approval().isEmpty();
    if (isNothing && namesSomething(message)) {
      findings.error(
          path + ".bake",
          Code.NAMES_NOTHING,
          "0s in a step without a change (expected: a change or a longer bake)",
          "");
    }
    return new Step(
        name,
        weight,
        shares,
        isNothing ? Duration.ofSeconds(1) : bake,
        Math.max(0, least),
        treatment,
        threshold);
  }

  private String name(String path, String written, String derived) {
    if (ResourceName.isLegal(written)) {
      return written;
    }
    if (!written.isEmpty() && !StepNames.isDerived(written)) {
      findings.error(
          path, Code.BAD_NAME, Shown.value(written) + " (expected: [a-z0-9-]{1,63})", "");
    }
    return derived;
  }

  private static boolean namesSomething(dev.serin.v1.Step message) {
    return changesSomething(message) || message.hasBake() || message.hasApproval();
  }

  private static boolean changesSomething(dev.serin.v1.Step message) {
    return message.hasWeightPpm()
        || message.getCohortPpmCount() > 0
        || message.hasMirror()
        || message.hasFault()
        || message.hasRateLimit();
  }

  private ImmutableSortedMap<String, Integer> shares(
      String path, Map<String, Integer> messages, Set<String> cohorts) {
    ImmutableSortedMap.Builder<String, Integer> shares = ImmutableSortedMap.naturalOrder();
    ImmutableSortedMap.copyOf(messages)
        .forEach((cohort, ppm) -> {
          String at = path + "." + Shown.value(cohort);
          if (!cohorts.contains(cohort)) {
            findings.error(
                at,
                Code.UNKNOWN_REFERENCE,
                "cohort " + Shown.value(cohort) + " (expected: one of spec.cohorts)",
                Suggestion.hint(cohort, new TreeSet<>(cohorts)));
          }
          shares.put(cohort, checks.share(at, ppm));
        });
    return shares.buildOrThrow();
  }

  /** Allowed, for a policy may want to step back; more often it is a slip. */
  private void warnOfFallingWeights(List<dev.serin.v1.Step> messages) {
    int before = 0;
    for (int i = 0; i < messages.size(); i++) {
      if (messages.get(i).hasWeightPpm()) {
        int now = messages.get(i).getWeightPpm();
        if (now < before && now >= 0 && before <= Ppm.ALL) {
          findings.warn(
              "spec.steps[" + i + "].weightPpm",
              Code.FALLING_WEIGHT,
              Units.percent(now)
                  + "% after "
                  + Units.percent(before)
                  + "% (expected: as much or more)",
              "users who were on the canary go back to stable here");
        }
        before = now;
      }
    }
  }
}
