package dev.serin.ads;

import dev.serin.ads.ProxyView.Nack;
import dev.serin.mesh.Resource;
import dev.serin.mesh.Snapshot;
import dev.serin.mesh.TypeUrls;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What on one stream has to wait for what ("Eventual consistency considerations": make before
 * break). Routes wait for the clusters that they newly point at, and a cluster is removed when
 * nothing that the client has accepted points at it any more. Confined to its {@link StreamState}.
 */
final class Ordering {
  private static final Readiness READY = new Readiness.Ready();

  private final Types types;
  private final NodeMemory memory;
  private final References references;
  private final Duration drain;
  private Snapshot snapshot = Snapshot.EMPTY;

  /** The clusters that are to go, by when the client's accepted routes stopped to name them. */
  private final TreeMap<String, Instant> unreferencedSince = new TreeMap<>();

  private final Set<String> removable = new HashSet<>();

  /** When to look again at what another stream of the proxy was in the way of. */
  private @Nullable Instant lookAgain;

  Ordering(Types types, NodeMemory memory, References references, Duration drain) {
    this.types = types;
    this.memory = memory;
    this.references = references;
    this.drain = drain;
  }

  void serve(Snapshot served) {
    snapshot = served;
  }

  /** Whether a resource can be used by the client. */
  sealed interface Readiness {
    record Ready() implements Readiness {}

    record Waiting() implements Readiness {}

    /** A cluster that it points at was rejected, and the client has no earlier one of that name. */
    record Refused(String cluster, Nack nack) implements Readiness {}
  }

  /**
   * The same section: a proxy does not wait for the clusters of its routes, so routes come after
   * them. Clusters that are not served here may be the client's own.
   */
  Readiness readiness(Resource route) {
    Readiness found = READY;
    if (everythingIsThere()) {
      return found;
    }
    for (String cluster : references.of(route)) {
      switch (clusterReadiness(cluster)) {
        case Readiness.Ready r -> {}
        case Readiness.Waiting w -> found = w;
        case Readiness.Refused refused -> {
          return refused;
        }
      }
    }
    return found;
  }

  /** Whether the client has all clusters, so that a route may name any of them: the usual case. */
  boolean everythingIsThere() {
    return upToDate(types.clusters()) && upToDate(types.endpoints());
  }

  /** Whether the client has all that is served of a type, if it asks for it at all. */
  private static boolean upToDate(@Nullable TypeState type) {
    return type == null
        || !type.asked
        || (type.holdings.base() == type.served && type.holdings.others().isEmpty());
  }

  private Readiness clusterReadiness(String name) {
    Resource cluster = snapshot.ofType(TypeUrls.CLUSTER).get(name);
    if (cluster == null) {
      return READY;
    }
    Readiness own = accepted(cluster, name);
    if (!(own instanceof Readiness.Ready)) {
      return own;
    }
    for (String endpoints : references.of(cluster)) {
      Resource set = snapshot.ofType(TypeUrls.ENDPOINTS).get(endpoints);
      Readiness theirs = set == null ? own : accepted(set, name);
      if (!(theirs instanceof Readiness.Ready)) {
        return theirs;
      }
    }
    return own;
  }

  private Readiness accepted(Resource resource, String cluster) {
    TypeState type = types.get(resource.typeUrl());
    if (type == null || !type.subscription.covers(resource.name())) {
      return READY;
    }
    if (type.held(resource.name()).version() != null) {
      return READY;
    }
    Nack nack = memory.rejection(resource);
    return nack == null ? new Readiness.Waiting() : new Readiness.Refused(cluster, nack);
  }

  /**
   * The same section: listeners come after the clusters. While new ones are on their way, a client
   * that serves already keeps the listeners that it has.
   */
  boolean listenersWait(TypeState listeners) {
    TypeState clusters = types.clusters();
    return clusters != null
        && clusters.inFlight != null
        && clusters.inFlight.offered().keySet().stream()
            .anyMatch(name -> clusters.held(name).version() == null)
        && listeners.holdings.any(listeners.subscription::covers);
  }

  /** Whether what the client has and the snapshot lacks may be taken from it now. */
  boolean removable(TypeState type, String name) {
    return switch (type.typeUrl) {
      case TypeUrls.CLUSTER -> removable.contains(name);
      // Endpoints go with their cluster; until then the client needs them to warm it again.
      case TypeUrls.ENDPOINTS -> !clusterHeldFor(name);
      case TypeUrls.ROUTES ->
          settled(types.get(TypeUrls.LISTENER)) && settled(types.get(TypeUrls.SCOPED_ROUTES));
      default -> true;
    };
  }

  private boolean clusterHeldFor(String endpoints) {
    TypeState clusters = types.clusters();
    return clusters != null
        && clusters.holdings.anyBody(
            clusters.subscription::covers,
            body -> body != null && references.of(body).contains(endpoints));
  }

  private static boolean settled(@Nullable TypeState type) {
    return type == null || !type.asked || (type.inFlight == null && !type.dirty);
  }

  /**
   * Looks which clusters may go: stale ones, in the same section, when nothing refers to them any
   * more. Returns whether one just became removable.
   */
  boolean reviewRemovals(Instant now) {
    TypeState clusters = types.clusters();
    lookAgain = null;
    if (clusters == null || clusters.dirty || clusters.inFlight != null) {
      return false;
    }
    if (clusters.ghosts.isEmpty()) {
      unreferencedSince.clear();
      removable.clear();
      return false;
    }
    unreferencedSince.keySet().retainAll(clusters.ghosts);
    removable.retainAll(clusters.ghosts);
    boolean settled =
        types.inOrder().stream()
            .filter(type -> References.mayPoint(type.typeUrl))
            .allMatch(Ordering::settled);
    boolean found = false;
    for (String ghost : clusters.ghosts) {
      if (!settled || pointedAt(ghost)) {
        unreferencedSince.remove(ghost);
        continue;
      }
      if (pointedAtElsewhere(ghost)) {
        unreferencedSince.remove(ghost);
        lookAgain = now.plus(drain);
        continue;
      }
      Instant since = unreferencedSince.computeIfAbsent(ghost, g -> now);
      if (!now.isBefore(since.plus(drain)) && removable.add(ghost)) {
        clusters.dirty = true;
        found = true;
      }
    }
    return found;
  }

  private boolean pointedAt(String cluster) {
    for (TypeState type : types.inOrder()) {
      if (pointAt(type.typeUrl, type.holdings, type.subscription::covers, cluster)) {
        return true;
      }
    }
    return false;
  }

  /** The proxy's streams of other types, where it has one a type. */
  private boolean pointedAtElsewhere(String cluster) {
    for (NodeMemory.Elsewhere other : memory.elsewhere()) {
      HeldView view = other.view();
      if (view.inFlight() != null
          || pointAt(other.typeUrl(), view.holdings(), view::subscribes, cluster)) {
        return true;
      }
    }
    return false;
  }

  private boolean pointAt(
      String typeUrl, Holdings holdings, Predicate<String> covers, String cluster) {
    // What a resource of unknown content points at is unknown: it may be this cluster.
    boolean unknownMay = References.mayPoint(typeUrl) && !typeUrl.equals(TypeUrls.CLUSTER);
    Predicate<@Nullable Resource> points =
        body -> body == null ? unknownMay : references.pointsAt(body, cluster);
    return holdings.anyOther(points)
        || (references.pointsAt(holdings.base(), cluster) && holdings.anyBody(covers, points));
  }

  Optional<Instant> deadline() {
    if (unreferencedSince.isEmpty() && lookAgain == null) {
      return Optional.empty();
    }
    return Stream.concat(
            unreferencedSince.entrySet().stream()
                .filter(e -> !removable.contains(e.getKey()))
                .map(e -> e.getValue().plus(drain)),
            Stream.ofNullable(lookAgain))
        .min(Comparator.naturalOrder());
  }
}
