package dev.serin.rollout;

import dev.serin.policy.CanaryPolicy.OnInconclusive;
import dev.serin.policy.Ppm;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * When a rollout that goes on by itself will be promoted if nothing is wrong with the release.
 *
 * @param promoted empty where it will stop before, for want of traffic
 * @param note what it counts on, or where it will stop
 */
public record Forecast(Optional<Instant> promoted, String note) {

  /** A rate is believed from so much time on. */
  private static final Duration LONG_ENOUGH = Duration.ofSeconds(10);

  /** Empty while nobody can tell: it waits for a person, for endpoints, or is on its way back. */
  public static Optional<Forecast> of(RolloutState state, Instant now) {
    return switch (state.phase()) {
      case PROGRESSING -> Optional.of(new Course(state, now).run());
      case PROMOTING ->
          Optional.of(new Forecast(Optional.of(now), "counts on prompt answers of the fleet"));
      case PENDING, WAITING, HOLDING, PAUSED, SUCCEEDED, ROLLING_BACK, ROLLED_BACK, SUPERSEDED ->
          Optional.empty();
    };
  }

  /** The steps that are left, one after the other. */
  private record Course(RolloutState state, Instant now, OptionalDouble requestsPerSecond) {
    Course(RolloutState state, Instant now) {
      this(state, now, rate(state, now));
    }

    /** What the canary gets now says more than what the service got when it all began. */
    private static OptionalDouble rate(RolloutState state, Instant now) {
      OptionalDouble atStart =
          state.opening().map(Opening::requestsPerSecond).orElse(OptionalDouble.empty());
      if (!(state.stage() instanceof Stage.Baking(Instant since))
          || state.split().weightPpm() == 0
          || state.evidence().stepRequests() == 0) {
        return atStart;
      }
      Duration counted = Budget.elapsed(since, now);
      double share = (double) state.split().weightPpm() / Ppm.ALL;
      return counted.compareTo(LONG_ENOUGH) < 0
          ? atStart
          : OptionalDouble.of(
              state.evidence().stepRequests() * 1000.0 / counted.toMillis() / share);
    }

    Forecast run() {
      Instant begin = state.stage() instanceof Stage.Baking(Instant since) ? since : now;
      long seen = state.evidence().stepRequests();
      for (int step = state.step(); step <= state.ramp().last(); step++) {
        Optional<Instant> end = end(step, begin, seen);
        if (end.isEmpty()) {
          return new Forecast(
              Optional.empty(),
              "at %s it will not pass %s by itself"
                  .formatted(traffic(), Reasons.stepName(state.ramp(), step)));
        }
        begin = end.get();
        seen = 0;
      }
      String counted = requestsPerSecond.isPresent() ? traffic() : "enough requests in every bake";
      return new Forecast(
          Optional.of(begin),
          "counts on " + counted + ", no harm, and prompt answers of the fleet");
    }

    private String traffic() {
      return String.format(Locale.ROOT, "%.1f requests a second", requestsPerSecond.orElseThrow());
    }

    /**
     * When a step is left that bakes from an instant on, the canary having answered so much of it.
     */
    private Optional<Instant> end(int step, Instant begin, long seen) {
      int weightPpm = state.ramp().splitAt(step, 0).weightPpm();
      Instant from = later(begin, now);
      Instant baked = later(begin.plus(state.ramp().bake(step)), from);
      if (requestsPerSecond.isEmpty() || weightPpm == 0) {
        return Optional.of(baked);
      }
      double perSecond = requestsPerSecond.getAsDouble() * weightPpm / Ppm.ALL;
      Instant least =
          from.plus(
              time((double) (state.ramp().step(step).leastCanaryRequests() - seen), perSecond));
      if (state.evidence().judge().isEmpty()) {
        return Optional.of(later(baked, least));
      }
      OnInconclusive rule = state.policy().onInconclusive();
      Instant patience = later(begin.plus(state.ramp().bake(step)).plus(rule.after()), from);
      if (least.isAfter(patience)) {
        return Optional.empty();
      }
      double needed =
          Power.requestsNeeded(state.policy().analysis(), state.verdict(), weightPpm) - seen;
      Instant ruledOut = later(later(baked, least), from.plus(time(needed, perSecond)));
      if (!ruledOut.isAfter(patience)) {
        return Optional.of(ruledOut);
      }
      return switch (rule.then()) {
        case AUTO, ADVANCE -> Optional.of(patience);
        case HOLD, ROLLBACK -> Optional.empty();
      };
    }

    private static Instant later(Instant one, Instant other) {
      return one.isAfter(other) ? one : other;
    }

    /** A century is never. */
    private static Duration time(double requests, double perSecond) {
      double seconds = Math.clamp(requests / perSecond, 0, 3e9);
      return Duration.ofMillis((long) (1000 * seconds));
    }
  }
}
