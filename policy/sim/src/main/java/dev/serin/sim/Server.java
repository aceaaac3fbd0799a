package dev.serin.sim;

import dev.serin.rollout.Decision;
import dev.serin.rollout.Effect;
import dev.serin.rollout.Event;
import dev.serin.rollout.JournalEntry;
import dev.serin.rollout.RolloutState;
import dev.serin.rollout.Split;

/** A server: decides, writes down, and acts when that is on disk. */
final class Server {

  private static final long LONGEST_SYNC_MS = 400;

  private final Simulation world;
  private final long epoch;
  RolloutState state;
  boolean alive = true;
  long publishedAt;

  Server(Simulation world, long epoch, RolloutState recovered) {
    this.world = world;
    this.epoch = epoch;
    this.state = recovered;
    this.publishedAt = world.now;
  }

  /** Takes in an event, decides, and acts. */
  void take(Event event) {
    if (!alive) {
      return;
    }
    RolloutState before = state;
    Decision decision = world.seams.decide(before, event);
    if (decision.state().equals(before)) {
      world.invariants.decided(this, before, event, decision);
      return;
    }
    JournalEntry entry = JournalEntry.of(world.store.size() + 1L, event, decision);
    if (!world.store.append(epoch, entry, decision.state())) {
      alive = false; // another one leads: nothing changes by this one any more
      return;
    }
    world.invariants.appended(epoch);
    state = decision.state();
    int seq = world.store.size();
    world.invariants.decided(this, before, event, decision);
    if (decision.effects().stream().anyMatch(Effect.Publish.class::isInstance)) {
      publishedAt = world.now;
    }
    for (Effect effect : decision.effects()) {
      if (effect instanceof Effect.Publish(var plan, boolean urgent)
          && urgent
          && world.store.hasMoreThan(plan)) {
        world.store.owe(plan.weightPpm());
        world.publish(this, plan, true);
      } else if (!world.seams.journalsFirst()) {
        carryOut(effect);
      }
    }
    long delay = world.chance.between(1, LONGEST_SYNC_MS, 11, seq + 1000L * epoch);
    world.at(world.now + delay, () -> synced(seq, decision));
  }

  private void synced(int seq, Decision decision) {
    if (!alive || world.leader() != this) {
      return;
    }
    world.invariants.replayed(world.store.sync(seq));
    if (!world.seams.journalsFirst()) {
      return;
    }
    decision.effects().forEach(this::carryOut);
  }

  private void carryOut(Effect effect) {
    switch (effect) {
      case Effect.Publish(var plan, boolean urgent) -> {
        if (plan.generation() == state.split().generation()) {
          world.publish(this, plan, urgent);
        }
      }
      case Effect.AskHook(var call) -> world.ask(this, call);
      case Effect.Finished f -> world.withdraw();
      case Effect.SetStable s -> {}
      case Effect.Announce a -> {}
    }
  }

  Split split() {
    return state.split();
  }
}
