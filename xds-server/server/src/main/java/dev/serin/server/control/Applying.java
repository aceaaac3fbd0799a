package dev.serin.server.control;

import com.google.common.collect.ImmutableList;
import dev.serin.mesh.ServiceState;
import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.Channel;
import dev.serin.policy.FreezeWindow;
import dev.serin.policy.MeshService;
import dev.serin.policy.Release;
import dev.serin.policy.RolloutSpec;
import dev.serin.rollout.By;
import dev.serin.server.control.Control.Applied;
import dev.serin.server.control.Outcome.At;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Applies resources of any kind within a turn: all of them, or none with what is in the way of
 * each.
 */
record Applying(RolloutOperations rollouts) {
  private static final int LAST_RANK = 2;

  Outcome<ImmutableList<Applied>> all(ControlTurn turn, List<Wanted> wanted, By by) {
    Applied[] results = new Applied[wanted.size()];
    ImmutableList.Builder<At> refusals = ImmutableList.builder();
    for (int rank = 0; rank <= LAST_RANK; rank++) {
      for (int i = 0; i < results.length; i++) {
        Wanted one = wanted.get(i);
        if (rank(one) != rank) {
          continue;
        }
        boolean existed = exists(turn, one);
        switch (one(turn, one, by)) {
          case Outcome.Done<Boolean> done ->
              results[i] = new Applied(one, existed, done.value(), done.note());
          case Outcome.Refused<Boolean> refused -> refusals.addAll(at(i, refused));
        }
      }
    }
    ImmutableList<At> found =
        ImmutableList.sortedCopyOf(Comparator.comparingInt(At::index), refusals.build());
    return found.isEmpty()
        ? Outcome.done(ImmutableList.copyOf(results))
        : new Outcome.Refused<>(
            found.getFirst().kind(),
            found.stream()
                .map(at -> wanted.get(at.index()).name() + ": " + text(at))
                .collect(Collectors.joining("; ")),
            found);
  }

  private static ImmutableList<At> at(int index, Outcome.Refused<?> refused) {
    return refused.at().isEmpty()
        ? ImmutableList.of(new At(index, refused.kind(), "", refused.reason()))
        : refused.at().stream()
            .map(at -> new At(index, at.kind(), at.path(), at.message()))
            .collect(ImmutableList.toImmutableList());
  }

  private static String text(At at) {
    return at.path().isEmpty() ? at.message() : at.path() + ": " + at.message();
  }

  /** When it is applied among others: what is named comes before what names it. */
  private static int rank(Wanted wanted) {
    return switch (wanted) {
      case Wanted.Channel channel -> 0;
      case Wanted.Service service -> 1;
      case Wanted.Policy policy -> 1;
      case Wanted.Freeze freeze -> 1;
      case Wanted.Release release -> 1;
      case Wanted.Rollout rollout -> LAST_RANK;
    };
  }

  private static boolean exists(ControlTurn turn, Wanted wanted) {
    return switch (wanted) {
      case Wanted.Service service -> turn.service(service.name()).isPresent();
      case Wanted.Policy policy -> turn.after().policies().containsKey(policy.name());
      case Wanted.Freeze freeze -> turn.after().freezes().byName().containsKey(freeze.name());
      case Wanted.Channel channel -> turn.channel(channel.name()).isPresent();
      case Wanted.Release release -> turn.releases().containsKey(release.name());
      case Wanted.Rollout rollout -> turn.rollout(rollout.name()).isPresent();
    };
  }

  /** Whether it changed anything. */
  Outcome<Boolean> one(ControlTurn turn, Wanted wanted, By by) {
    return switch (wanted) {
      case Wanted.Service(MeshService service) -> {
        Optional<ServiceState> before = turn.service(service.name());
        yield ServiceOperations.apply(turn, service, by)
            .map(after -> before.isEmpty() || !before.get().equals(after));
      }
      case Wanted.Channel(Channel channel) -> ChannelOperations.apply(turn, channel, by);
      case Wanted.Policy(CanaryPolicy policy) -> PolicyOperations.apply(turn, policy, by);
      case Wanted.Freeze(FreezeWindow window) -> FreezeOperations.apply(turn, window, by);
      case Wanted.Release(Release release) -> ReleaseOperations.apply(turn, release, by);
      case Wanted.Rollout(RolloutSpec spec) -> {
        Optional<LiveRollout> before = turn.rollout(spec.name());
        yield rollouts
            .apply(turn, spec, by)
            .map(live -> before.isEmpty() || !before.get().state().equals(live.state()));
      }
    };
  }
}
