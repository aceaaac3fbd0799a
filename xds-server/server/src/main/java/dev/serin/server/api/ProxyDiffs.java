package dev.serin.server.api;

import dev.serin.ads.Proxy;
import dev.serin.policy.ResourceName;
import dev.serin.rollout.RolloutState;
import dev.serin.server.control.Catalog;
import dev.serin.server.control.LiveRollout;
import dev.serin.server.control.Outcome;
import dev.serin.server.fleet.ProxySides;
import dev.serin.v1.DiffProxyRequest;
import dev.serin.v1.DiffProxyResponse;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** What is changed for a proxy, now or by a step of a rollout. */
public final class ProxyDiffs {
  /** What the step after a policy's last is called. */
  private static final String PROMOTED = "promoted";

  private final ProxySides sides;
  private final Supplier<Catalog> catalog;

  /** Of the rollouts that the catalogue has at the time. */
  public ProxyDiffs(ProxySides sides, Supplier<Catalog> catalog) {
    this.sides = sides;
    this.catalog = catalog;
  }

  DiffProxyResponse of(Proxy proxy, DiffProxyRequest request) {
    if (request.getStep().isEmpty()) {
      if (!request.getRollout().isEmpty()) {
        throw Replies.badField(
            "step", "none, with rollout " + request.getRollout() + " (expected: one of its steps)");
      }
      return ProxyDiff.of(sides.sides(proxy)).page(request.getPageToken());
    }
    RolloutState rollout = rollout(request.getRollout());
    int last = rollout.lastStep();
    int step = step(request.getStep(), last);
    DiffProxyResponse.Builder page =
        ProxyDiff.of(sides.sides(proxy, rollout, step)).page(request.getPageToken()).toBuilder()
            .setRollout(Names.full(Names.ROLLOUTS, rollout.spec().name()))
            .setStepName(step > last ? PROMOTED : rollout.policy().steps().get(step - 1).name());
    if (step <= last) {
      page.setNextStep(step == last ? PROMOTED : Integer.toString(step + 1));
    }
    return page.build();
  }

  private RolloutState rollout(String fullName) {
    Catalog known = catalog.get();
    if (!fullName.isEmpty()) {
      ResourceName name = Names.parse(Names.ROLLOUTS, fullName);
      RolloutState state =
          Optional.ofNullable(known.rollouts().get(name))
              .map(LiveRollout::state)
              .orElseThrow(() -> Replies.notFound(fullName));
      if (state.isOver()) {
        throw Replies.status(
            Outcome.refused(
                Outcome.Kind.FAILED_PRECONDITION,
                fullName + " is " + state.phase() + " (expected: under way, or not started yet)"));
      }
      return state;
    }
    List<RolloutState> open =
        known.rollouts().values().stream()
            .map(LiveRollout::state)
            .filter(state -> !state.isOver())
            .toList();
    if (open.isEmpty()) {
      throw Replies.status(
          Outcome.refused(
              Outcome.Kind.FAILED_PRECONDITION,
              "no rollout is under way or waits for its start: there is no step to tell of"));
    }
    if (open.size() > 1) {
      throw Replies.badField(
          "rollout",
          "none (expected: one of "
              + open.stream()
                  .map(state -> Names.full(Names.ROLLOUTS, state.spec().name()))
                  .collect(Collectors.joining(", "))
              + ")");
    }
    return open.getFirst();
  }

  /** From 1; one more than the last is the promotion. */
  private static int step(String asked, int last) {
    if (asked.equals(PROMOTED)) {
      return last + 1;
    }
    int step = asked.matches("[1-9][0-9]{0,8}") ? Integer.parseInt(asked) : 0;
    if (step < 1 || step > last) {
      throw Replies.badField("step", asked + " (expected: 1 to " + last + ", or promoted)");
    }
    return step;
  }
}
