package dev.serin.server.fleet;

import dev.serin.policy.ResourceName;
import dev.serin.rollout.Decided;
import dev.serin.rollout.Phase;
import dev.serin.rollout.RolloutState;
import dev.serin.server.control.Catalog;
import dev.serin.server.control.LiveRollout;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** What the server exports about its rollouts. Called by the loop with each new catalogue. */
public final class RolloutMeters {
  private final MeterRegistry registry;
  private final MultiGauge weight;
  private final MultiGauge phase;
  private final MultiGauge evidence;
  private final MultiGauge bound;
  private final MultiGauge verdict;
  private final MultiGauge converged;
  private final Map<ResourceName, Long> spoiled = new HashMap<>();
  private final AtomicLong approvals = new AtomicLong();
  private final RolloutTimes times;
  private Catalog shown = Catalog.EMPTY;

  public RolloutMeters(MeterRegistry registry) {
    this.registry = registry;
    times = new RolloutTimes(registry);
    Gauge.builder("serin.approvals.pending", approvals, AtomicLong::doubleValue)
        .description("Rollouts that wait for somebody's approval.")
        .register(registry);
    weight =
        gauge("serin.rollout.weight.ppm", "The canary's share in force, in parts per million.");
    phase = gauge("serin.rollout.phase", "1 for the phase that a rollout is in.");
    evidence =
        gauge("serin.evidence", "Natural logarithm of the e-value of harm, by rollout and metric.");
    bound = gauge("serin.evidence.bound", "Where the evidence of a metric means rollback.");
    verdict = gauge("serin.verdict", "1 for the state that a metric of a rollout is in.");
    converged =
        gauge(
            "serin.fleet.converged.ratio",
            "Share of the wanted proxies that run the split in force of a rollout.");
  }

  private MultiGauge gauge(String name, String description) {
    return MultiGauge.builder(name).description(description).register(registry);
  }

  /** Shows this catalogue from now on. */
  public void changed(Catalog catalog) {
    if (catalog.rollouts().equals(shown.rollouts())) {
      return;
    }
    shown = catalog;
    approvals.set(
        catalog.rollouts().values().stream().filter(live -> live.state().awaitsApproval()).count());
    List<MultiGauge.Row<?>> weights = new ArrayList<>();
    List<MultiGauge.Row<?>> phases = new ArrayList<>();
    List<MultiGauge.Row<?>> evidences = new ArrayList<>();
    List<MultiGauge.Row<?>> bounds = new ArrayList<>();
    List<MultiGauge.Row<?>> verdicts = new ArrayList<>();
    List<MultiGauge.Row<?>> ratios = new ArrayList<>();
    catalog
        .rollouts()
        .forEach((name, live) -> {
          RolloutState state = live.state();
          Tags tags = tags(live);
          weights.add(MultiGauge.Row.of(tags, state.split().weightPpm()));
          phases.add(MultiGauge.Row.of(tags.and("phase", state.phase().name()), 1));
          for (var metric : state.verdict().metrics()) {
            Tags own = tags.and("metric", metric.name());
            evidences.add(MultiGauge.Row.of(own, metric.evidence()));
            bounds.add(MultiGauge.Row.of(own, metric.bound()));
            verdicts.add(MultiGauge.Row.of(own.and("state", metric.state().name()), 1));
          }
          state
              .clusters()
              .forEach((cluster, counts) -> {
                if (counts.want() > 0 && !state.isOver()) {
                  double ratio = (double) counts.acked() / counts.want();
                  ratios.add(MultiGauge.Row.of(tags.and("cluster", cluster), ratio));
                }
              });
          times.changed(name, live).ifPresent(before -> count(name, before, state));
          countSpoiled(name, live);
        });
    times.retain(catalog.rollouts().keySet());
    spoiled.keySet().retainAll(catalog.rollouts().keySet());
    weight.register(weights, true);
    phase.register(phases, true);
    evidence.register(evidences, true);
    bound.register(bounds, true);
    verdict.register(verdicts, true);
    converged.register(ratios, true);
  }

  private void count(ResourceName name, RolloutState before, RolloutState state) {
    boolean ended =
        state.phase() == Phase.SUCCEEDED
            || state.phase() == Phase.ROLLED_BACK
            || state.phase() == Phase.SUPERSEDED;
    if (ended && before.phase() != state.phase()) {
      Counter.builder("serin.rollouts.finished")
          .description("Rollouts that came to an end.")
          .tag("tenant", name.tenant())
          .tag("service", state.spec().service().name())
          .tag("version", state.spec().to())
          .tag("outcome", state.phase().name().toLowerCase(Locale.ROOT))
          .tag("cause", state.decided().actor().equals(Decided.SERIN) ? "serin" : "person")
          .register(registry)
          .increment();
    }
  }

  /** The estimate can fall again, a counter cannot: what is new at the highest is counted. */
  private void countSpoiled(ResourceName name, LiveRollout live) {
    long now = live.tally().spoiled();
    Long before = spoiled.putIfAbsent(name, now);
    if (before != null && now <= before) {
      return;
    }
    spoiled.put(name, now);
    Counter.builder("serin.spoiled.requests")
        .description("Canary requests that failed and with the stable version would not have.")
        .tag("tenant", name.tenant())
        .tag("service", live.state().spec().service().name())
        .tag("version", live.state().spec().to())
        .register(registry)
        .increment((double) (before == null ? 0 : now - before));
  }

  private static Tags tags(LiveRollout live) {
    return Tags.of(
        "tenant", live.state().spec().name().tenant(),
        "rollout", live.state().spec().name().name(),
        "service", live.state().spec().service().name(),
        "version", live.state().spec().to());
  }
}
