package dev.serin.cli.demo;

import com.google.common.collect.ImmutableList;
import dev.serin.v1.Decision;
import dev.serin.v1.Rollout;
import dev.serin.v1.RolloutStatus.Phase;
import io.grpc.Context;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One release from its start to its end, watched over the API and at the load. */
final class ReleaseRun {
  private static final Duration PATIENCE = Duration.ofSeconds(150);

  /** How often the screen is drawn when nothing happens. */
  private static final Duration REDRAW = Duration.ofMillis(500);

  /** How often proxies are asked while one of them lacks the last split. */
  private static final Duration ASK = Duration.ofMillis(15);

  /** So long after the end requests that were under way may still come back. */
  private static final Duration SETTLE = Duration.ofSeconds(2);

  private final Api api;
  private final Ledger ledger;
  private final Screen screen;
  private final InstantSource clock;
  private final String version;
  private final int policySteps;
  private final String fullName;
  private final LinkedBlockingQueue<Rollout> news = new LinkedBlockingQueue<>();
  private final Splits splits;
  private Rollout latest = Rollout.getDefaultInstance();
  private Instant began = Instant.EPOCH;
  private Instant drawn = Instant.EPOCH;
  private Ledger.Counts before;

  ReleaseRun(
      Api api, Ledger ledger, Screen screen, InstantSource clock, String version, int policySteps) {
    this.api = api;
    this.ledger = ledger;
    this.screen = screen;
    this.clock = clock;
    this.version = version;
    this.policySteps = policySteps;
    this.fullName = "tenants/shop/rollouts/checkout-" + version;
    this.splits = new Splits(version);
    this.before = ledger.counts(clock.instant());
  }

  Story run() throws InterruptedException {
    began = clock.instant();
    before = ledger.counts(began);
    api.apply("rollout-" + version + ".yaml", yaml(), "the demo releases " + version);
    Context.CancellableContext watch = api.watch(fullName, news::add);
    try {
      follow(began.plus(PATIENCE), false);
      follow(clock.instant().plus(SETTLE), true);
      screen.done();
      return story();
    } finally {
      watch.cancel(null);
    }
  }

  private String yaml() {
    return """
    apiVersion: serin.dev/v1
    kind: Rollout
    metadata: {name: checkout-%s, tenant: shop}
    spec: {service: checkout, to: %s, policy: demo}
    """
        .formatted(version, version);
  }

  private void follow(Instant until, boolean afterEnd) throws InterruptedException {
    while (clock.instant().isBefore(until) && (afterEnd || !isOver())) {
      Duration wait = splits.awaitsProxies() ? ASK : REDRAW;
      @Nullable Rollout update = news.poll(wait.toNanos(), TimeUnit.NANOSECONDS);
      if (update != null) {
        latest = update;
        splits.sent(
            update.getStatus().getWeightPpm(),
            ledger.counts(clock.instant()).of(version).answered());
      }
      if (splits.awaitsProxies()) {
        splits.look(api.proxies());
      }
      draw(update != null);
    }
  }

  private boolean isOver() {
    return switch (latest.getStatus().getPhase()) {
      case SUCCEEDED, ROLLED_BACK, SUPERSEDED -> !splits.awaitsProxies();
      case PENDING,
          WAITING,
          PROGRESSING,
          HOLDING,
          PAUSED,
          PROMOTING,
          ROLLING_BACK,
          PHASE_UNSPECIFIED,
          UNRECOGNIZED ->
          false;
    };
  }

  private void draw(boolean changed) {
    Instant now = clock.instant();
    boolean due = !now.isBefore(drawn.plus(REDRAW));
    if (latest.hasStatus() && (changed || due)) {
      drawn = now;
      screen.show(
          new Frame(
              latest,
              policySteps,
              Duration.between(began, now),
              ledger.rates(now),
              ledger.counts(now),
              ImmutableList.of(latest.getStatus().getStable(), version)));
    }
  }

  private Story story() {
    ImmutableList<Decision> decisions = api.decisions(fullName);
    Ledger.Counts counts = ledger.counts(clock.instant());
    Ledger.Answers answers = counts.of(version);
    Optional<Decision> deciding = deciding(decisions);
    DemoReport.Release release =
        new DemoReport.Release(
            version,
            outcome(),
            deciding
                .map(d -> OptionalDouble.of(Times.seconds(started(), Times.of(d.getTime()))))
                .orElse(OptionalDouble.empty()),
            answers.answered() - before.of(version).answered(),
            spoiled(counts),
            reason(outcome(), deciding, latest.getStatus().getReason()),
            metrics(deciding),
            steps(decisions, answers.answered()));
    return new Story(
        release, decisions, answers.firstError(), splits.zeroAcked(), answers.lastAnswer());
  }

  /** What is over has no next: only what is not says what it waits for. */
  static String reason(DemoReport.Outcome outcome, Optional<Decision> deciding, String latest) {
    return switch (outcome) {
      case PROMOTED, ROLLED_BACK ->
          Summary.whatHappened(deciding.map(Decision::getReason).orElse(latest));
      case HELD, UNFINISHED -> latest;
    };
  }

  /** What failed beyond what would have failed on stable over the same time. */
  private long spoiled(Ledger.Counts after) {
    String stable = latest.getStatus().getStable();
    long requests = after.of(version).answered() - before.of(version).answered();
    long errors = after.of(version).errors() - before.of(version).errors();
    long control = after.of(stable).answered() - before.of(stable).answered();
    long controlErrors = after.of(stable).errors() - before.of(stable).errors();
    double ratio = control == 0 ? 0 : (double) controlErrors / control;
    return Math.max(0, Math.round(errors - requests * ratio));
  }

  private Instant started() {
    return latest.getStatus().hasStarted() ? Times.of(latest.getStatus().getStarted()) : began;
  }

  private DemoReport.Outcome outcome() {
    return switch (latest.getStatus().getPhase()) {
      case SUCCEEDED -> DemoReport.Outcome.PROMOTED;
      case ROLLED_BACK -> DemoReport.Outcome.ROLLED_BACK;
      case HOLDING, PAUSED -> DemoReport.Outcome.HELD;
      case PENDING,
          WAITING,
          PROGRESSING,
          PROMOTING,
          ROLLING_BACK,
          SUPERSEDED,
          PHASE_UNSPECIFIED,
          UNRECOGNIZED ->
          DemoReport.Outcome.UNFINISHED;
    };
  }

  /** The decision to send everyone to the version, or nobody; else the last one. */
  static Optional<Decision> deciding(ImmutableList<Decision> decisions) {
    return decisions.stream()
        .filter(d -> d.getFrom() != d.getTo())
        .filter(d -> d.getTo() == Phase.PROMOTING || d.getTo() == Phase.ROLLING_BACK)
        .reduce((first, second) -> second)
        .or(() -> decisions.stream().reduce((first, second) -> second));
  }

  private static ImmutableList<DemoReport.Metric> metrics(Optional<Decision> deciding) {
    return deciding.stream()
        .flatMap(d -> d.getVerdict().getMetricsList().stream())
        .map(m -> new DemoReport.Metric(m.getName(), m.getEvidence(), m.getBound()))
        .collect(ImmutableList.toImmutableList());
  }

  private ImmutableList<DemoReport.Step> steps(ImmutableList<Decision> decisions, long answered) {
    ImmutableList<Splits.Split> sent = splits.all();
    ImmutableList.Builder<DemoReport.Step> steps = ImmutableList.builder();
    for (int i = 0; i < sent.size(); i++) {
      Splits.Split split = sent.get(i);
      long after = i + 1 < sent.size() ? sent.get(i + 1).answeredBefore() : answered;
      if (split.weightPpm() > 0) {
        steps.add(
            new DemoReport.Step(
                split.weightPpm(),
                convergedAfter(split, decisions),
                after - split.answeredBefore()));
      }
    }
    return steps.build();
  }

  private static OptionalLong convergedAfter(
      Splits.Split split, ImmutableList<Decision> decisions) {
    Optional<Instant> decided =
        decisions.stream()
            .filter(d -> d.getWeightPpm() == split.weightPpm())
            .findFirst()
            .map(d -> Times.of(d.getTime()));
    return decided.isPresent() && split.ackedAt().isPresent()
        ? OptionalLong.of(Duration.between(decided.get(), split.ackedAt().get()).toMillis())
        : OptionalLong.empty();
  }
}
