package dev.serin.cli.demo;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * What a demo came to.
 *
 * @param firstBadToZeroSeconds from the first bad answer that the load got to the last proxy's
 *     acknowledgement of weight zero; empty without a bad release, or when it was not rolled back
 */
public record DemoReport(
    ImmutableList<Release> releases,
    ImmutableList<Proxy> proxies,
    OptionalDouble firstBadToZeroSeconds) {

  /** How a release ended. */
  public enum Outcome {
    PROMOTED("promoted"),
    ROLLED_BACK("rolledBack"),
    /** Serin or a person stopped it, and it was not over when the demo's patience was. */
    HELD("held"),
    /** Still under way when the demo's patience was over. */
    UNFINISHED("unfinished");

    private final String word;

    Outcome(String word) {
      this.word = word;
    }

    /** As JSON has it. */
    public String word() {
      return word;
    }
  }

  /**
   * One release.
   *
   * @param secondsToDecision from its start to the decision to promote it or roll it back
   * @param requests that its version answered, by the load's count
   * @param spoiled those of them that failed beyond stable's ratio over the same time
   * @param reason why it was decided so; of a release that is not over, what it waits for
   * @param metrics the evidence of the decision
   * @param steps every split above zero, in order of time
   */
  public record Release(
      String version,
      Outcome outcome,
      OptionalDouble secondsToDecision,
      long requests,
      long spoiled,
      String reason,
      ImmutableList<Metric> metrics,
      ImmutableList<Step> steps) {}

  /** Natural logarithms: the e-value of harm, and where it means rollback. */
  public record Metric(String name, double evidence, double bound) {}

  /**
   * One split.
   *
   * @param convergedAfterMs from the decision to the last proxy's acknowledgement; empty when
   *     another split came first
   * @param requests that the new version answered while it was in force
   */
  public record Step(int weightPpm, OptionalLong convergedAfterMs, long requests) {}

  /** What a proxy had acknowledged at the end. */
  public record Proxy(
      String node, String cluster, ImmutableSortedMap<String, Integer> ackedSplit) {}

  /** The release of a version, when the scenario had it. */
  public Optional<Release> release(String version) {
    return releases.stream().filter(release -> release.version().equals(version)).findFirst();
  }

  /** Whether every good release was promoted and every bad one rolled back. */
  public boolean asExpected() {
    return !releases.isEmpty()
        && releases.stream()
            .allMatch(release ->
                release.outcome()
                    == (release.version().equals(Scenario.BAD)
                        ? Outcome.ROLLED_BACK
                        : Outcome.PROMOTED));
  }
}
