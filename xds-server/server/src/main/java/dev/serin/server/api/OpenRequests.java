package dev.serin.server.api;

import dev.serin.policy.Ppm;
import dev.serin.policy.ResourceName;
import dev.serin.rollout.RolloutState;
import dev.serin.server.control.Catalog;
import dev.serin.server.control.LiveRollout;
import dev.serin.v1.Rollout;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Supplier;

/**
 * Says of a rollout how much is still under way at the version that gets nothing new by it. Any
 * thread.
 */
public final class OpenRequests {
  private final Supplier<Catalog> catalog;
  private final Source source;

  /** What proxies report. */
  @FunctionalInterface
  public interface Source {
    /** Requests under way at a version; empty where that is not known. */
    OptionalLong at(ResourceName service, String version);
  }

  public OpenRequests(Supplier<Catalog> catalog, Source source) {
    this.catalog = catalog;
    this.source = source;
  }

  /** The rollout with what is under way; as it is where all its versions get requests. */
  Rollout added(Rollout rollout, LiveRollout live) {
    RolloutState state = live.state();
    List<String> drained = drained(state);
    if (drained.isEmpty()) {
      return rollout;
    }
    Rollout.Builder with = rollout.toBuilder();
    for (String version : drained) {
      if (!isUsed(state, version)) {
        var open = with.getStatusBuilder().addOpenBuilder().setVersion(version);
        source.at(state.spec().service(), version).ifPresent(open::setRequests);
      }
    }
    return with.build();
  }

  private static List<String> drained(RolloutState state) {
    if (state.split().generation() == 0) {
      return List.of();
    }
    var plan = state.planOf(state.split());
    if (!plan.exposesCanary()) {
      return List.of(plan.canary());
    }
    return plan.weightPpm() == Ppm.ALL ? List.of(plan.stable()) : List.of();
  }

  /** Whether the version has requests for another reason than this rollout. */
  private boolean isUsed(RolloutState state, String version) {
    if (!state.isOver()) {
      return false;
    }
    ResourceName service = state.spec().service();
    Catalog now = catalog.get();
    return now.service(service).filter(s -> s.stable().equals(version)).isPresent()
        || now.running(service)
            .flatMap(running -> running.state().plan())
            .filter(plan -> plan.splitPpm().containsKey(version))
            .isPresent();
  }
}
