package dev.serin.rollout;

/**
 * The rollout machine: a pure function of a state and an event.
 *
 * <p>Facts are taken in first, then at most one transition follows from them; a second one that is
 * due follows at the next event. Every transition is one of {@link Transitions#ROWS}.
 */
public final class Rollout {

  private Rollout() {}

  /**
   * What {@code event} leads to.
   *
   * @throws IllegalStateException when a transition is taken that is not declared: a bug
   */
  public static Decision next(RolloutState state, Event event) {
    Turn turn = new Turn(state, event);
    switch (event) {
      case Event.Command command -> {
        if (state.handled().contains(command.by().requestId())) {
          return Decision.nothing(state);
        }
        Commands.apply(turn, command);
        turn.remember(command.by().requestId());
      }
      case Event.ConvergenceReported report -> Fleet.converged(turn, report);
      case Event.Nacked nack -> Fleet.nacked(turn, nack);
      case Event.BlocksReported report -> Rises.blocked(turn, report.blocks());
      case Event.HookAnswered answer -> Hooks.answered(turn, answer);
      case Event.CapacityReported report -> Fleet.capacity(turn, report.endpoints());
      case Event.Observed observed -> Guards.observe(turn, observed.window());
      case Event.Tick tick -> Timers.tick(turn);
    }
    Rises.lookAgain(turn);
    return turn.decide();
  }
}
