package dev.serin.server.control;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.serin.mesh.ServiceState;
import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.Channel;
import dev.serin.policy.Release;
import dev.serin.policy.ResourceName;
import dev.serin.rollout.Decision;
import dev.serin.rollout.Effect;
import dev.serin.rollout.Event;
import dev.serin.rollout.Rollout;
import dev.serin.rollout.RolloutState;
import dev.serin.server.control.Catalog.Versioned;
import dev.serin.spi.Batch;
import dev.serin.spi.Entry;
import dev.serin.spi.Notification;
import dev.serin.spi.ResourceKey;
import dev.serin.spi.StoredResource;
import dev.serin.spi.StreamSnapshot;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * One turn of the loop: what it decides on top of a catalogue, and what has to be stored before any
 * of it is acted upon. Used by the loop's thread alone and thrown away when the store refuses.
 */
final class ControlTurn {
  private final Catalog before;
  private final Instant now;
  private final long revision;
  private final StreamPositions positions;
  private final Requests requestsBefore;

  private final CatalogChanges changes = new CatalogChanges();
  private final Changes<LiveRollout> rollouts = new Changes<>();

  /** What is to be told; an absent one has been. */
  private final Changes<Notification> notifications = new Changes<>();

  private final List<Entry> entries = new ArrayList<>();
  private final TreeMap<String, StreamSnapshot> snapshots = new TreeMap<>();
  private final TreeSet<ResourceName> lowered = new TreeSet<>();
  private final List<Runnable> whenStored = new ArrayList<>();
  private Requests requests;
  private Optional<ImmutableList<KindStanding>> standings = Optional.empty();
  private boolean routesChanged;
  private final Predicate<String> baseClusters;

  /**
   * A turn that has decided nothing yet.
   *
   * @param baseClusters whether a base may have an Envoy cluster of a name
   */
  ControlTurn(
      Catalog before,
      Requests requests,
      StreamPositions positions,
      Instant now,
      Predicate<String> baseClusters) {
    this.baseClusters = baseClusters;
    this.before = before;
    this.requestsBefore = requests;
    this.requests = requests;
    this.positions = positions;
    this.now = now;
    this.revision = before.revision() + 1;
  }

  /** Whether proxies may have an Envoy cluster of that name from a base. */
  boolean mayHave(String envoyCluster) {
    return baseClusters.test(envoyCluster);
  }

  /**
   * The same turn so far, for a command that may yet be refused: what it does is adopted whole or
   * not at all.
   */
  ControlTurn copy() {
    ControlTurn copy = new ControlTurn(before, requestsBefore, positions, now, baseClusters);
    copy.requests = requests;
    copy.changes.putAll(changes);
    copy.rollouts.putAll(rollouts);
    copy.notifications.putAll(notifications);
    copy.entries.addAll(entries);
    copy.snapshots.putAll(snapshots);
    copy.lowered.addAll(lowered);
    copy.whenStored.addAll(whenStored);
    copy.standings = standings;
    copy.routesChanged = routesChanged;
    return copy;
  }

  Instant now() {
    return now;
  }

  /** The catalogue that this turn began with. */
  Catalog before() {
    return before;
  }

  /** Whether the split in force of a rollout was in force before this turn, and so was sent. */
  boolean isPublished(ResourceName name) {
    LiveRollout known = before.rollouts().get(name);
    return known != null
        && rollout(name)
            .filter(live -> live.state().split().generation() == known.state().split().generation())
            .isPresent();
  }

  Optional<ServiceState> service(ResourceName name) {
    return changes.services().read(name, before.services().get(name)).map(Versioned::value);
  }

  Optional<CanaryPolicy> policy(ResourceName name) {
    return changes.policies().has(name)
        ? changes.policies().read(name, null).map(Versioned::value)
        : before.policy(name);
  }

  Optional<LiveRollout> rollout(ResourceName name) {
    return rollouts.read(name, before.rollouts().get(name));
  }

  /** The catalogue as this turn leaves it. */
  Catalog after() {
    if (isEmpty()) {
      return before;
    }
    return changes.over(before, rollouts.over(before.rollouts()), revision);
  }

  void putService(ServiceState state) {
    changes.services().put(state.service().name(), new Versioned<>(state, revision));
    routesChanged = true;
  }

  void deleteService(ResourceName name) {
    changes.services().remove(name);
    routesChanged = true;
  }

  void putPolicy(CanaryPolicy policy) {
    changes.policies().put(policy.name(), new Versioned<>(policy, revision));
  }

  /** Forgets a policy; rollouts keep the copy that they started with. */
  void deletePolicy(ResourceName name) {
    changes.policies().remove(name);
  }

  /** The releases as this turn leaves them. */
  ImmutableSortedMap<ResourceName, Versioned<Release>> releases() {
    return changes.releases().over(before.releases());
  }

  void putRelease(Release release) {
    changes.releases().put(release.name(), new Versioned<>(release, revision));
  }

  void deleteRelease(ResourceName name) {
    changes.releases().remove(name);
  }

  /** The freezes as this turn leaves them; the same object as before it where none changed. */
  Freezes freezes() {
    return changes.freezes(before);
  }

  void putFreeze(StoredFreeze freeze) {
    changes.freezes().put(freeze.window().name(), new Versioned<>(freeze, revision));
  }

  void deleteFreeze(ResourceName name) {
    changes.freezes().remove(name);
  }

  Optional<Channel> channel(ResourceName name) {
    return changes.channels().read(name, before.channels().get(name)).map(Versioned::value);
  }

  void putChannel(Channel channel) {
    changes.channels().put(channel.name(), new Versioned<>(channel, revision));
  }

  void deleteChannel(ResourceName name) {
    changes.channels().remove(name);
  }

  /** Forgets what has been told, or was given up. */
  void settle(ResourceName notification) {
    notifications.remove(notification);
  }

  /** What this turn wants told, by its key. */
  ImmutableSortedMap<ResourceName, Notification> toTell() {
    return notifications.present();
  }

  /** What this turn forgets of what was to be told. */
  ImmutableList<ResourceName> settled() {
    return notifications.absent();
  }

  /** Writes a new rollout down; it waits for {@link Event.Started}. */
  void create(RolloutState pending) {
    ResourceName name = pending.spec().name();
    LiveRollout created =
        new LiveRollout(
            pending,
            Tally.NONE,
            Optional.empty(),
            Optional.empty(),
            ImmutableSortedMap.of(),
            nextSeq(RolloutStream.stream(name)),
            0,
            revision);
    entries.add(RolloutStream.created(created, now));
    rollouts.put(name, created);
  }

  /** Forgets a rollout; its journal stays, and is not read again at the next start. */
  void deleteRollout(ResourceName name, String body) {
    String stream = RolloutStream.stream(name);
    record(stream, RolloutStream.DELETED, body);
    snapshots.put(stream, RolloutStream.tombstone(stream, nextSeq(stream) - 1));
    rollouts.remove(name);
    routesChanged = true;
  }

  /** The calls that were carried out, those of this turn included. */
  Requests requests() {
    return requests;
  }

  /** Notes that a call is carried out in this turn. */
  void carriedOut(String requestId, Requests.Handled handled) {
    requests = requests.with(requestId, handled);
  }

  /** Notes what the kinds of proxies have now. */
  void putStandings(ImmutableList<KindStanding> all) {
    standings = Optional.of(all);
  }

  /** Appends what somebody did to something other than a rollout. */
  void record(String stream, String kind, String body) {
    entries.add(new Entry(stream, nextSeq(stream), now, kind, body));
  }

  /** Lets a rollout decide on an event. */
  Decision decide(ResourceName name, Event event) {
    LiveRollout live =
        rollout(name).orElseThrow(() -> new IllegalArgumentException("no rollout " + name));
    Decision decision = Rollout.next(live.state(), event);
    if (decision.refusal().isPresent() || decision.state().equals(live.state())) {
      return decision;
    }
    long seq = nextSeq(RolloutStream.stream(name));
    LiveRollout next = RolloutStream.advance(live, decision, event, seq, revision);
    entries.add(RolloutStream.entry(next, event, decision));
    if (seq - next.snapshotSeq() >= RolloutStream.CHECKPOINT_EVERY) {
      snapshots.put(RolloutStream.stream(name), RolloutStream.checkpoint(next));
      next = next.snapshotted();
    }
    rollouts.put(name, next);
    LiveRollout decided = next;
    decision.effects().forEach(effect -> take(decided, effect));
    return decision;
  }

  private void take(LiveRollout rollout, Effect effect) {
    switch (effect) {
      case Effect.Publish publish -> {
        routesChanged = true;
        if (publish.urgent()) {
          lowered.add(rollout.state().spec().name());
        }
      }
      case Effect.SetStable stable ->
          service(stable.service()).ifPresent(s -> putService(s.at(stable.version())));
      case Effect.Finished finished -> routesChanged = true;
      case Effect.AskHook ask -> {
        // Asked once it is stored that it is to be asked: HookDesk follows the state.
      }
      case Effect.Announce announce ->
          Outbox.notifications(rollout, announce, now)
              .forEach((key, told) -> notifications.put(key, told));
    }
  }

  /** Lets somebody hear that this turn is durable. */
  void whenStored(Runnable told) {
    whenStored.add(told);
  }

  void stored() {
    whenStored.forEach(Runnable::run);
  }

  /** The last entry of a stream, which this turn has. */
  Entry lastEntry(String stream) {
    return entries.stream()
        .filter(entry -> entry.stream().equals(stream))
        .reduce((before, after) -> after)
        .orElseThrow(() -> new IllegalArgumentException("nothing of " + stream));
  }

  private long nextSeq(String stream) {
    for (int i = entries.size() - 1; i >= 0; i--) {
      if (entries.get(i).stream().equals(stream)) {
        return entries.get(i).seq() + 1;
      }
    }
    return positions.last(stream) + 1;
  }

  boolean isEmpty() {
    return entries.isEmpty()
        && changes.isEmpty()
        && rollouts.isEmpty()
        && notifications.isEmpty()
        && standings.isEmpty()
        && requests.equals(requestsBefore);
  }

  /** Whether what proxies are served may differ from before. */
  boolean routesChanged() {
    return routesChanged;
  }

  ImmutableList<Entry> entries() {
    return ImmutableList.copyOf(entries);
  }

  /** All that must be durable before this turn is acted upon. */
  Batch batch() {
    Documents documents = new Documents(revision);
    changes.writeTo(documents);
    notifications.forEach(documents::notification);
    rollouts.forEach((name, rollout) -> {
      boolean appearsOrGoes = rollout.isPresent() != before.rollouts().containsKey(name);
      if (appearsOrGoes) {
        documents.rollout(name, rollout.isPresent());
      }
    });
    requests
        .since(requestsBefore)
        .forEach((key, handled) -> documents.request(key, Optional.of(handled)));
    requests.forgotten(requestsBefore).forEach(key -> documents.request(key, Optional.empty()));
    standings.ifPresent(documents::standings);
    documents.revision();
    ImmutableList<ResourceKey> deletes = documents.deletes();
    return new Batch(
        entries(), ImmutableList.copyOf(snapshots.values()), documents.puts(), deletes);
  }

  /** What this turn puts beside its entries when it lowers exposure ahead of the journal. */
  ImmutableList<StoredResource> loweringDocuments() {
    Documents documents = new Documents(revision);
    changes.services().forEach(documents::service);
    toTell().forEach((key, told) -> documents.notification(key, Optional.of(told)));
    return documents.puts();
  }

  /**
   * The part of this turn that only lowers exposure, for when the store does not answer: the
   * rollouts that give their canary less than before and nobody more, and the stable versions that
   * move back with them.
   */
  Optional<ControlTurn> loweringOnly() {
    ControlTurn part = new ControlTurn(before, requestsBefore, positions, now, baseClusters);
    for (ResourceName name : lowered) {
      LiveRollout known = before.rollouts().get(name);
      Optional<LiveRollout> after = rollout(name);
      if (known == null || after.isEmpty() || !lowers(known.state(), after.get().state())) {
        continue;
      }
      part.rollouts.put(name, after.get());
      toTell()
          .forEach((key, told) -> {
            if (told.rollout().equals(name)) {
              part.notifications.put(key, told);
            }
          });
      String stream = RolloutStream.stream(name);
      entries.stream().filter(entry -> entry.stream().equals(stream)).forEach(part.entries::add);
      String stable = after.get().state().stable();
      if (!stable.equals(known.state().stable())) {
        before
            .service(known.state().spec().service())
            .ifPresent(s -> part.putService(s.at(stable)));
      }
    }
    part.routesChanged = true;
    return part.rollouts.isEmpty() ? Optional.empty() : Optional.of(part);
  }

  /** A rollout that made room is not meant: what it made room for was not stored. */
  private static boolean lowers(RolloutState known, RolloutState after) {
    return !after.isOver() && !after.split().exceeds(known.split());
  }

  /** Rollouts that this turn changed; an absent one was deleted. */
  ImmutableSortedMap<ResourceName, Optional<LiveRollout>> changedRollouts() {
    return rollouts.all();
  }
}
