package dev.serin.server.control;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Maps;
import dev.serin.policy.ResourceName;
import dev.serin.rollout.Decision;
import dev.serin.rollout.Event;
import dev.serin.rollout.JournalEntry;
import dev.serin.rollout.Phase;
import dev.serin.rollout.Rollout;
import dev.serin.rollout.RolloutState;
import dev.serin.spi.Entry;
import dev.serin.spi.StreamSnapshot;
import dev.serin.text.RecordJson;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How rollouts stand in the store: a stream of events each, and a checkpoint now and then. */
final class RolloutStream {
  /** So many entries lie at most between two checkpoints of a rollout. */
  static final int CHECKPOINT_EVERY = 1_000;

  static final String CREATED = "Created";

  static final String DELETED = "Deleted";

  private static final String NOTHING = "{}";

  private static final Logger log = LoggerFactory.getLogger(RolloutStream.class);

  private RolloutStream() {}

  static String stream(ResourceName rollout) {
    return "rollouts/" + rollout;
  }

  static Entry created(LiveRollout rollout, Instant at) {
    return new Entry(
        stream(rollout.state().spec().name()),
        rollout.seq(),
        at,
        CREATED,
        RecordJson.write(rollout.state()));
  }

  static Entry entry(LiveRollout after, Event event, Decision decision) {
    RolloutState state = after.state();
    return new Entry(
        stream(state.spec().name()),
        after.seq(),
        event.at(),
        event.getClass().getSimpleName(),
        RecordJson.write(JournalEntry.of(after.seq(), event, decision)));
  }

  static StreamSnapshot checkpoint(LiveRollout rollout) {
    return new StreamSnapshot(
        stream(rollout.state().spec().name()),
        rollout.seq(),
        RecordJson.write(rollout.checkpoint()));
  }

  /** Stands where a checkpoint would: what came before belongs to a rollout that is gone. */
  static StreamSnapshot tombstone(String stream, long seq) {
    return new StreamSnapshot(stream, seq, NOTHING);
  }

  /** The rollout as of a checkpoint; empty where the checkpoint says that it was deleted. */
  static Optional<LiveRollout> restore(StreamSnapshot snapshot) {
    if (snapshot.body().equals(NOTHING)) {
      return Optional.empty();
    }
    LiveRollout.Checkpoint checkpoint =
        RecordJson.read(snapshot.body(), LiveRollout.Checkpoint.class);
    return Optional.of(
        new LiveRollout(
            checkpoint.state(),
            checkpoint.tally(),
            checkpoint.started(),
            checkpoint.finished(),
            checkpoint.fleet(),
            snapshot.seq(),
            snapshot.seq(),
            0));
  }

  static LiveRollout restoreCreated(Entry entry) {
    return new LiveRollout(
        RecordJson.read(entry.body(), RolloutState.class),
        Tally.NONE,
        Optional.empty(),
        Optional.empty(),
        ImmutableSortedMap.of(),
        entry.seq(),
        0,
        0);
  }

  static LiveRollout replay(LiveRollout before, Entry entry) {
    JournalEntry written = RecordJson.read(entry.body(), JournalEntry.class);
    Event event = written.event();
    Decision decision = Rollout.next(before.state(), event);
    warnOfDivergence(written, JournalEntry.of(entry.seq(), event, decision));
    return advance(before, decision, event, entry.seq(), before.revision());
  }

  /** Only after a change of the deciding code, or of the store by another hand. */
  private static void warnOfDivergence(JournalEntry written, JournalEntry now) {
    JournalEntry.Outcome then = written.outcome();
    boolean same =
        then.phase() == now.outcome().phase()
            && then.step() == now.outcome().step()
            && then.weightPpm() == now.outcome().weightPpm()
            && then.generation() == now.outcome().generation();
    if (!same) {
      log.warn(
          "rollout={} entry={} decides otherwise than it was written: {} (expected: {})",
          written.rollout(),
          written.seq(),
          now.outcome(),
          then);
    }
  }

  /** The rollout after a decision, with what people are told counted on. */
  static LiveRollout advance(
      LiveRollout before, Decision decision, Event event, long seq, long revision) {
    RolloutState state = decision.state();
    Tally tally =
        event instanceof Event.Observed observed && observed.window().usable()
            ? before.tally().plus(observed.window())
            : before.tally();
    Optional<Instant> started =
        event instanceof Event.Started && before.started().isEmpty()
            ? Optional.of(event.at())
            : before.started();
    boolean ended = state.isOver() || state.phase() == Phase.SUCCEEDED;
    Optional<Instant> finished =
        !ended
            ? Optional.empty()
            : before.finished().isPresent() ? before.finished() : Optional.of(event.at());
    return new LiveRollout(
        state,
        tally,
        started,
        finished,
        state.clusters().isEmpty() ? before.fleet() : fleet(state),
        seq,
        before.snapshotSeq(),
        revision);
  }

  private static ImmutableSortedMap<String, Integer> fleet(RolloutState state) {
    return ImmutableSortedMap.copyOf(
        Maps.transformValues(state.clusters(), c -> c.want() + c.unreachable()));
  }
}
