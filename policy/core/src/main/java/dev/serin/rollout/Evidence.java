package dev.serin.rollout;

import dev.serin.judge.Judge;
import dev.serin.judge.Window;
import java.time.Instant;
import java.util.Optional;

/**
 * What a rollout knows about its canary.
 *
 * @param judge empty before the start and with analysis off
 * @param lastUsable end of the last usable window
 * @param expectedSince from when on windows could be expected
 * @param stepRequests requests that the canary answered in this step, cohorts included
 * @param seenInStep whether this split has had a usable window
 */
public record Evidence(
    Optional<Judge> judge,
    Optional<Instant> lastUsable,
    Optional<Instant> expectedSince,
    long stepRequests,
    boolean seenInStep,
    Optional<Silence> silence) {

  static final Evidence NONE =
      new Evidence(
          Optional.empty(), Optional.empty(), Optional.empty(), 0, false, Optional.empty());

  Evidence judgedBy(Optional<Judge> fresh) {
    return new Evidence(fresh, lastUsable, expectedSince, stepRequests, seenInStep, silence);
  }

  /** A new split: its evidence starts from nothing; what the judge knows stays. */
  Evidence forNewSplit() {
    return new Evidence(judge, lastUsable, expectedSince, 0, false, Optional.empty());
  }

  Evidence expectedFrom(Instant at) {
    return new Evidence(judge, lastUsable, Optional.of(at), stepRequests, seenInStep, silence);
  }

  Evidence observe(Window window, Instant at) {
    Optional<Judge> judged = judge.map(j -> j.observe(window));
    if (!window.usable()) {
      return judgedBy(judged);
    }
    return new Evidence(
        judged,
        Optional.of(at),
        expectedSince,
        stepRequests + window.canaryRequests(),
        true,
        Silence.after(silence, window, at));
  }

  /** The last instant at which evidence was at hand or nobody could expect any. */
  Optional<Instant> freshAt() {
    if (lastUsable.isPresent() && expectedSince.isPresent()) {
      return lastUsable.get().isAfter(expectedSince.get()) ? lastUsable : expectedSince;
    }
    return lastUsable.or(() -> expectedSince);
  }
}
