package dev.serin.sim;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.serin.judge.Window;
import dev.serin.plan.TrafficPlan;
import dev.serin.rollout.By;
import dev.serin.rollout.ClusterConvergence;
import dev.serin.rollout.Decision;
import dev.serin.rollout.Effect;
import dev.serin.rollout.Event;
import dev.serin.rollout.Hold;
import dev.serin.rollout.HoldCause;
import dev.serin.rollout.JournalEntry;
import dev.serin.rollout.Move;
import dev.serin.rollout.Phase;
import dev.serin.rollout.Rollout;
import dev.serin.rollout.RolloutState;
import dev.serin.rollout.Split;
import java.util.Optional;

/** Bugs that others have had, one at a time put into the simulated server. */
enum Bug implements Seams {
  OUTAGE_ROLLS_BACK("telemetry that stays away rolls the release back", 8) {
    @Override
    public Decision decide(RolloutState state, Event event) {
      boolean lost = event instanceof Event.Tick && heldFor(state, HoldCause.METRICS_LOST);
      return Rollout.next(state, lost ? new Event.Abort(event.at(), NOBODY, true) : event);
    }
  },
  OUTAGE_GOES_ON("halted for want of data, it goes on at the next tick", 8) {
    @Override
    public Decision decide(RolloutState state, Event event) {
      boolean lost = event instanceof Event.Tick && heldFor(state, HoldCause.METRICS_LOST);
      return Rollout.next(
          state, lost ? new Event.Promote(event.at(), NOBODY, false, false) : event);
    }
  },
  FREEZE_IGNORED("it advances in a freeze", 2) {
    @Override
    public Decision decide(RolloutState state, Event event) {
      return Rollout.next(
          state,
          event instanceof Event.BlocksReported
              ? new Event.BlocksReported(event.at(), ImmutableList.of())
              : event);
    }
  },
  OLD_EVIDENCE_COUNTS("a window of the split before counts for this one", 4) {
    @Override
    public Decision decide(RolloutState state, Event event) {
      if (!(event instanceof Event.Observed(var at, var w))) {
        return Rollout.next(state, event);
      }
      Window relabelled =
          new Window(
              state.split().generation(),
              w.startS(),
              w.duration(),
              w.canaryPpm(),
              w.control(),
              w.arms(),
              w.canaryCohorts(),
              w.usable());
      return Rollout.next(state, new Event.Observed(at, relabelled));
    }
  },
  ACTS_BEFORE_THE_JOURNAL("proxies are told before the journal is on disk", 1) {
    @Override
    public boolean journalsFirst() {
      return false;
    }
  },
  NACK_FORGOTTEN("a refusal counts as an answer", 2) {
    @Override
    public Decision decide(RolloutState state, Event event) {
      return Rollout.next(
          state,
          counted(
              event,
              c ->
                  new ClusterConvergence(
                      c.want(), c.acked() + c.nacked(), 0, c.silent(), c.unreachable())));
    }
  },
  ONE_REFUSAL_STOPS_ALL("a single proxy's refusal stops the release", 11) {
    @Override
    public Decision decide(RolloutState state, Event event) {
      return Rollout.next(
          state,
          counted(
              event,
              c ->
                  c.nacked() == 0
                      ? c
                      : new ClusterConvergence(c.want(), 0, c.want(), 0, c.unreachable())));
    }
  },
  LIAR_BELIEVED("one proxy's false statistics stop a healthy release", 11) {
    @Override
    public boolean doubtsLoneReports() {
      return false;
    }
  },
  APPROVAL_LOST("a server that starts has forgotten approvals", 6) {
    @Override
    public ImmutableList<JournalEntry> recovered(ImmutableList<JournalEntry> durable) {
      return durable.stream()
          .filter(entry -> !(entry.event() instanceof Event.Approve))
          .collect(ImmutableList.toImmutableList());
    }
  },
  RAISED_AFTER_ROLLBACK("a rollback is undone by the next tick", 3) {
    @Override
    public Decision decide(RolloutState state, Event event) {
      Decision right = Rollout.next(state, event);
      boolean back = event instanceof Event.Tick && state.phase() == Phase.ROLLING_BACK;
      return back && right.row().isEmpty() && state.previous().exceeds(state.split())
          ? published(right, state.previous().weightPpm())
          : right;
    }
  },
  SHARE_LEFT_BEHIND("an abort leaves 5 % behind", 3) {
    @Override
    public Decision decide(RolloutState state, Event event) {
      Decision right = Rollout.next(state, event);
      boolean falls = right.row().filter(row -> row.move() == Move.ROLL_BACK).isPresent();
      return falls && state.split().weightPpm() > 50_000 ? reweighed(right, 50_000) : right;
    }
  },
  STUCK("a held rollout is never due", 12) {
    @Override
    public Decision decide(RolloutState state, Event event) {
      return event instanceof Event.Tick && state.phase() == Phase.HOLDING
          ? ignored(state)
          : Rollout.next(state, event);
    }
  },
  STARTS_ON_THE_WRONG_SPLIT("a server that starts serves the split before", 6) {
    @Override
    public Optional<TrafficPlan> served(RolloutState recovered) {
      return recovered.plan().map(plan -> recovered.planOf(recovered.previous()));
    }
  },
  STARTS_EMPTY("a server that starts serves before it has read its journal", 9) {
    @Override
    public Optional<TrafficPlan> served(RolloutState recovered) {
      return Optional.empty();
    }
  },
  TWO_LEADERS("a leader that was replaced goes on writing", 5) {
    @Override
    public boolean fences() {
      return false;
    }
  },
  REFUSED_SENT_AGAIN("a proxy is sent again what it has refused", 10) {
    @Override
    public boolean sendsRefusedAgain() {
      return true;
    }
  },
  PAUSE_BLINDS("nobody looks at harm while it is paused", 7) {
    @Override
    public Decision decide(RolloutState state, Event event) {
      return event instanceof Event.Observed && state.pause().isPresent()
          ? ignored(state)
          : Rollout.next(state, event);
    }
  },
  QUORUM_FORGOTTEN("it advances although the fleet has left the split", 2) {
    @Override
    public Decision decide(RolloutState state, Event event) {
      return Rollout.next(
          state, counted(event, c -> new ClusterConvergence(c.want(), c.want(), 0, 0, 0)));
    }
  };

  private static final By NOBODY = new By("serin", "", "");

  /** What goes wrong. */
  final String story;

  /** The invariant that it breaks first and foremost. */
  final int invariant;

  Bug(String story, int invariant) {
    this.story = story;
    this.invariant = invariant;
  }

  private static boolean heldFor(RolloutState state, HoldCause cause) {
    return state.hold().map(Hold::cause).filter(c -> c == cause).isPresent();
  }

  private static Decision ignored(RolloutState state) {
    return new Decision(state, ImmutableList.of(), Optional.empty(), Optional.empty());
  }

  private static Event counted(
      Event event, java.util.function.UnaryOperator<ClusterConvergence> count) {
    if (!(event instanceof Event.ConvergenceReported(var at, long generation, var clusters))) {
      return event;
    }
    ImmutableSortedMap.Builder<String, ClusterConvergence> other =
        ImmutableSortedMap.naturalOrder();
    clusters.forEach((name, counts) -> other.put(name, count.apply(counts)));
    return new Event.ConvergenceReported(at, generation, other.build());
  }

  /** The same decision with another weight in the split that it publishes. */
  private static Decision reweighed(Decision right, int weightPpm) {
    RolloutState after = withSplit(right.state(), weightPpm, right.state().split().generation());
    ImmutableList<Effect> effects =
        right.effects().stream()
            .map(effect ->
                effect instanceof Effect.Publish(var plan, boolean urgent)
                    ? new Effect.Publish(after.planOf(after.split()), urgent)
                    : effect)
            .collect(ImmutableList.toImmutableList());
    return new Decision(after, effects, right.refusal(), right.row());
  }

  /** A weight published out of turn. */
  private static Decision published(Decision right, int weightPpm) {
    RolloutState state = right.state();
    RolloutState after = withSplit(state, weightPpm, state.split().generation() + 1);
    return new Decision(
        after,
        ImmutableList.of(new Effect.Publish(after.planOf(after.split()), false)),
        Optional.empty(),
        dev.serin.rollout.Transitions.ROWS.stream()
            .filter(row -> row.move() == Move.ENTER)
            .findFirst());
  }

  private static RolloutState withSplit(RolloutState s, int weightPpm, long generation) {
    Split split = new Split(weightPpm, s.split().cohortPpm(), generation, s.split().terms());
    return new RolloutState(
        s.spec(),
        s.policy(),
        s.from(),
        s.salt(),
        s.stage(),
        s.hold(),
        s.pause(),
        s.step(),
        s.manual(),
        split,
        s.previous(),
        s.opening(),
        s.clusters(),
        s.rejection(),
        s.endpoints(),
        s.evidence(),
        s.deadline(),
        s.passage(),
        s.lowPower(),
        s.decided(),
        s.handled(),
        s.since(),
        s.remindAt(),
        s.reason());
  }
}
