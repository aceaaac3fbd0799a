package dev.serin.cli;

import com.google.common.collect.ImmutableList;
import dev.serin.policy.Ppm;
import dev.serin.v1.ClusterStatus;
import dev.serin.v1.Rollout;
import dev.serin.v1.RolloutStatus;
import java.util.EnumSet;
import java.util.stream.Collectors;

/** How a rollout reads in a table and when it has ended. */
final class RolloutText {
  private static final EnumSet<RolloutStatus.Phase> ENDED_WELL =
      EnumSet.of(RolloutStatus.Phase.SUCCEEDED);
  private static final EnumSet<RolloutStatus.Phase> ENDED_BADLY =
      EnumSet.of(RolloutStatus.Phase.ROLLED_BACK, RolloutStatus.Phase.SUPERSEDED);

  private RolloutText() {}

  static boolean promoted(Rollout rollout) {
    return ENDED_WELL.contains(rollout.getStatus().getPhase());
  }

  static boolean rolledBack(Rollout rollout) {
    return ENDED_BADLY.contains(rollout.getStatus().getPhase());
  }

  /** What is still under way at versions that get nothing new, as the end of a sentence. */
  static String open(RolloutStatus status) {
    return status.getOpenList().stream()
        .filter(open -> !open.hasRequests() || open.getRequests() > 0)
        .map(open ->
            "; open at %s: %s"
                .formatted(
                    open.getVersion(),
                    open.hasRequests()
                        ? Long.toString(open.getRequests())
                        : "unknown, not every proxy reports"))
        .collect(Collectors.joining());
  }

  static ImmutableList<String> row(Rollout rollout) {
    RolloutStatus status = rollout.getStatus();
    int want = 0;
    int acked = 0;
    for (ClusterStatus cluster : status.getClustersList()) {
      want += cluster.getConvergence().getWant();
      acked += cluster.getConvergence().getAcked();
    }
    return ImmutableList.of(
        ResourceKind.tenant(rollout.getMetadata().getTenant()),
        rollout.getMetadata().getName(),
        status.getPhase().name(),
        status.getStep().getIndex() == 0
            ? "-"
            : status.getStep().getIndex() + " " + status.getStep().getName(),
        Ppm.percent(status.getWeightPpm()),
        want == 0 ? "-" : acked + "/" + want,
        status.getVerdict().getState() == dev.serin.v1.Verdict.State.STATE_UNSPECIFIED
            ? "-"
            : status.getVerdict().getState().name(),
        status.getReason() + open(status));
  }
}
