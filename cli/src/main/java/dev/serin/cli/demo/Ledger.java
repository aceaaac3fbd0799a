package dev.serin.cli.demo;

import com.google.common.collect.ImmutableSortedMap;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.serin.e2e.traffic.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * What the load got, by version. The load's thread adds, the scenario's reads; a lock, because the
 * counts of one moment belong together.
 */
final class Ledger implements Consumer<Outcome> {
  private static final Duration RATE_OVER = Duration.ofSeconds(2);

  /**
   * The answers of one version.
   *
   * @param errors those of them with 5xx
   */
  record Answers(
      long answered, long errors, Optional<Instant> firstError, Optional<Instant> lastAnswer) {
    static final Answers NONE = new Answers(0, 0, Optional.empty(), Optional.empty());

    private Answers plus(Outcome outcome) {
      return new Answers(
          answered + 1,
          errors + (outcome.isError() ? 1 : 0),
          outcome.isError() ? firstError.or(() -> Optional.of(outcome.at())) : firstError,
          Optional.of(outcome.at()));
    }
  }

  /**
   * Everything so far.
   *
   * @param byVersion answers by the version that gave them
   * @param ownAnswers answers of a proxy itself: it reached no version
   * @param lost requests without any answer
   */
  record Counts(
      Instant at, ImmutableSortedMap<String, Answers> byVersion, long ownAnswers, long lost) {
    Answers of(String version) {
      return byVersion.getOrDefault(version, Answers.NONE);
    }

    long total() {
      return byVersion.values().stream().mapToLong(Answers::answered).sum() + ownAnswers + lost;
    }
  }

  @GuardedBy("this")
  private final TreeMap<String, Answers> byVersion = new TreeMap<>();

  @GuardedBy("this")
  private final ArrayDeque<Counts> recent = new ArrayDeque<>();

  @GuardedBy("this")
  private long ownAnswers;

  @GuardedBy("this")
  private long lost;

  @Override
  public synchronized void accept(Outcome outcome) {
    if (outcome.isLost()) {
      lost++;
    } else if (outcome.version().isEmpty()) {
      ownAnswers++;
    } else {
      byVersion.merge(
          outcome.version(), Answers.NONE.plus(outcome), (all, one) -> all.plus(outcome));
    }
  }

  synchronized Counts counts(Instant now) {
    return new Counts(now, ImmutableSortedMap.copyOf(byVersion), ownAnswers, lost);
  }

  /** Answers a second by version, over the time since the last calls up to two seconds ago. */
  synchronized ImmutableSortedMap<String, Double> rates(Instant now) {
    Counts latest = counts(now);
    recent.addLast(latest);
    while (recent.size() > 2 && recent.getFirst().at().isBefore(now.minus(RATE_OVER))) {
      recent.removeFirst();
    }
    Counts oldest = recent.getFirst();
    double seconds = Duration.between(oldest.at(), now).toNanos() / 1e9;
    ImmutableSortedMap.Builder<String, Double> rates = ImmutableSortedMap.naturalOrder();
    for (Map.Entry<String, Answers> version : latest.byVersion().entrySet()) {
      long more = version.getValue().answered() - oldest.of(version.getKey()).answered();
      rates.put(version.getKey(), seconds > 0 ? more / seconds : 0);
    }
    return rates.build();
  }
}
