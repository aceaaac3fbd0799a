package dev.serin.text;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.ResourceName;
import dev.serin.policy.RolloutSpec;
import dev.serin.policy.Subscription;
import java.util.Optional;
import java.util.Set;

/**
 * What reading some files led to.
 *
 * @param resources those without an error, in the order they were written
 * @param unsound what those with an error are called, so far as they have names
 * @param problems of all files, file by file and line by line
 */
public record Reading(
    ImmutableList<Parsed> resources, ImmutableSet<Named> unsound, ImmutableList<Problem> problems) {

  /** What a resource is called. */
  public record Named(Kind kind, ResourceName name) {

    /** Whether what a rollout names at a path of its message is one of these. */
    public static boolean isAmong(Set<Named> some, RolloutSpec rollout, String path) {
      return by(rollout, path).filter(some::contains).isPresent();
    }

    /** Whether the channel that a policy names at a path of its message is one of these. */
    public static boolean isAmong(Set<Named> some, CanaryPolicy policy, String path) {
      ImmutableList<Subscription> told = policy.proceedings().subscriptions();
      for (int i = 0; i < told.size(); i++) {
        ResourceName channel = new ResourceName(policy.name().tenant(), told.get(i).channel());
        if (path.equals("spec.notify[" + i + "].channel")
            && some.contains(new Named(Kind.CHANNEL, channel))) {
          return true;
        }
      }
      return false;
    }

    /** Empty where the path holds no other resource's name. */
    private static Optional<Named> by(RolloutSpec rollout, String path) {
      return switch (path) {
        case "spec.service", "spec.to" ->
            Optional.of(new Named(Kind.MESH_SERVICE, rollout.service()));
        case "spec.policy" ->
            Optional.of(
                new Named(
                    Kind.CANARY_POLICY,
                    new ResourceName(rollout.name().tenant(), rollout.policy())));
        default -> Optional.empty();
      };
    }
  }

  /** Whether anything has to be put right before the files can be applied. */
  public boolean hasErrors() {
    return problems.stream().anyMatch(Problem::isError);
  }
}
