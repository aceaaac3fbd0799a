package dev.serin.cli.judge;

import dev.serin.judge.ArmCounts;
import dev.serin.judge.Baseline;
import java.util.Optional;

/** One line of a stream, read and checked by itself. */
sealed interface StreamLine {

  /** Which rollout it is about; empty where the stream has only one. */
  String run();

  /**
   * Stable before the rollout.
   *
   * @param seconds how long it was watched, in all
   */
  record History(String run, Baseline baseline, double seconds) implements StreamLine {}

  /**
   * Both versions over some time.
   *
   * @param t start in seconds
   * @param seconds 1 or 10
   * @param weightPpm the canary's share that was in force
   * @param arms empty when the window cannot be used
   */
  record Observation(String run, double t, int seconds, int weightPpm, Optional<Both> arms)
      implements StreamLine {
    double end() {
      return t + seconds;
    }
  }

  /** What both versions did. */
  record Both(ArmCounts canary, ArmCounts stable) {}
}
