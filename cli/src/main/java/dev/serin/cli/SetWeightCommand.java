package dev.serin.cli;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import dev.serin.policy.Ppm;
import dev.serin.v1.Rollout;
import dev.serin.v1.RolloutServiceGrpc.RolloutServiceBlockingStub;
import dev.serin.v1.RolloutStatus;
import dev.serin.v1.SetWeightRequest;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code serin set-weight NAME 5%}. */
@Command(
    name = "set-weight",
    description =
        "Push a weight to all at once and leave the rollout paused; resume goes on above it.")
final class SetWeightCommand extends VerbCommand {
  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "SHARE",
      description = "As 5%% or 0.1%%; with -l or --all it stands alone.")
  @Nullable String share;

  @Mixin Clusters clusters = new Clusters();

  private int weightPpm;

  @Override
  void settle() {
    if (share == null && (all || !labels.isEmpty())) {
      share = name;
      name = null;
    }
    if (share == null) {
      throw new CommandFailure(Exit.USAGE, "SHARE: nothing (expected: 0% to 100%)");
    }
    weightPpm = ppm(share);
  }

  @Override
  Rollout call(RolloutServiceBlockingStub stub, String fullName, String requestId) {
    return stub.setWeight(
        SetWeightRequest.newBuilder()
            .setName(fullName)
            .setReason(reason.text())
            .setRequestId(requestId)
            .addAllClusters(clusters.names())
            .setWeightPpm(weightPpm)
            .build());
  }

  static int ppm(String share) {
    try {
      if (share.endsWith("%")) {
        int ppm =
            new BigDecimal(share.substring(0, share.length() - 1))
                .movePointRight(4)
                .intValueExact();
        if (ppm >= 0 && ppm <= Ppm.ALL) {
          return ppm;
        }
      }
    } catch (ArithmeticException | NumberFormatException notAShare) {
      // reported below with every other form that is no share
    }
    throw new CommandFailure(
        Exit.USAGE, "SHARE: " + share + " (expected: 0% to 100%, at most four decimals)");
  }

  @Override
  ImmutableSet<RolloutStatus.Phase> leftAlone() {
    return Sets.immutableEnumSet(
        RolloutStatus.Phase.PENDING,
        RolloutStatus.Phase.PROMOTING,
        RolloutStatus.Phase.SUCCEEDED,
        RolloutStatus.Phase.ROLLING_BACK,
        RolloutStatus.Phase.ROLLED_BACK,
        RolloutStatus.Phase.SUPERSEDED);
  }
}
