package dev.serin.server.control;

import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableSortedMap;
import dev.serin.policy.Release;
import dev.serin.policy.ResourceName;
import dev.serin.rollout.Block;
import dev.serin.rollout.By;
import dev.serin.rollout.Decided;
import dev.serin.rollout.Event;
import dev.serin.rollout.Phase;
import dev.serin.rollout.RolloutState;
import dev.serin.server.control.Catalog.Versioned;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What being one of several means: who waits for whom, and who goes back with whom.
 *
 * <p>All that wait for one another are let go in one turn, and so are published in one snapshot;
 * all that go back go back in the turn in which the first does.
 */
final class Releases {

  private Releases() {}

  /** Why a rollout does not go on before others of its release; empty where it may. */
  static Optional<Block> block(
      ControlTurn turn, RolloutState state, ImmutableListMultimap<ResourceName, Release> together) {
    List<String> slower = new ArrayList<>();
    for (Release release : together.get(state.spec().name())) {
      slower.addAll(slower(turn, release, state));
    }
    return slower.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Block(Block.Source.RELEASE, String.join(", and ", slower), Optional.empty()));
  }

  /** The releases whose members wait for one another, by member. */
  static ImmutableListMultimap<ResourceName, Release> together(
      ImmutableSortedMap<ResourceName, Versioned<Release>> releases) {
    ImmutableListMultimap.Builder<ResourceName, Release> byMember = ImmutableListMultimap.builder();
    for (Versioned<Release> stored : releases.values()) {
      Release release = stored.value();
      if (release.order() == Release.Order.TOGETHER) {
        release.members().forEach(member -> byMember.put(release.member(member), release));
      }
    }
    return byMember.build();
  }

  private static List<String> slower(ControlTurn turn, Release release, RolloutState state) {
    int wanted = state.nextGate();
    List<String> slower = new ArrayList<>();
    for (String member : release.members()) {
      if (member.equals(state.spec().name().name())) {
        continue;
      }
      Optional<RolloutState> other = turn.rollout(release.member(member)).map(LiveRollout::state);
      if (other.isEmpty()) {
        slower.add(
            "rollout %s of release %s does not exist".formatted(member, release.name().name()));
      } else if (holdsUp(other.get(), wanted)) {
        slower.add(
            "rollout %s of release %s is %s"
                .formatted(member, release.name().name(), where(other.get())));
      }
    }
    return slower;
  }

  /** Whether it has not finished the step before. Who is on the way back is waited for no more. */
  private static boolean holdsUp(RolloutState other, int wanted) {
    return switch (other.phase()) {
      case SUCCEEDED, ROLLING_BACK, ROLLED_BACK, SUPERSEDED -> false;
      case PENDING, WAITING, PROGRESSING, HOLDING, PAUSED, PROMOTING ->
          other.reachedGate() < wanted;
    };
  }

  private static String where(RolloutState other) {
    return other.reachedGate() == 0
        ? other.phase().name()
        : "%s at step %d of %d"
            .formatted(
                other.phase(), Math.min(other.reachedGate(), other.lastStep()), other.lastStep());
  }

  /** Takes back, in this turn, everybody whose release wants all to go back when one does. */
  static void fallTogether(ControlTurn turn) {
    for (Versioned<Release> stored : turn.releases().values()) {
      Release release = stored.value();
      Optional<RolloutState> fallen =
          release.allFall()
              ? release.members().stream()
                  .flatMap(member -> turn.rollout(release.member(member)).stream())
                  .map(LiveRollout::state)
                  .filter(state -> state.phase() == Phase.ROLLING_BACK)
                  .findFirst()
              : Optional.empty();
      fallen.ifPresent(first -> release.members().forEach(m -> follow(turn, release, m, first)));
    }
  }

  private static void follow(
      ControlTurn turn, Release release, String member, RolloutState fallen) {
    ResourceName name = release.member(member);
    Optional<RolloutState> state = turn.rollout(name).map(LiveRollout::state);
    if (state.filter(s -> goesAlong(s.phase()) && !s.isOver()).isPresent()) {
      String why =
          "release %s, since %s goes back"
              .formatted(release.name().name(), fallen.spec().name().name());
      turn.decide(name, new Event.Rollback(turn.now(), new By(Decided.SERIN, why, "")));
    }
  }

  private static boolean goesAlong(Phase phase) {
    return switch (phase) {
      case WAITING, PROGRESSING, HOLDING, PAUSED, PROMOTING, SUCCEEDED -> true;
      case PENDING, ROLLING_BACK, ROLLED_BACK, SUPERSEDED -> false;
    };
  }
}
