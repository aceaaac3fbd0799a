/**
 * Who gets which share: the split of a service's traffic between two versions, as pure data.
 *
 * <p>In flow decisions of the rollout machine; out flows a {@link dev.serin.plan.TrafficPlan} that
 * the overlay renders as Envoy resources. Immutable throughout.
 */
@NullMarked
package dev.serin.plan;

import org.jspecify.annotations.NullMarked;
