package dev.serin.judge;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.serin.policy.Analysis;
import java.time.Duration;

/**
 * The judge of one rollout: all that it has learnt from the windows so far, and what follows from
 * it.
 *
 * <p>Every window makes a new judge; equal windows in equal order make equal judges, so that a
 * judge can be stored, replayed and compared. The chance that a healthy release is ever called
 * unhealthy is at most {@link Analysis#falseRollback}, however often one asks: 0.8 of it belongs to
 * the default detector, 0.2 to the one for catastrophes. That is exact where requests fail
 * independently of each other given the window, and approximate where failures cluster.
 *
 * @param clusterWeights per mesh cluster, summing to at most 1; a window's mesh cluster that is not
 *     listed counts under the key {@code ""} where that is listed, else for the absolute bounds
 *     only
 * @param errorsPrior dispersion of the service's errors before the rollout
 */
public record Judge(
    Analysis analysis,
    ImmutableSortedMap<String, Double> clusterWeights,
    Dispersion.Prior errorsPrior,
    Progress progress,
    Learning learning,
    Fold fold,
    DefaultDetector detector,
    Catastrophe catastrophe) {

  private static final Duration SECOND = Duration.ofSeconds(1);

  /**
   * A judge before its first window.
   *
   * @param clusterWeights fixed before the data; each above 0, summing to at most 1
   * @throws IllegalArgumentException when the weights are none or other
   */
  public static Judge start(
      Analysis analysis, Baseline baseline, ImmutableSortedMap<String, Double> clusterWeights) {
    double sum = clusterWeights.values().stream().mapToDouble(w -> w).sum();
    if (clusterWeights.isEmpty()
        || clusterWeights.values().stream().anyMatch(w -> !(w > 0))
        || sum > 1 + 1e-9) {
      throw new IllegalArgumentException(
          "clusterWeights: " + clusterWeights + " (expected: each above 0, summing to at most 1)");
    }
    int clusters = clusterWeights.size();
    Dispersion.Prior errors = Calibration.errors(baseline.blocks());
    DefaultDetector detector = DefaultDetector.start(analysis, clusters, errors);
    Learning learning = Learning.from(baseline, detector.latency().isEmpty());
    return new Judge(
        analysis,
        clusterWeights,
        errors,
        Progress.START,
        learning,
        Fold.empty(clusters, detector.latency().size()),
        learning.latencyFrozen()
            ? detector.calibrated(baseline.latency(), baseline.blocks())
            : detector,
        Catastrophe.start(clusters));
  }

  /** The judge that has also seen {@code window}. Windows come in order of time. */
  public Judge observe(Window window) {
    Progress now = progress.observe(window);
    if (!analysis.enabled()) {
      return with(now, learning, fold, detector, catastrophe);
    }
    boolean newStep = progress.startsStep(window);
    Sample sample =
        Sample.of(window, clusterWeights, detector.latency(), now.warm(window, analysis.warmUp()));
    Judge next = progress.continues(window) ? this : settleFold();
    next = next.with(now, next.learning, next.fold, next.detector, next.catastrophe);
    next =
        window.duration().compareTo(Fold.WINDOW) < 0
            ? next.second(sample, window.duration(), newStep)
            : next.settleFold().settle(sample, newStep);
    return next.learn(window);
  }

  /** A short window: at once for catastrophes, folded for the rest. */
  private Judge second(Sample sample, Duration duration, boolean newStep) {
    Catastrophe seen =
        duration.compareTo(SECOND) <= 0
            ? catastrophe.observe(sample.errors(), newStep)
            : catastrophe;
    Judge next = with(progress, learning, fold.plus(sample, duration, newStep), detector, seen);
    return next.fold.full() ? next.settleFold() : next;
  }

  private Judge settleFold() {
    if (fold.isEmpty()) {
      return this;
    }
    Fold empty = Fold.empty(clusterWeights.size(), detector.latency().size());
    Judge settled = settle(fold.sum(), fold.newStep());
    return settled.with(
        settled.progress, settled.learning, empty, settled.detector, settled.catastrophe);
  }

  private Judge settle(Sample sample, boolean newStep) {
    double bound = learning.impliedBound();
    DefaultDetector betting = detector;
    if (!detector.hasBound() && (sample.exposure().cohort() > 0 || progress.stableSilent())) {
      betting = detector.withImpliedBound(bound, errorsPrior, clusterWeights);
    }
    return with(progress, learning, fold, betting.observe(sample, newStep, bound), catastrophe);
  }

  /** Learns from the window after it was judged, so that no bet depends on its own data. */
  private Judge learn(Window window) {
    Learning learnt = learning.observe(window);
    if (!learnt.latencyReady()) {
      return with(progress, learnt, fold, detector, catastrophe);
    }
    DefaultDetector calibrated = detector.calibrated(learnt.latency(), ImmutableList.of());
    return with(progress, learnt.freezeLatency(), fold, calibrated, catastrophe);
  }

  private Judge with(
      Progress progress,
      Learning learning,
      Fold fold,
      DefaultDetector detector,
      Catastrophe catastrophe) {
    return new Judge(
        analysis, clusterWeights, errorsPrior, progress, learning, fold, detector, catastrophe);
  }

  /**
   * What the evidence says as of the last window. Never that metrics are lost: time is no input.
   */
  public Verdict verdict() {
    return new Ruling(this).verdict();
  }

  /** The same for a step's gate. */
  public Gate gate() {
    return new Ruling(this).gate();
  }
}
