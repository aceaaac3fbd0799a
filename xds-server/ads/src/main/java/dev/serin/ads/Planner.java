package dev.serin.ads;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Sets;
import com.google.protobuf.ByteString;
import dev.serin.ads.ProxyView.Nack;
import dev.serin.ads.StreamState.Answer;
import dev.serin.ads.StreamState.Variant;
import dev.serin.ads.TypeState.Entry;
import dev.serin.mesh.Resource;
import dev.serin.mesh.Snapshot;
import dev.serin.mesh.TypeUrls;
import io.envoyproxy.envoy.service.runtime.v3.Runtime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Decides what the next response of one type holds. Confined to its {@link StreamState}. */
final class Planner {
  static final String RUNTIME = "type.googleapis.com/envoy.service.runtime.v3.Runtime";

  /** Versions that start so are hashes of content; others say nothing about it. */
  private static final String CONTENT_HASH = "s1-";

  private final Variant variant;
  private final NodeMemory memory;
  private final Ordering ordering;

  /**
   * A response.
   *
   * @param changes what is new in it
   * @param resources all that travels, in the full-state types what is not new as well
   */
  record Plan(
      String version,
      ImmutableSortedMap<String, Resource> changes,
      ImmutableList<Resource> resources,
      ImmutableList<String> removed) {}

  Planner(Variant variant, NodeMemory memory, Ordering ordering) {
    this.variant = variant;
    this.memory = memory;
    this.ordering = ordering;
  }

  /** What one look at a type finds. */
  private static final class Look {
    /** What the client should end up with, as far as it is known. */
    final TreeMap<String, Resource> target = new TreeMap<>();

    final TreeMap<String, Resource> changes = new TreeMap<>();
    final TreeSet<String> gone = new TreeSet<>();
    final TreeSet<String> missing = new TreeSet<>();

    /** Whether the target is exactly what the snapshot has. */
    boolean exact = true;

    /** Whether something could not be sent yet. */
    boolean more;
  }

  /** The next response, or null when there is nothing to send now. */
  @Nullable Plan plan(TypeState type, Snapshot snapshot, Instant now, List<Answer> answers) {
    resume(type, snapshot, now);
    if (type.typeUrl.equals(TypeUrls.LISTENER) && ordering.listenersWait(type)) {
      return null;
    }
    type.suspects.keepOnly(suspect -> isStillWanted(type, suspect, snapshot));
    Look look = look(type, snapshot, now, answers);
    while (look.changes.isEmpty() && !type.suspects.isEmpty()) {
      type.suspects.conclude(); // what is on trial cannot be sent now; the others go on
      look = look(type, snapshot, now, answers);
    }
    if (type.typeUrl.equals(TypeUrls.ROUTES)) {
      oneChangedAtATime(type, look);
    }
    boolean full = variant == Variant.STATE_OF_THE_WORLD && type.fullState();
    boolean partial = variant == Variant.STATE_OF_THE_WORLD && !full;
    boolean removes = !look.gone.isEmpty() || (!look.missing.isEmpty() && !full);
    // "an empty DiscoveryResponse is effectively a no-op" for types that are not full-state
    if (look.changes.isEmpty() && (partial || (!removes && !type.answerDue))) {
      type.dirty = look.more;
      return null;
    }
    return new Plan(
        version(type, look, snapshot),
        ImmutableSortedMap.copyOfSorted(look.changes),
        ImmutableList.copyOf((full ? look.target : look.changes).values()),
        partial
            ? ImmutableList.of()
            : ImmutableList.copyOf(full ? look.gone : Sets.union(look.gone, look.missing)));
  }

  private boolean isStillWanted(TypeState type, Resource suspect, Snapshot snapshot) {
    return type.subscription.covers(suspect.name())
        && Objects.equals(suspect, wanted(type, suspect.name(), snapshot))
        && !refused(suspect);
  }

  private Look look(TypeState type, Snapshot snapshot, Instant now, List<Answer> answers) {
    Look look = new Look();
    type.ghosts.clear();
    for (String name : considered(type, snapshot)) {
      Resource wanted = wanted(type, name, snapshot);
      if (wanted == null) {
        lookAtAbsent(type, name, look);
        continue;
      }
      Resource chosen = chosen(type, wanted);
      if (Objects.equals(wanted, chosen) && waits(type, wanted, now, answers, look)) {
        chosen = lastGood(type, name);
      }
      look.exact &=
          Objects.equals(wanted, chosen) && snapshot.resources(type.typeUrl).containsKey(name);
      if (chosen != null) {
        look.target.put(name, chosen);
        if (!type.suspects.holdBack(name) && isNews(type, chosen)) {
          look.changes.put(name, chosen);
        }
      }
    }
    return look;
  }

  private static Set<String> considered(TypeState type, Snapshot snapshot) {
    TreeSet<String> names = new TreeSet<>(type.subscription.names());
    if (type.subscription.wildcard()) {
      names.addAll(snapshot.resources(type.typeUrl).keySet());
      names.addAll(type.entries.keySet());
      names.addAll(type.forced);
    }
    return names;
  }

  private void lookAtAbsent(TypeState type, String name, Look look) {
    Entry entry = type.entries.get(name);
    if (entry != null && entry.held()) {
      type.ghosts.add(name);
      if (ordering.removable(type, name)) {
        look.gone.add(name);
      } else if (entry.ackedBody != null) {
        look.exact = false;
        look.target.put(name, entry.ackedBody);
      }
    } else if (entry == null || !entry.absent || type.forced.contains(name)) {
      // "the server will send a DeltaDiscoveryResponse message that contains that resource's name
      // in
      // the removed_resources field", so that the client need not wait for it
      look.missing.add(name);
    }
  }

  /** What the snapshot has of that name. */
  private static @Nullable Resource wanted(TypeState type, String name, Snapshot snapshot) {
    Resource resource = snapshot.resources(type.typeUrl).get(name);
    if (resource != null || !type.typeUrl.equals(RUNTIME)) {
      return resource;
    }
    // An Envoy whose bootstrap names a runtime layer asks for no clusters before it has the layer
    // or
    // gives up after initial_fetch_timeout. A layer without keys overrides nothing.
    ByteString empty = Runtime.newBuilder().setName(name).build().toByteString();
    return Resource.of(RUNTIME, name, empty);
  }

  private boolean refused(Resource resource) {
    return memory.rejection(resource) != null;
  }

  /**
   * The wanted resource, or the last good one where it was rejected or has to wait for its trial.
   */
  private @Nullable Resource chosen(TypeState type, Resource wanted) {
    Nack nack = memory.rejection(wanted);
    if (nack != null) {
      type.entry(wanted.name()).nack = nack;
      return lastGood(type, wanted.name());
    }
    return type.suspects.holdBack(wanted.name()) ? lastGood(type, wanted.name()) : wanted;
  }

  private @Nullable Resource lastGood(TypeState type, String name) {
    Entry entry = type.entries.get(name);
    if (entry != null && entry.ackedBody != null) {
      return entry.ackedBody;
    }
    Resource remembered = memory.lastGood(type.typeUrl, name);
    return remembered == null || refused(remembered) ? null : remembered;
  }

  /** Whether a route has to wait for clusters; one that never can is as good as rejected. */
  private boolean waits(
      TypeState type, Resource route, Instant now, List<Answer> answers, Look look) {
    boolean serving = type.holds(route.name()) || (type.resumed && isFull());
    if (!type.typeUrl.equals(TypeUrls.ROUTES) || !serving || !isNews(type, route)) {
      return false;
    }
    return switch (ordering.readiness(route)) {
      case Ordering.Readiness.Ready r -> false;
      case Ordering.Readiness.Waiting w -> {
        look.more = true;
        yield true;
      }
      case Ordering.Readiness.Refused(String cluster, Nack nack) -> {
        look.more = true;
        Entry entry = type.entry(route.name());
        if (entry.nack == null || !entry.nack.version().equals(route.version())) {
          String message = "its cluster " + cluster + " was rejected: " + nack.message();
          entry.nack = new Nack(route.version(), message, now);
          answers.add(
              new Answer(type.typeUrl, route.name(), route.version(), Optional.of(message)));
        }
        yield true;
      }
    };
  }

  private boolean isFull() {
    return variant == Variant.STATE_OF_THE_WORLD;
  }

  private static boolean isNews(TypeState type, Resource resource) {
    Entry entry = type.entries.get(resource.name());
    if (entry == null || !resource.version().equals(entry.ackedVersion)) {
      return true;
    }
    if (entry.ackedBody == null) {
      entry.ackedBody = resource; // the client brought this version; now its content is known
    }
    return entry.uncertain || type.forced.contains(resource.name());
  }

  /** A changed RouteConfiguration travels alone, so that a NACK names it; new ones go together. */
  private static void oneChangedAtATime(TypeState type, Look look) {
    TreeMap<String, Resource> fresh = new TreeMap<>(look.changes);
    fresh.keySet().removeIf(type::holds);
    if (fresh.size() == look.changes.size()) {
      return;
    }
    if (fresh.isEmpty()) {
      fresh.put(look.changes.firstKey(), look.changes.firstEntry().getValue());
    }
    boolean left = look.changes.size() > fresh.size();
    look.exact &= !left;
    look.changes.keySet().retainAll(fresh.keySet());
  }

  /** Covers what the client has after it accepts the response, not just what travels. */
  private static String version(TypeState type, Look look, Snapshot snapshot) {
    if (look.exact) {
      return snapshot.version(type.typeUrl);
    }
    TreeMap<String, Resource> after = new TreeMap<>();
    for (Map.Entry<String, Resource> target : look.target.entrySet()) {
      Entry entry = type.entries.get(target.getKey());
      if (look.changes.containsKey(target.getKey()) || entry == null) {
        after.put(target.getKey(), target.getValue());
      } else if (entry.ackedBody != null) {
        after.put(target.getKey(), entry.ackedBody);
      }
    }
    return Snapshot.of(after.values()).version(type.typeUrl);
  }

  /**
   * A reconnected state-of-the-world client presents the version that it uses. "Servers may decide
   * to optimize by not resending resources that the client had already seen on the previous stream,
   * but only if they know that the client is not subscribing to a new resource": so for wildcards
   * alone.
   */
  private void resume(TypeState type, Snapshot snapshot, Instant now) {
    String version = type.resumeVersion;
    if (version == null) {
      return;
    }
    type.resumeVersion = null;
    NodeMemory.Held held = memory.held(type.typeUrl);
    Iterable<Resource> known = ImmutableList.of();
    if (held != null && held.versionInfo().equals(version)) {
      known = held.resources().values();
    } else if (type.subscription.wildcard()
        && version.startsWith(CONTENT_HASH)
        && snapshot.version(type.typeUrl).equals(version)) {
      known = snapshot.resources(type.typeUrl).values();
    } else {
      return;
    }
    for (Resource resource : known) {
      if (type.subscription.covers(resource.name())) {
        type.entry(resource.name()).accept(resource, now);
      }
    }
    type.ackedVersionInfo = version;
    type.forced.addAll(type.subscription.names());
    type.answerDue = !type.subscription.names().isEmpty();
  }
}
