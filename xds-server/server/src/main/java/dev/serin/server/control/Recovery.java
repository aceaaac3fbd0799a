package dev.serin.server.control;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import dev.serin.mesh.ServiceState;
import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.Channel;
import dev.serin.policy.Release;
import dev.serin.policy.ResourceName;
import dev.serin.server.control.Catalog.Versioned;
import dev.serin.spi.Entry;
import dev.serin.spi.Loaded;
import dev.serin.spi.Notification;
import dev.serin.spi.StoredResource;
import dev.serin.spi.StreamSnapshot;
import dev.serin.text.RecordJson;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Builds the catalogue from what the store holds: documents, checkpoints, and the journal after
 * them.
 *
 * @param requests that were carried out
 * @param positions where every stream ends
 * @param standings what each kind of proxies had
 * @param notifications that were not told, by their keys
 * @param trust whether this can be what proxies were served from
 */
record Recovery(
    Catalog catalog,
    Requests requests,
    StreamPositions positions,
    ImmutableList<KindStanding> standings,
    ImmutableSortedMap<ResourceName, Notification> notifications,
    StoreTrust trust) {

  /**
   * @throws IllegalStateException when something stored cannot be read; the server then does not
   *     start
   */
  static Recovery of(Loaded loaded) {
    StreamPositions positions = new StreamPositions();
    Set<String> wanted =
        loaded.resources().stream()
            .filter(stored -> stored.kind().equals(Documents.ROLLOUT))
            .map(stored -> RolloutStream.stream(new ResourceName(stored.tenant(), stored.name())))
            .collect(ImmutableSet.toImmutableSet());
    Map<String, LiveRollout> byStream = new HashMap<>();
    for (StreamSnapshot snapshot : loaded.snapshots()) {
      positions.advance(snapshot.stream(), snapshot.seq());
      if (wanted.contains(snapshot.stream())) {
        read(snapshot.stream(), () -> RolloutStream.restore(snapshot))
            .ifPresent(live -> byStream.put(snapshot.stream(), live));
      }
    }
    for (Entry entry : loaded.entries()) {
      positions.advance(entry.stream(), entry.seq());
      if (wanted.contains(entry.stream())) {
        byStream.compute(
            entry.stream(), (stream, before) -> read(stream, () -> apply(before, entry)));
      }
    }
    TreeMap<ResourceName, Versioned<ServiceState>> services = new TreeMap<>();
    TreeMap<ResourceName, Versioned<CanaryPolicy>> policies = new TreeMap<>();
    TreeMap<ResourceName, Versioned<StoredFreeze>> freezes = new TreeMap<>();
    TreeMap<ResourceName, Versioned<Channel>> channels = new TreeMap<>();
    TreeMap<ResourceName, Notification> notifications = new TreeMap<>();
    TreeMap<ResourceName, Versioned<Release>> releases = new TreeMap<>();
    TreeMap<ResourceName, LiveRollout> rollouts = new TreeMap<>();
    List<StoredResource> requests = new ArrayList<>();
    ImmutableList<KindStanding> standings = ImmutableList.of();
    long revision = 0;
    for (StoredResource stored : loaded.resources()) {
      revision = Math.max(revision, stored.revision());
      ResourceName name = new ResourceName(stored.tenant(), stored.name());
      switch (stored.kind()) {
        case Documents.SERVICE -> services.put(name, document(stored, ServiceState.class));
        case Documents.POLICY -> policies.put(name, document(stored, CanaryPolicy.class));
        case Documents.FREEZE -> freezes.put(name, document(stored, StoredFreeze.class));
        case Documents.CHANNEL -> channels.put(name, document(stored, Channel.class));
        case Documents.NOTIFICATION ->
            notifications.put(name, document(stored, Notification.class).value());
        case Documents.RELEASE -> releases.put(name, document(stored, Release.class));
        case Documents.ROLLOUT -> {
          LiveRollout live = byStream.get(RolloutStream.stream(name));
          if (live == null) {
            throw new IllegalStateException("rollout " + name + " has no journal");
          }
          rollouts.put(name, live);
        }
        case Documents.REQUEST -> requests.add(stored);
        case Documents.STANDINGS ->
            standings = document(stored, Documents.Standings.class).value().standings();
        case Documents.REVISION -> {
          // counted above
        }
        default ->
            throw new IllegalStateException("the store holds an unknown kind " + stored.kind());
      }
    }
    long last = revision;
    rollouts.replaceAll((name, live) -> live.at(last));
    Catalog catalog =
        new Catalog(
            ImmutableSortedMap.copyOf(services),
            ImmutableSortedMap.copyOf(policies),
            ImmutableSortedMap.copyOf(rollouts),
            ImmutableSortedMap.copyOf(releases),
            new Freezes(ImmutableSortedMap.copyOf(freezes)),
            ImmutableSortedMap.copyOf(channels),
            revision);
    return new Recovery(
        catalog,
        requests(requests),
        positions,
        standings,
        ImmutableSortedMap.copyOf(notifications),
        StoreTrust.of(loaded));
  }

  private static Requests requests(List<StoredResource> stored) {
    ImmutableMap.Builder<String, Requests.Handled> byKey = ImmutableMap.builder();
    stored.stream()
        .sorted(Comparator.comparingLong(StoredResource::revision))
        .forEach(one -> byKey.put(one.name(), document(one, Requests.Handled.class).value()));
    return new Requests(byKey.buildOrThrow());
  }

  private static LiveRollout apply(
      @org.jspecify.annotations.Nullable LiveRollout before, Entry entry) {
    if (entry.kind().equals(RolloutStream.CREATED)) {
      return RolloutStream.restoreCreated(entry);
    }
    if (before == null) {
      throw new IllegalStateException("its journal begins with " + entry.kind());
    }
    return RolloutStream.replay(before, entry);
  }

  private static <T> Versioned<T> document(StoredResource stored, Class<T> type) {
    return new Versioned<>(
        read(stored.key().toString(), () -> RecordJson.read(stored.body(), type)),
        stored.revision());
  }

  private static <T> T read(String what, java.util.function.Supplier<T> reader) {
    try {
      return reader.get();
    } catch (RuntimeException unreadable) {
      throw new IllegalStateException(
          "cannot read " + what + " from the store: " + unreadable.getMessage(), unreadable);
    }
  }
}
