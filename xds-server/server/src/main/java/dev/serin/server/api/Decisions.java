package dev.serin.server.api;

import com.google.common.collect.ImmutableList;
import dev.serin.rollout.Event;
import dev.serin.rollout.JournalEntry;
import dev.serin.rollout.Phase;
import dev.serin.server.control.LiveRollout;
import dev.serin.server.control.RolloutHistory;
import dev.serin.v1.Decision;
import dev.serin.v1.ExplainRolloutResponse;
import dev.serin.v1.Rollout;
import dev.serin.v1.StepStatus;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Reads the journal of a rollout as the decisions that it holds. */
public final class Decisions {
  private static final int MAX_PAGE = 1_000;

  private final RolloutHistory history;

  public Decisions(RolloutHistory history) {
    this.history = history;
  }

  /**
   * The decisions of a rollout, newest first.
   *
   * @param shown the rollout as it is shown with them
   */
  ExplainRolloutResponse explain(LiveRollout live, Rollout shown, int size, String token) {
    ImmutableList<RolloutHistory.Step> steps;
    try {
      steps = history.decisions(live.state().spec().name());
    } catch (dev.serin.spi.StoreException unavailable) {
      throw Status.UNAVAILABLE.withDescription(unavailable.getMessage()).asRuntimeException();
    }
    List<Decision> all = new ArrayList<>();
    Phase before = Phase.PENDING;
    for (RolloutHistory.Step step : steps) {
      all.add(decision(step, before));
      before = step.entry().outcome().phase();
    }
    Collections.reverse(all);
    Page<Decision> page = Page.of(all, d -> newestFirst(d.getRevision()), size, MAX_PAGE, token);
    return ExplainRolloutResponse.newBuilder()
        .setRollout(shown)
        .addAllDecisions(page.items())
        .setNextPageToken(page.nextToken())
        .build();
  }

  private static String newestFirst(long seq) {
    return String.format(java.util.Locale.ROOT, "%019d", Long.MAX_VALUE - seq);
  }

  private static Decision decision(RolloutHistory.Step step, Phase before) {
    JournalEntry entry = step.entry();
    Decision.Builder decision =
        Decision.newBuilder()
            .setRevision(entry.seq())
            .setTime(Times.of(entry.at()))
            .setActor(entry.event() instanceof Event.Command c ? c.by().actor() : "serin")
            .setCause(step.cause())
            .setFrom(RolloutView.phase(before))
            .setTo(RolloutView.phase(entry.outcome().phase()))
            .setStep(StepStatus.newBuilder().setIndex(entry.outcome().step()))
            .setWeightPpm(entry.outcome().weightPpm())
            .setReason(entry.outcome().reason());
    step.verdict().ifPresent(verdict -> decision.setVerdict(RolloutView.verdict(verdict)));
    return decision.build();
  }
}
