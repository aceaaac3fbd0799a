package dev.serin.server.control;

import dev.serin.policy.ResourceName;
import dev.serin.rollout.Split;
import java.util.Optional;

/**
 * What a kind of proxies (a mesh cluster and a version of Envoy) has of a rollout. It is stored, so
 * that a server that starts again serves each kind what it had accepted, tries again what it had
 * not answered, and does not try what it had refused.
 *
 * @param kind as people know it, such as {@code east ENVOY 1.40}
 * @param split that all of the kind may have; at generation 0 none
 * @param refusal of what it is kept from
 */
public record KindStanding(
    ResourceName rollout, String kind, Split split, Optional<Refusal> refusal) {

  /** The words of the probe that rejected a split. */
  public record Refusal(Split split, String node, String words) {}
}
