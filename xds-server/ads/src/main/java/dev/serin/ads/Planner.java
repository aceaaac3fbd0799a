package dev.serin.ads;

import com.google.common.collect.ImmutableCollection;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.protobuf.ByteString;
import dev.serin.ads.ProxyView.Nack;
import dev.serin.ads.StreamState.Variant;
import dev.serin.mesh.Resource;
import dev.serin.mesh.Snapshot;
import dev.serin.mesh.TypeResources;
import dev.serin.mesh.TypeUrls;
import io.envoyproxy.envoy.service.runtime.v3.Runtime;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Decides what the next response of one type holds. Confined to its {@link StreamState}. */
final class Planner {
  private final Variant variant;
  private final NodeMemory memory;
  private final Ordering ordering;
  private final Resumption resumption;
  private final Shortcuts shortcuts;

  /**
   * A response.
   *
   * @param changes what is new in it
   * @param resources all that travels, in the full-state types what is not new as well
   * @param removed what the client has not got once it accepts it
   * @param told what of that is named in it
   * @param whole what is new, where that is all there is of the type
   */
  record Plan(
      String version,
      ImmutableSortedMap<String, Resource> changes,
      ImmutableCollection<Resource> resources,
      ImmutableList<String> removed,
      ImmutableList<String> told,
      @Nullable TypeResources whole) {}

  Planner(Variant variant, NodeMemory memory, Ordering ordering) {
    this.variant = variant;
    this.memory = memory;
    this.ordering = ordering;
    this.resumption = new Resumption(memory);
    this.shortcuts = new Shortcuts(variant, memory, ordering);
  }

  /** What one look at a type finds: only what is not simply as served. */
  private static final class Look {
    final TypeResources served;

    /** What the client should end up with instead of what is served, empty for nothing. */
    final TreeMap<String, Optional<Resource>> instead = new TreeMap<>();

    final TreeMap<String, Resource> changes = new TreeMap<>();
    final TreeSet<String> ghosts = new TreeSet<>();
    final TreeSet<String> gone = new TreeSet<>();
    final TreeSet<String> missing = new TreeSet<>();

    /** Whether something changed is left for a later response. */
    boolean left;

    /** Whether something could not be sent yet. */
    boolean more;

    Look(TypeResources served) {
      this.served = served;
    }

    /** Whether the client ends up with exactly what is served. */
    boolean exact() {
      return instead.isEmpty() && !left;
    }
  }

  /** The next response, or null when there is nothing to send now. */
  @Nullable Plan plan(TypeState type, Instant now, Answers answers) {
    TypeResources served = type.served;
    if (shortcuts.upToDate(type, served)) {
      type.dirty = false;
      return null;
    }
    Plan usual = shortcuts.plan(type, served);
    if (usual != null) {
      return usual;
    }
    resumption.resume(type, served, now);
    type.findAliases(served);
    type.holdings =
        type.holdings.rebased(
            served, served.since(type.holdings.base()).names(), type.subscription::covers);
    if (type.typeUrl.equals(TypeUrls.LISTENER) && ordering.listenersWait(type)) {
      return null;
    }
    type.suspects.keepOnly(suspect -> isStillWanted(type, suspect, served));
    Look look = look(type, served, now, answers);
    while (look.changes.isEmpty() && !type.suspects.isEmpty()) {
      type.suspects.conclude(); // what is on trial cannot be sent now; the others go on
      look = look(type, served, now, answers);
    }
    type.ghosts = ImmutableSortedSet.copyOfSorted(look.ghosts);
    if (type.typeUrl.equals(TypeUrls.ROUTES)) {
      oneChangedAtATime(type, look);
    }
    boolean full = variant == Variant.STATE_OF_THE_WORLD && type.fullState();
    boolean partial = variant == Variant.STATE_OF_THE_WORLD && !full;
    boolean removes = !look.gone.isEmpty() || (!look.missing.isEmpty() && !full);
    // "Deleting resources": for types that are not full-state an empty response says nothing.
    if (look.changes.isEmpty() && (partial || (!removes && !type.answerDue))) {
      type.dirty = look.more;
      return null;
    }
    return plan(type, look, full, partial);
  }

  private static Plan plan(TypeState type, Look look, boolean full, boolean partial) {
    boolean whole = look.exact() && look.changes.size() == look.served.size();
    ImmutableSortedMap<String, Resource> changes =
        whole ? look.served.byName() : ImmutableSortedMap.copyOfSorted(look.changes);
    Set<String> missing = full ? Set.of() : look.missing;
    // A request that an Envoy has paused for a virtual host goes on only when its name comes as a
    // resource, with or without a body (Envoy's "Virtual Host Discovery Service").
    boolean resumes = type.typeUrl.equals(TypeUrls.VIRTUAL_HOST) && !missing.isEmpty();
    return new Plan(
        version(type, look),
        changes,
        full
            ? everything(type, look)
            : resumes ? withUnresolved(changes, missing) : changes.values(),
        partial ? ImmutableList.of() : sorted(look.gone, missing),
        partial ? ImmutableList.of() : sorted(look.gone, resumes ? Set.of() : missing),
        whole ? look.served : null);
  }

  private static ImmutableList<String> sorted(Set<String> some, Set<String> more) {
    return ImmutableSortedSet.<String>naturalOrder().addAll(some).addAll(more).build().asList();
  }

  private static ImmutableList<Resource> withUnresolved(
      ImmutableSortedMap<String, Resource> changes, Set<String> missing) {
    ImmutableList.Builder<Resource> all = ImmutableList.builder();
    all.addAll(changes.values());
    missing.forEach(name -> all.add(Resource.unresolved(TypeUrls.VIRTUAL_HOST, name)));
    return all.build();
  }

  private boolean isStillWanted(TypeState type, Resource suspect, TypeResources served) {
    return type.subscription.covers(suspect.name())
        && Objects.equals(suspect, wanted(type, suspect.name(), served))
        && !refused(suspect);
  }

  private Look look(TypeState type, TypeResources served, Instant now, Answers answers) {
    Look look = new Look(served);
    for (String name : considered(type)) {
      Resource wanted = wanted(type, name, served);
      if (wanted == null) {
        lookAtAbsent(type, name, look);
        continue;
      }
      Resource chosen = chosen(type, wanted);
      if (Objects.equals(wanted, chosen) && waits(type, wanted, now, answers, look)) {
        chosen = lastGood(type, name);
      }
      if (!Objects.equals(wanted, chosen) || served.get(name) == null) {
        look.instead.put(name, Optional.ofNullable(chosen));
      }
      if (chosen != null && !type.suspects.holdBack(name) && isNews(type, chosen)) {
        look.changes.put(name, chosen);
      }
    }
    return look;
  }

  /** The names of which the client may not have what is served; of all others it has. */
  private static Set<String> considered(TypeState type) {
    TreeSet<String> names = new TreeSet<>(type.holdings.others().keySet());
    names.addAll(type.forced);
    names.addAll(type.fresh);
    if (!type.suspects.isEmpty()) {
      names.addAll(type.suspects.names());
    }
    names.removeIf(
        name -> !type.subscription.covers(name) || type.subscription.aliases().containsKey(name));
    return names;
  }

  private void lookAtAbsent(TypeState type, String name, Look look) {
    Held held = type.held(name);
    if (type.unsaid.covers(name)) {
      if (held.body() != null) {
        look.instead.put(name, Optional.of(held.body()));
      }
      return; // whether there is such a resource is not known yet: nothing is said of it
    }
    if (held.exists()) {
      look.ghosts.add(name);
      if (ordering.removable(type, name)) {
        look.gone.add(name);
      } else if (held.body() != null) {
        look.instead.put(name, Optional.of(held.body()));
      }
    } else if (!held.absent() || type.forced.contains(name)) {
      // "Knowing when a requested resource does not exist" of the incremental protocol: the client
      // is told, so that it need not wait for it.
      look.missing.add(name);
    }
  }

  /** What the snapshot has of that name. */
  private static @Nullable Resource wanted(TypeState type, String name, TypeResources served) {
    Resource resource = served.get(name);
    if (resource != null || !type.typeUrl.equals(TypeUrls.RUNTIME)) {
      return resource;
    }
    // An Envoy whose bootstrap names a runtime layer asks for no clusters before it has the layer
    // or gives up after initial_fetch_timeout. A layer without keys overrides nothing.
    ByteString empty = Runtime.newBuilder().setName(name).build().toByteString();
    return Resource.of(TypeUrls.RUNTIME, name, empty);
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
      if (!nack.equals(type.held(wanted.name()).nack())) {
        type.note(wanted.name(), held -> held.withNack(nack));
      }
      return lastGood(type, wanted.name());
    }
    return type.suspects.holdBack(wanted.name()) ? lastGood(type, wanted.name()) : wanted;
  }

  private @Nullable Resource lastGood(TypeState type, String name) {
    Resource body = type.held(name).body();
    if (body != null) {
      return body;
    }
    Resource remembered = memory.lastGood(type.typeUrl, name);
    return remembered == null || refused(remembered) ? null : remembered;
  }

  /** Whether a route has to wait for clusters; one that never can is as good as rejected. */
  private boolean waits(TypeState type, Resource route, Instant now, Answers answers, Look look) {
    boolean serving = type.held(route.name()).exists() || (type.resumed && isFull());
    if (!References.routes(type.typeUrl) || !serving || !isNews(type, route)) {
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
        Nack known = type.held(route.name()).nack();
        if (known == null || !known.version().equals(route.version())) {
          String message = "its cluster " + cluster + " was rejected: " + nack.message();
          Nack own = new Nack(route.version(), message, now);
          type.note(route.name(), held -> held.withNack(own));
          answers.say(type, route, Optional.of(message));
        }
        yield true;
      }
    };
  }

  private boolean isFull() {
    return variant == Variant.STATE_OF_THE_WORLD;
  }

  private static boolean isNews(TypeState type, Resource resource) {
    Held held = type.held(resource.name());
    return !resource.version().equals(held.version())
        || held.uncertain()
        || type.forced.contains(resource.name());
  }

  /** A changed RouteConfiguration travels alone, so that a NACK names it; new ones go together. */
  private static void oneChangedAtATime(TypeState type, Look look) {
    TreeMap<String, Resource> fresh = new TreeMap<>(look.changes);
    fresh.keySet().removeIf(name -> type.held(name).exists());
    if (fresh.size() == look.changes.size()) {
      return;
    }
    if (fresh.isEmpty()) {
      fresh.put(look.changes.firstKey(), look.changes.firstEntry().getValue());
    }
    look.left = look.changes.size() > fresh.size();
    look.changes.keySet().retainAll(fresh.keySet());
  }

  /** All that the client should have; in what is not exactly as served, name by name. */
  private static ImmutableCollection<Resource> everything(TypeState type, Look look) {
    return look.exact() && type.subscription.wildcard()
        ? look.served.byName().values()
        : ImmutableList.copyOf(target(type, look).values());
  }

  private static Map<String, Resource> target(TypeState type, Look look) {
    TreeMap<String, Resource> target = new TreeMap<>();
    look.served.forEach(resource -> {
      if (type.subscription.covers(resource.name())) {
        target.put(resource.name(), resource);
      }
    });
    look.instead.forEach((name, resource) ->
        resource.ifPresentOrElse(r -> target.put(name, r), () -> target.remove(name)));
    return target;
  }

  /** Covers what the client has after it accepts the response, not just what travels. */
  private static String version(TypeState type, Look look) {
    if (look.exact()) {
      return look.served.versionInfo();
    }
    TreeMap<String, Resource> after = new TreeMap<>();
    target(type, look)
        .forEach((name, resource) -> {
          Held held = type.held(name);
          if (look.changes.containsKey(name) || held.equals(Held.NOTHING)) {
            after.put(name, resource);
          } else if (held.body() != null) {
            after.put(name, held.body());
          }
        });
    return Snapshot.of(after.values()).version(type.typeUrl);
  }
}
