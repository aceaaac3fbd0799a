package dev.serin.rollout;

import java.util.List;

/** Phases by what they have in common. */
final class Phases {

  static final List<Phase> WITH_TRAFFIC =
      List.of(
          Phase.WAITING,
          Phase.PROGRESSING,
          Phase.HOLDING,
          Phase.PAUSED,
          Phase.PROMOTING,
          Phase.SUCCEEDED);

  private Phases() {}
}
