package dev.serin.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What must hold whatever happens in whatever order: walks by seed, checked after every event. */
class RandomWalkTest {

  private static final int SEEDS = 800;
  private static final int EVENTS = 150;
  private static final Set<Move> VERDICTS =
      EnumSet.of(Move.ADVANCE, Move.ADVANCE_LOW_POWER, Move.ADVANCE_INCONCLUSIVE);

  private static final Set<Move> BACK =
      EnumSet.of(Move.ROLL_BACK, Move.NOTHING_OUT, Move.MAKE_ROOM);
  private static final List<Block.Source> SOURCES = List.of(Block.Source.values());
  private static final List<HookCall.Result> RESULTS = List.of(HookCall.Result.values());

  /** One walk, and what it has seen of itself. */
  private static final class Walk {
    final Random random;
    final Drive drive;
    boolean goesBack;
    int approvedPpm;

    Walk(long seed) {
      random = new Random(seed);
      drive = new Drive(RandomPolicies.policy(random).build());
    }

    void event() {
      drive.now = drive.now.plusSeconds(random.nextInt(12));
      int kind = random.nextInt(100);
      if (kind < 40) {
        window();
      } else if (kind < 62) {
        report();
      } else if (kind < 82) {
        drive.tick(random.nextInt(8) == 0 ? random.nextInt(2000) : random.nextInt(40));
      } else if (kind < 87) {
        drive.capacity(random.nextInt(6) == 0 ? 0 : 1 + random.nextInt(12), 12);
      } else if (kind < 92) {
        others();
      } else {
        command();
      }
    }

    private void window() {
      boolean usable = random.nextInt(10) > 0;
      int kind = random.nextInt(40);
      long requests = random.nextInt(4) == 0 ? random.nextInt(5) : 2000 + random.nextInt(5000);
      if (kind == 0) {
        drive.observe(requests, requests, 10_000, 0, usable);
      } else if (kind < 3) {
        drive.observe(requests, requests / 2, 5000, 2500, usable);
      } else if (kind < 6) {
        drive.observe(0, 0, 10_000, 0, usable);
      } else {
        drive.observe(requests, 0, 10_000, 0, usable);
      }
    }

    private void report() {
      switch (random.nextInt(12)) {
        case 0 -> drive.refuses();
        case 1 -> drive.cutOff();
        case 2 -> drive.report(new ClusterConvergence(3, 1, 0, 2, 0));
        case 3 -> drive.report(new ClusterConvergence(0, 0, 0, 0, random.nextInt(2)));
        default -> drive.report(new ClusterConvergence(3, 3, 0, 0, 0));
      }
    }

    private void others() {
      if (!drive.state.openQuestions().isEmpty()) {
        drive.answers(RESULTS.get(random.nextInt(RESULTS.size())));
      } else if (random.nextInt(3) == 0) {
        drive.freeze();
      } else if (random.nextInt(4) == 0) {
        drive.blocked(SOURCES.get(random.nextInt(SOURCES.size())));
      } else {
        drive.unblocked();
      }
    }

    private void command() {
      switch (random.nextInt(18)) {
        case 14, 15 -> drive.approve(random.nextBoolean() ? "bob" : "eve");
        case 16 -> {
          if (random.nextInt(4) == 0) {
            drive.reject("bob");
          } else {
            drive.urgent();
          }
        }
        case 17 -> drive.skip(1 + random.nextInt(drive.state.lastStep()));
        case 0, 1, 2 -> drive.start();
        case 3, 4 -> drive.pause();
        case 5, 6 -> drive.resume();
        case 7 -> drive.promote();
        case 8 -> drive.promoteByForce();
        case 9 -> drive.setWeight(random.nextInt(1_000_001));
        case 10, 11 -> drive.retry();
        case 12 -> {
          switch (random.nextInt(6)) {
            case 0 -> drive.abort();
            case 1 -> drive.rollback();
            case 2 -> drive.supersede();
            default -> drive.promoteFull();
          }
        }
        default -> drive.resume();
      }
    }

    /** What is wrong with a sentence, as far as a pattern can tell. */
    private static final Pattern ILL_FORMED =
        Pattern.compile(
            "\\b1 (proxies|requests|canary requests|healthy endpoints)\\b"
                + "|\\b1 of 1 proxies|\\b0 of 0 |\\b(?!1 )\\d+ (proxy|canary request|healthy endpoint)\\b"
                + "|^(step|no|only) |[;,:] ?[;,:.]|\\bit it\\b|\\.\\.$|  ");

    /** What happens next, or the verb to use. */
    private static final Pattern LEADS_ON =
        Pattern.compile(
            "`[a-z-]+( [a-z-]+)*( --[a-z]+)?`|it is rolled back when|it bakes until|starts when");

    private void checkReason(RolloutState after) {
      String reason = after.reason();
      assertThat(reason).endsWith(".").doesNotContainPattern(ILL_FORMED);
      int last = reason.indexOf("; ");
      boolean runs =
          after.phase() == Phase.PROGRESSING
              || after.phase() == Phase.PROMOTING
              || after.phase() == Phase.PENDING;
      assertThat(last).as("%s: %s", after.phase(), reason).isPositive();
      assertThat(reason.substring(last))
          .as("%s: %s", after.phase(), reason)
          .containsPattern(runs ? Pattern.compile("when|until|once|`") : LEADS_ON);
      after.hold().ifPresent(hold -> assertThat(reason).contains(hold.detail()));
    }

    void check(RolloutState before) {
      RolloutState after = drive.state;
      checkReason(after);
      drive
          .last
          .refusal()
          .ifPresent(refusal ->
              assertThat(refusal.reason())
                  .containsPattern("`[a-z-]+( --[a-z]+)?`")
                  .doesNotContainPattern(ILL_FORMED));
      Event event = drive.event;
      Optional<Move> move = drive.last.row().map(Transitions.Row::move);
      boolean rises = after.split().exceeds(before.split());
      if (drive.last.refusal().isPresent()) {
        assertThat(after).isEqualTo(before);
        return;
      }
      if (rises) {
        assertThat(move).as("a rise has a declared move").isPresent();
        if (!(event instanceof Event.Command)) {
          automaticRise(before, event, move.orElseThrow());
        }
        assertThat(before.passage().block(Block.Source.CALENDAR)).as("rises in a freeze").isEmpty();
        gated(before, after);
        approvedPpm = Math.max(approvedPpm, after.split().weightPpm());
      }
      assertThat(after.split().weightPpm()).isBetween(0, approvedPpm);
      afterRollback(move, before, after);
      committed(before, after);
      outage(before, event, move);
      published(before, after);
      speaks(after);
    }

    /** Exposure rises by itself only from a converged step, on evidence where there is any. */
    private void automaticRise(RolloutState before, Event event, Move move) {
      boolean judged = before.evidence().judge().isPresent() && before.split().exposes();
      assertThat(before.pause()).as("nothing rises by itself under a pause").isEmpty();
      if (before.split().exposes() || before.stage() instanceof Stage.Baking) {
        assertThat(
                Convergence.isFleetConverged(
                    before.clusters().values(), before.policy().convergence().quorumPpm()))
            .as("nothing rises by itself on a fleet that does not run the split: %s", before)
            .isTrue();
      }
      if (VERDICTS.contains(move)) {
        assertThat(before.stage()).isInstanceOf(Stage.Baking.class);
        if (judged) {
          assertThat(event).isInstanceOf(Event.Observed.class);
          assertThat(((Event.Observed) event).window().usable()).isTrue();
          assertThat(drive.state.evidence().judge().orElseThrow().gate().harmShown()).isFalse();
        }
      } else {
        assertThat(move).isEqualTo(Move.ENTER);
        assertThat(before.stage()).isInstanceOf(Stage.Waiting.class);
        if (judged) {
          Duration age =
              Duration.between(drive.state.evidence().lastUsable().orElseThrow(), event.at());
          assertThat(age).isLessThan(Duration.ofMinutes(1));
        }
      }
    }

    /**
     * Nobody's share grows past an approval that has not been given, but by a weight set by hand.
     */
    private void gated(RolloutState before, RolloutState after) {
      if (!(drive.event instanceof Event.SetWeight) && !after.manual()) {
        Optional<Integer> missing = after.gateway().firstUnapproved(1, after.step());
        assertThat(missing).as("approvals on the way, after %s", before.reason()).isEmpty();
      }
    }

    /** Past the point of no return only a refusing fleet or an abort by force goes back. */
    private void committed(RolloutState before, RolloutState after) {
      boolean goesBack = before.passage().committed() && before.split().exceeds(after.split());
      if (goesBack && before.split().weightPpm() > after.split().weightPpm()) {
        assertThat(after.hold().map(Hold::cause)).as("%s", drive.event).hasValue(HoldCause.NACKED);
      }
    }

    private void afterRollback(Optional<Move> move, RolloutState before, RolloutState after) {
      if (move.filter(BACK::contains).isPresent()) {
        goesBack = true;
      } else if (drive.event instanceof Event.Retry && move.isPresent()) {
        goesBack = false;
      }
      if (goesBack) {
        boolean ramps = !after.policy().proceedings().ramp().isEmpty();
        assertThat(after.split().exposes()).as("back, and stays back").isIn(false, ramps);
        assertThat(after.split().exceeds(before.split())).as("goes up again").isFalse();
        assertThat(after.stable()).isEqualTo("v1");
      }
    }

    private static void outage(RolloutState before, Event event, Optional<Move> move) {
      boolean lost = before.hold().filter(h -> h.cause() == HoldCause.METRICS_LOST).isPresent();
      if (lost && event instanceof Event.Tick) {
        assertThat(move).isIn(Optional.empty(), Optional.of(Move.REMIND));
      }
    }

    private void published(RolloutState before, RolloutState after) {
      for (Effect effect : drive.last.effects()) {
        if (effect instanceof Effect.Publish(var plan, boolean urgent)) {
          assertThat(plan.generation()).isEqualTo(after.split().generation());
          assertThat(plan.weightPpm()).isEqualTo(after.split().weightPpm());
          assertThat(plan.cohortPpm()).isEqualTo(after.split().cohortPpm());
          assertThat(urgent && after.split().exceeds(before.split())).isFalse();
        }
      }
      if (!after.split().equals(before.split())) {
        assertThat(drive.last.effects()).anyMatch(Effect.Publish.class::isInstance);
        assertThat(after.split().generation()).isEqualTo(before.split().generation() + 1);
      }
    }

    /** Every state that is not over is due some day, and says what it waits for. */
    private static void speaks(RolloutState state) {
      assertThat(state.reason()).endsWith(".").contains("; ");
      if (!state.isOver()) {
        assertThat(state.nextTransition()).as(state.reason()).isPresent();
        var later = state.nextTransition().orElseThrow().plus(Duration.ofHours(80));
        assertThat(Rollout.next(state, new Event.Tick(later)).row()).as(state.reason()).isPresent();
      }
    }

    /** Whatever came before: a canary that fails everything is stopped. */
    void guard() {
      RolloutState state = drive.state;
      boolean judged = state.evidence().judge().isPresent() && state.split().exposes();
      if (!judged || state.isOver()) {
        return;
      }
      for (int i = 0; i < 200 && !isStopped(drive.state); i++) {
        drive.window(20_000, 20_000, state.split().weightPpm() == 1_000_000 ? 0 : 20_000, 0);
      }
      assertThat(isStopped(drive.state)).as("harm in " + state.reason()).isTrue();
    }

    private static boolean isStopped(RolloutState state) {
      return state.phase() == Phase.ROLLING_BACK
          || state.hold().filter(h -> h.cause() == HoldCause.HARM).isPresent();
    }
  }

  @Test
  void invariantsHoldWhateverHappens() {
    for (long seed = 1; seed <= SEEDS; seed++) {
      Walk walk = new Walk(seed);
      try {
        for (int i = 0; i < EVENTS; i++) {
          RolloutState before = walk.drive.state;
          walk.event();
          walk.check(before);
        }
        walk.guard();
        walk.drive.replays();
        replaysFromAnySnapshot(walk);
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed + ", event " + walk.drive.journal.size(), e);
      }
    }
  }

  private static void replaysFromAnySnapshot(Walk walk) {
    List<JournalEntry> journal = walk.drive.journal;
    int cut = journal.isEmpty() ? 0 : walk.random.nextInt(journal.size());
    RolloutState snapshot = Journal.replay(walk.drive.first, journal.subList(0, cut));
    List<JournalEntry> rest = journal.subList(cut, journal.size());
    assertThat(Journal.replay(snapshot, rest)).isEqualTo(walk.drive.state);
    assertThat(Journal.divergences(snapshot, rest)).isEmpty();
  }

  @Test
  void walksReachEveryPhase() {
    Set<Phase> reached = EnumSet.noneOf(Phase.class);
    for (long seed = 1; seed <= 100; seed++) {
      Walk walk = new Walk(seed);
      for (int i = 0; i < EVENTS; i++) {
        walk.event();
        reached.add(walk.drive.state.phase());
      }
    }
    assertThat(reached).containsExactlyInAnyOrder(Phase.values());
  }

  @Test
  void journalThatWasChangedIsNoticed() {
    Drive drive = Drive.baking(new Policies());
    JournalEntry first = drive.journal.getFirst();
    JournalEntry forged =
        new JournalEntry(
            first.rollout(),
            3,
            first.at(),
            new Event.Started(
                first.at(), new By("eve", "", ""), ((Event.Started) first.event()).opening()),
            first.outcome());
    assertThat(Journal.divergences(drive.first, List.of(forged)))
        .anyMatch(problem -> problem.contains("eve"));
    assertThat(Journal.divergences(drive.first, List.of(first, first)))
        .anyMatch(problem -> problem.contains("expected: 2"));
  }
}
