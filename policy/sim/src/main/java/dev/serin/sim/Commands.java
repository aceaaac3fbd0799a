package dev.serin.sim;

import com.google.common.collect.ImmutableSortedSet;
import dev.serin.rollout.By;
import dev.serin.rollout.Event;
import dev.serin.rollout.Opening;
import java.time.Instant;
import java.util.Optional;

/** What a pressed verb is to the machine. */
final class Commands {

  private static final Optional<ImmutableSortedSet<String>> ROLES =
      Optional.of(ImmutableSortedSet.of("sre"));

  private Commands() {}

  static Event.Command of(Act.Press press, By by, Instant at, Opening opening) {
    return switch (press.verb()) {
      case START -> new Event.Started(at, by, opening);
      case PAUSE -> new Event.Pause(at, by);
      case RESUME -> new Event.Resume(at, by);
      case PROMOTE -> new Event.Promote(at, by, false, false);
      case PROMOTE_FULL -> new Event.Promote(at, by, true, false);
      case PROMOTE_FORCE -> new Event.Promote(at, by, false, true);
      case SET_WEIGHT -> new Event.SetWeight(at, by, press.number());
      case ABORT -> new Event.Abort(at, by, false);
      case ABORT_FORCE -> new Event.Abort(at, by, true);
      case ROLLBACK -> new Event.Rollback(at, by);
      case RETRY -> new Event.Retry(at, by);
      case SUPERSEDE -> new Event.Supersede(at, by, "checkout-v3");
      case APPROVE -> new Event.Approve(at, by, ROLES);
      case REJECT -> new Event.Reject(at, by, ROLES);
      case SKIP -> new Event.Skip(at, by, press.number());
      case URGENT -> new Event.Urgent(at, by);
    };
  }
}
