package dev.serin.server.control;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableSortedMap;
import dev.serin.calendar.Openness;
import dev.serin.calendar.Schedule;
import dev.serin.calendar.Subject;
import dev.serin.policy.Release;
import dev.serin.policy.ResourceName;
import dev.serin.rollout.Block;
import dev.serin.rollout.Event;
import dev.serin.rollout.Phase;
import dev.serin.rollout.RolloutState;
import dev.serin.server.control.Catalog.Versioned;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What outside of a rollout speaks against its growth, as of one turn. Told to a rollout before
 * anything else that could raise it. Owned by the loop's thread.
 */
final class Outside {

  /**
   * An answer of the calendar, which stays until it says, or until something that it was asked
   * about is another.
   */
  private record Asked(
      Freezes freezes, Subject subject, Schedule schedule, boolean urgent, Openness answer) {

    boolean stillHolds(Asked now, Instant at) {
      return freezes.equals(now.freezes) // as a rule the same object
          && urgent == now.urgent
          && subject.equals(now.subject)
          && schedule.equals(now.schedule)
          && answer.until().filter(until -> !at.isBefore(until)).isEmpty();
    }
  }

  private final Map<ResourceName, Asked> calendar = new HashMap<>();

  /** What {@link #together} was made of. */
  private ImmutableSortedMap<ResourceName, Versioned<Release>> releases = ImmutableSortedMap.of();

  private ImmutableListMultimap<ResourceName, Release> together = ImmutableListMultimap.of();

  /** Tells a rollout what speaks against its growth now, where that has changed. */
  void tell(ControlTurn turn, ResourceName name) {
    Optional<RolloutState> state =
        turn.rollout(name).map(LiveRollout::state).filter(s -> !s.isOver());
    if (state.isEmpty()) {
      calendar.remove(name);
      return;
    }
    tell(turn, name, state.get());
  }

  /** The same for a rollout that is about to begin again: while it was over it was not told. */
  void tellRolledBack(ControlTurn turn, ResourceName name) {
    turn.rollout(name)
        .map(LiveRollout::state)
        .filter(state -> state.phase() == Phase.ROLLED_BACK)
        .ifPresent(state -> tell(turn, name, state));
  }

  private void tell(ControlTurn turn, ResourceName name, RolloutState state) {
    ImmutableList<Block> blocks = blocks(turn, state);
    if (!blocks.equals(state.blocks())) {
      turn.decide(name, new Event.BlocksReported(turn.now(), blocks));
    }
  }

  private ImmutableList<Block> blocks(ControlTurn turn, RolloutState state) {
    ImmutableList.Builder<Block> blocks = ImmutableList.builder();
    if (openness(turn, state) instanceof Openness.Closed closed) {
      blocks.add(new Block(Block.Source.CALENDAR, "it is " + closed.because(), closed.until()));
    }
    dependency(turn, state).ifPresent(blocks::add);
    Releases.block(turn, state, together(turn)).ifPresent(blocks::add);
    return blocks.build();
  }

  /** Made anew when a release comes, changes or goes: ten thousand rollouts ask in every turn. */
  private ImmutableListMultimap<ResourceName, Release> together(ControlTurn turn) {
    if (!turn.releases().equals(releases)) {
      releases = turn.releases();
      together = Releases.together(releases);
    }
    return together;
  }

  private Openness openness(ControlTurn turn, RolloutState state) {
    Freezes freezes = turn.freezes();
    Schedule schedule = state.policy().schedule();
    ResourceName service = state.spec().service();
    Subject subject =
        new Subject(
            service.tenant(),
            service.name(),
            turn.service(service).map(s -> s.service().labels()).orElse(ImmutableSortedMap.of()),
            Optional.empty()); // all mesh clusters move together
    Asked now =
        new Asked(
            freezes, subject, schedule, state.isUrgent(), new Openness.Open(Optional.empty()));
    Asked known = calendar.get(state.spec().name());
    if (known != null && known.stillHolds(now, turn.now())) {
      return known.answer();
    }
    Openness answer = freezes.calendar().with(schedule).at(subject, turn.now(), state.isUrgent());
    calendar.put(
        state.spec().name(), new Asked(freezes, subject, schedule, state.isUrgent(), answer));
    return answer;
  }

  private static Optional<Block> dependency(ControlTurn turn, RolloutState state) {
    List<String> missing =
        state.spec().reach().dependsOn().stream()
            .flatMap(other -> missing(turn, state.spec().name().tenant(), other).stream())
            .toList();
    return missing.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Block(Block.Source.DEPENDENCY, String.join(", and ", missing), Optional.empty()));
  }

  private static Optional<String> missing(ControlTurn turn, String tenant, String other) {
    Optional<Phase> phase =
        turn.rollout(new ResourceName(tenant, other)).map(live -> live.state().phase());
    if (phase.isEmpty()) {
      return Optional.of("rollout " + other + ", which it depends on, does not exist");
    }
    return phase.get() == Phase.SUCCEEDED
        ? Optional.empty()
        : Optional.of("rollout %s, which it depends on, is %s".formatted(other, phase.get()));
  }
}
