package dev.serin.server.control;

import com.google.common.collect.ImmutableSortedMap;
import dev.serin.mesh.ServiceState;
import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.Channel;
import dev.serin.policy.Release;
import dev.serin.policy.ResourceName;
import dev.serin.server.control.Catalog.Versioned;

/**
 * What a turn changes of the resources that are stored as documents. Used by the loop's thread
 * alone.
 */
record CatalogChanges(
    Changes<Versioned<ServiceState>> services,
    Changes<Versioned<CanaryPolicy>> policies,
    Changes<Versioned<StoredFreeze>> freezes,
    Changes<Versioned<Channel>> channels,
    Changes<Versioned<Release>> releases) {

  CatalogChanges() {
    this(new Changes<>(), new Changes<>(), new Changes<>(), new Changes<>(), new Changes<>());
  }

  void putAll(CatalogChanges others) {
    services.putAll(others.services);
    policies.putAll(others.policies);
    freezes.putAll(others.freezes);
    channels.putAll(others.channels);
    releases.putAll(others.releases);
  }

  boolean isEmpty() {
    return services.isEmpty()
        && policies.isEmpty()
        && freezes.isEmpty()
        && channels.isEmpty()
        && releases.isEmpty();
  }

  /** The freezes as the turn leaves them; the same object as before it where none changed. */
  Freezes freezes(Catalog before) {
    return freezes.isEmpty()
        ? before.freezes()
        : new Freezes(freezes.over(before.freezes().byName()));
  }

  /** The catalogue as the turn leaves it. */
  Catalog over(
      Catalog before, ImmutableSortedMap<ResourceName, LiveRollout> rollouts, long revision) {
    return new Catalog(
        services.over(before.services()),
        policies.over(before.policies()),
        rollouts,
        releases.over(before.releases()),
        freezes(before),
        channels.over(before.channels()),
        revision);
  }

  void writeTo(Documents documents) {
    services.forEach(documents::service);
    policies.forEach(documents::policy);
    freezes.forEach(documents::freeze);
    channels.forEach(documents::channel);
    releases.forEach(documents::release);
  }
}
