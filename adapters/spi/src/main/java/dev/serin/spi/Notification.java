package dev.serin.spi;

import com.google.common.collect.ImmutableMap;
import dev.serin.policy.ResourceName;
import dev.serin.policy.Subscription;
import dev.serin.policy.Template.Place;
import java.time.Instant;
import java.util.Locale;

/**
 * Something that a channel is to be told of a rollout, as the journal has it.
 *
 * @param id the same however often it is sent
 * @param at when it was decided
 * @param phase, step and weight as that decision left them
 * @param step from 1; 0 before the first
 * @param weightPpm the canary's share in parts per million
 * @param reason the journal's sentence
 */
public record Notification(
    String id,
    ResourceName channel,
    Subscription.Event event,
    Instant at,
    ResourceName rollout,
    String service,
    String from,
    String to,
    String policy,
    String phase,
    int step,
    int weightPpm,
    String reason) {

  /** What templates are filled with. */
  public ImmutableMap<Place, String> places() {
    return ImmutableMap.<Place, String>builder()
        .put(Place.TENANT, rollout.tenant())
        .put(Place.ROLLOUT, rollout.name())
        .put(Place.SERVICE, service)
        .put(Place.FROM, from)
        .put(Place.TO, to)
        .put(Place.POLICY, policy)
        .put(Place.EVENT, event.name().toLowerCase(Locale.ROOT).replace('_', ' '))
        .put(Place.PHASE, phase)
        .put(Place.STEP, Integer.toString(step))
        .put(Place.WEIGHT, percent() + "%")
        .put(Place.REASON, reason)
        .put(Place.TIME, at.toString())
        .buildOrThrow();
  }

  private String percent() {
    return java.math.BigDecimal.valueOf(weightPpm, 4).stripTrailingZeros().toPlainString();
  }
}
