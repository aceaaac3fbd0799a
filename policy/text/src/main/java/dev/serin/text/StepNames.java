package dev.serin.text;

import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Names for steps that have none: what the step changes, in words that no written name can have,
 * since those are of the form {@code [a-z0-9-]{1,63}}.
 */
final class StepNames {

  private static final String SHARE = "[a-z0-9-]{1,63} [0-9.]+%";
  private static final Pattern DERIVED =
      Pattern.compile(
          "([0-9.]+%|step [0-9]+|" + SHARE + "(, " + SHARE + ")*)( \\(step [0-9]+\\))?");

  private StepNames() {}

  /** Whether a name was derived, perhaps from a share that has been edited since. */
  static boolean isDerived(String name) {
    return DERIVED.matcher(name).matches();
  }

  /**
   * The name of a step.
   *
   * @param index of the step, from 0
   * @param taken names of the steps before it
   */
  static String derive(
      int index, OptionalInt weightPpm, Map<String, Integer> cohortPpm, Set<String> taken) {
    String name;
    if (weightPpm.isPresent()) {
      name = Units.percent(weightPpm.getAsInt()) + "%";
    } else if (!cohortPpm.isEmpty()) {
      name =
          cohortPpm.entrySet().stream()
              .sorted(Map.Entry.comparingByKey())
              .map(e -> e.getKey() + " " + Units.percent(e.getValue()) + "%")
              .collect(Collectors.joining(", "));
    } else {
      name = "step " + (index + 1);
    }
    return taken.contains(name) ? name + " (step " + (index + 1) + ")" : name;
  }
}
