package dev.serin.server.control;

import com.google.common.collect.ImmutableSortedMap;
import dev.serin.mesh.ServiceState;
import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.Channel;
import dev.serin.policy.Release;
import dev.serin.policy.ResourceName;
import java.util.Optional;

/**
 * All that Serin knows at one revision: an immutable view for the API and for publishing.
 *
 * @param revision grows with every committed change
 */
public record Catalog(
    ImmutableSortedMap<ResourceName, Versioned<ServiceState>> services,
    ImmutableSortedMap<ResourceName, Versioned<CanaryPolicy>> policies,
    ImmutableSortedMap<ResourceName, LiveRollout> rollouts,
    ImmutableSortedMap<ResourceName, Versioned<Release>> releases,
    Freezes freezes,
    ImmutableSortedMap<ResourceName, Versioned<Channel>> channels,
    long revision) {

  /** The name of the policy that every tenant has without storing it. */
  public static final String BUILT_IN_POLICY = "default";

  /** Nothing is known. */
  public static final Catalog EMPTY =
      new Catalog(
          ImmutableSortedMap.of(),
          ImmutableSortedMap.of(),
          ImmutableSortedMap.of(),
          ImmutableSortedMap.of(),
          Freezes.NONE,
          ImmutableSortedMap.of(),
          0);

  /** A value and the revision of its last change. */
  public record Versioned<T>(T value, long revision) {}

  public Optional<ServiceState> service(ResourceName name) {
    return Optional.ofNullable(services.get(name)).map(Versioned::value);
  }

  /**
   * The policy of that name; {@code default} exists in every tenant unless a tenant stored its own.
   */
  public Optional<CanaryPolicy> policy(ResourceName name) {
    Versioned<CanaryPolicy> stored = policies.get(name);
    if (stored != null) {
      return Optional.of(stored.value());
    }
    return name.name().equals(BUILT_IN_POLICY)
        ? Optional.of(CanaryPolicy.defaults(name))
        : Optional.empty();
  }

  public Optional<Channel> channel(ResourceName name) {
    return Optional.ofNullable(channels.get(name)).map(Versioned::value);
  }

  /** The rollout of a service that is neither over nor still a draft. */
  public Optional<LiveRollout> running(ResourceName service) {
    return rollouts.values().stream()
        .filter(rollout -> rollout.state().spec().service().equals(service))
        .filter(LiveRollout::isRunning)
        .findFirst();
  }

  /** The same as of a later revision: what was seen of it must not seem to be newer. */
  Catalog notBefore(long least) {
    return new Catalog(
        services, policies, rollouts, releases, freezes, channels, Math.max(revision, least));
  }
}
